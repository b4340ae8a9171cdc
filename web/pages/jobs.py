"""The buttons of the recurring jobs, which stand on the first page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from shanty.errors import ShantyError
from web.job_acts import JobAct, do
from web.rendering import PageOf

router = APIRouter()


@router.post("/jobs/{name}")
def act(page: PageOf, name: str, what: Annotated[JobAct, Form()]) -> RedirectResponse:
    """Do it, and lead back to the first page."""
    try:
        told = do(page.parts, name, what)
    except ShantyError as error:
        return page.lead_on("/", str(error), is_trouble=True)
    return page.lead_on("/", told)
