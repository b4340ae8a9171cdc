"""One box for anything: a name, an id, or an address; and what comes of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from shanty.errors import ShantyError, count_of
from shanty.watching.terms import Terms, read_terms
from web.rendering import PageOf
from web.rules import read_wish
from web.wishing import MOST_LINES
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
def show(page: PageOf, q: str = "", kind: Kind = Kind.ARTIST, lines: str = "") -> HTMLResponse:
    """The box, and what its text may mean; or what each of some lines may mean."""
    found: dict[str, Any] = {"offers": [], "total": 0, "trouble": "", "found_lines": []}
    if lines.strip():
        try:
            found["found_lines"] = page.parts.wishing.find_lines(kind, lines)
        except ShantyError as error:
            found["trouble"] = str(error)
    elif q.strip():
        try:
            found["offers"], found["total"] = page.parts.wishing.find(kind, q.strip())
        except ShantyError as error:
            found["trouble"] = str(error)
    if kind is Kind.ARTIST:
        lined = [one.offer for one in found["found_lines"] if one.offer]
        page.parts.pictures.expect(one.choice.mbid for one in [*found["offers"], *lined])
    return page.render("add.html", **found, q=q, kind=kind.value, lines=lines)


@router.get("/add/artist/{mbid}")
def show_artist(
    page: PageOf,
    mbid: str,
    q: str = "",
    types: Annotated[list[str] | None, Query()] = None,
    also: Annotated[list[str] | None, Query()] = None,
    from_date: str = "",
) -> Response:
    """What wishing for an artist would mean, with a tick for each album."""
    settings = page.parts.settings.catalogue
    try:
        wish = read_wish(types, also, from_date)
        sheet = page.parts.wishing.preview(mbid, wish)
    except ShantyError as error:
        return page.lead_on(_back(q, Kind.ARTIST), str(error), is_trouble=True)
    terms = Terms(tuple(settings.primary_types))
    if types:
        terms = Terms(tuple(types), tuple(also or ()), from_date)
    elif sheet.rule:
        terms = read_terms(sheet.rule, settings)
    return page.render(
        "add_artist.html",
        sheet=sheet,
        prospect=sheet.prospect,
        q=q,
        asks_for=terms.what,
        is_chosen=bool(types),
        chosen=terms.types,
        chosen_also=terms.also,
        from_date=terms.from_date,
        types=TYPES,
        also=ALSO,
    )


@router.post("/add/artist/{mbid}/estimate")
def show_estimate(
    page: PageOf, mbid: str, albums: Annotated[list[str] | None, Form()] = None
) -> HTMLResponse:
    """What the ticked albums would cost."""
    return page.render("estimate.html", prospect=page.parts.wishing.estimate(albums or []))


@router.post("/add")
def add(
    page: PageOf,
    kind: Annotated[Kind, Form()],
    mbid: Annotated[str, Form(max_length=36)],
    types: Annotated[list[str] | None, Form()] = None,
    also: Annotated[list[str] | None, Form()] = None,
    from_date: Annotated[str | None, Form()] = None,
    shown: Annotated[list[str] | None, Form()] = None,
    albums: Annotated[list[str] | None, Form()] = None,
    q: Annotated[str, Form()] = "",
) -> RedirectResponse:
    """Wish for it, without those of the albums shown that are not ticked; and lead on."""
    try:
        # The sheet of an artist says all of it; an empty list of it means none.
        wish = read_wish(types, also or [] if shown else also, from_date)
        without = [one for one in shown or () if one not in set(albums or ())]
        if shown and len(without) == len(shown):
            raise ShantyError("no album is ticked: tick one at least")
        rule = page.parts.wishing.add(kind, mbid, wish, without=without)
    except ShantyError as error:
        return page.lead_on(_back(q, kind), str(error), is_trouble=True)
    told = f"{rule.name} is wanted; its tracks are being looked up."
    return page.lead_on(f"/watching/{rule.id}" if shown else _back(q, kind), told)


@router.post("/add/list")
def add_list(
    page: PageOf,
    kind: Annotated[Kind, Form()],
    mbids: Annotated[list[str] | None, Form(max_length=MOST_LINES)] = None,
) -> RedirectResponse:
    """Wish for all of them, each as if it were alone."""
    added, troubles = 0, []
    for mbid in mbids or ():
        try:
            page.parts.wishing.add(kind, mbid, read_wish())
            added += 1
        except ShantyError as error:
            troubles.append(str(error))
    if troubles:
        why = f"{len(troubles)} could not be added: {troubles[0]}"
        return page.lead_on("/watching", f"{added} added; {why}", is_trouble=True)
    told = f"{count_of(added, 'wish', 'wishes')} added; the tracks are being looked up."
    return page.lead_on("/watching", told)


def _back(q: str, kind: Kind) -> str:
    return f"/add?{query_of({'q': q, 'kind': kind.value})}"
