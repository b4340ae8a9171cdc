"""One box for anything: a name, an id, or an address; and what comes of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from shanty.errors import ShantyError
from web.rendering import PageOf
from web.rules import read_wish
from web.wording import query_of

router = APIRouter()

TYPES = ("Album", "EP", "Single")
ALSO = ("Live", "Compilation", "Soundtrack", "Remix")


class Kind(StrEnum):
    """What can be wished for."""

    ARTIST = "artist"
    ALBUM = "album"
    TRACK = "track"


@router.get("/add")
def show(page: PageOf, q: str = "", kind: Kind = Kind.ARTIST) -> HTMLResponse:
    """The box, and what its text may mean."""
    found: dict[str, Any] = {"offers": [], "total": 0, "trouble": ""}
    if q.strip():
        try:
            found["offers"], found["total"] = page.parts.wishing.find(kind, q.strip())
        except ShantyError as error:
            found["trouble"] = str(error)
    default = page.parts.settings.catalogue.primary_types
    return page.render(
        "add.html", **found, q=q, kind=kind.value, types=TYPES, also=ALSO, default_types=default
    )


@router.post("/add")
def add(
    page: PageOf,
    kind: Annotated[Kind, Form()],
    mbid: Annotated[str, Form(max_length=36)],
    types: Annotated[list[str] | None, Form()] = None,
    also: Annotated[list[str] | None, Form()] = None,
    q: Annotated[str, Form()] = "",
) -> RedirectResponse:
    """Wish for it, and lead back to the box."""
    back = f"/add?{query_of({'q': q, 'kind': kind.value})}"
    try:
        rule = page.parts.wishing.add(kind, mbid, read_wish(types, also))
    except ShantyError as error:
        return page.lead_on(back, str(error), is_trouble=True)
    return page.lead_on(back, f"{rule.name} is wanted; its tracks are being looked up.")
