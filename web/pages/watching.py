"""Watching: what was asked for, how far it is, and what is announced."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Path
from fastapi.responses import HTMLResponse, RedirectResponse

from shanty.catalog.releases import is_released
from shanty.clock import utc_now
from shanty.errors import ShantyError
from shanty.tracks.wishes import list_wished_albums
from shanty.watching.terms import describe_wish, read_terms
from web.pages.add import ALSO, TYPES, Kind
from web.paging import LARGEST_ID, OffsetOf, Paging, PagingOf
from web.rendering import PageOf
from web.rules import change_rule, leave_out, read_wish, remove_rule, take_in

router = APIRouter()

RuleId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
PartText = Annotated[str, Form(max_length=4000)]
MOST_ANNOUNCED = 12
MOST_ALBUMS = 30
"""So many albums with all their songs are a page."""


@router.get("/watching")
def show(page: PageOf, paging: PagingOf, q: str = "") -> HTMLResponse:
    """The rules, with what each means and how far it is; and the albums that are announced."""
    catalog, today = page.parts.catalog, utc_now().date()
    rules = catalog.rules.find_rules(q, limit=paging.limit, offset=paging.offset)
    terms = page.parts.settings.catalogue
    is_first = not q and not paging.offset
    # Of the others the albums are known, so that nobody has to be asked.
    unlisted = [one for one in rules if one.kind == Kind.ARTIST and one.completed_at is None]
    page.parts.pictures.expect(one.mbid for one in unlisted)
    return page.render(
        "watching.html",
        rules=[(one, describe_wish(one, terms)) for one in rules],
        total=catalog.rules.count_rules(q),
        paging=paging,
        q=q,
        announced=catalog.rule_albums.announced(today, limit=MOST_ANNOUNCED) if is_first else [],
        number_announced=catalog.rule_albums.count_announced(today) if is_first else 0,
    )


@router.get("/watching/announced")
def show_announced(page: PageOf, paging: PagingOf) -> HTMLResponse:
    """Every album that is announced, the next one first."""
    albums, today = page.parts.catalog.rule_albums, utc_now().date()
    return page.render(
        "announced.html",
        announced=albums.announced(today, limit=paging.limit, offset=paging.offset),
        total=albums.count_announced(today),
        paging=paging,
    )


@router.get("/watching/{rule_id}")
def show_rule(page: PageOf, rule_id: RuleId, offset: OffsetOf = 0) -> HTMLResponse:
    """One rule, album by album and track by track."""
    parts = page.parts
    rule, today = parts.catalog.rules.get(rule_id), utc_now().date()
    paging = Paging(limit=MOST_ALBUMS, offset=offset)
    albums, number = list_wished_albums(
        parts.settings, parts.database, parts.queue, rule_id, offset=offset, limit=MOST_ALBUMS
    )
    return page.render(
        "rule.html",
        rule=rule,
        asks_for=describe_wish(rule, parts.settings.catalogue),
        terms=read_terms(rule, parts.settings.catalogue),
        albums=albums,
        number_of_albums=number,
        paging=paging,
        excluded=parts.catalog.exclusions.of_rule(rule_id),
        absence=parts.wishing.describe_absence(rule),
        types=TYPES,
        also=ALSO,
        announced={
            one.album.group_mbid
            for one in albums
            if one.album and not is_released(one.album.first_release_date, today)
        },
    )


@router.post("/watching/{rule_id}")
def edit(
    page: PageOf,
    rule_id: RuleId,
    types: Annotated[list[str] | None, Form()] = None,
    also: Annotated[list[str] | None, Form()] = None,
    from_date: Annotated[str, Form()] = "",
    monitored: Annotated[bool, Form()] = False,
) -> RedirectResponse:
    """Let a rule ask for something else."""
    back = f"/watching/{rule_id}"
    try:
        if page.parts.catalog.rules.get(rule_id).kind == "artist":
            wish = read_wish(types or [], also or [], from_date, is_monitored=monitored)
        else:
            wish = read_wish(is_monitored=monitored)
        told = change_rule(page.parts, rule_id, wish)
    except ShantyError as error:
        return page.lead_on(back, str(error), is_trouble=True)
    return page.lead_on(back, told)


@router.post("/watching/{rule_id}/exclude")
def exclude(page: PageOf, rule_id: RuleId, part: PartText) -> RedirectResponse:
    """Leave an album or a song out. No file is touched."""
    back = f"/watching/{rule_id}"
    try:
        told = leave_out(page.parts, rule_id, part).describe()
    except ShantyError as error:
        return page.lead_on(back, str(error), is_trouble=True)
    return page.lead_on(back, f"{told[0].upper()}{told[1:]}.")


@router.post("/watching/{rule_id}/include")
def include(page: PageOf, rule_id: RuleId, part: PartText) -> RedirectResponse:
    """Want again what was left out."""
    back = f"/watching/{rule_id}"
    try:
        told = take_in(page.parts, rule_id, part)
    except ShantyError as error:
        return page.lead_on(back, str(error), is_trouble=True)
    return page.lead_on(back, told)


@router.post("/watching/{rule_id}/remove")
def remove(page: PageOf, rule_id: RuleId) -> RedirectResponse:
    """Take a wish back. No file is touched."""
    try:
        told = remove_rule(page.parts, rule_id)
    except ShantyError as error:
        return page.lead_on("/watching", str(error), is_trouble=True)
    return page.lead_on("/watching", told)
