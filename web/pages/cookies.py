"""The cookies for downloads, which stand on the page of the queue: taken in by upload."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, UploadFile
from fastapi.responses import RedirectResponse

from shanty.errors import ShantyError
from shanty.providers.cookie_file import LARGEST_BYTES
from web.cookies import take
from web.rendering import PageOf

router = APIRouter()


@router.post("/cookies")
def upload(page: PageOf, file: Annotated[UploadFile, File()]) -> RedirectResponse:
    """Take the cookies of a file, and lead back to the queue."""
    try:
        content = file.file.read(LARGEST_BYTES + 1)
        told = take(page.parts, content, file.filename or "").describe()
    except ShantyError as error:
        return page.lead_on("/queue", str(error), is_trouble=True)
    return page.lead_on("/queue", f"{told[:1].upper()}{told[1:]}.")
