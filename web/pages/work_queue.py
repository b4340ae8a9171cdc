"""The queue and the sources: what waits and why, and what a person can do about it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from shanty.diagnosis.overview import count_work
from shanty.errors import ShantyError, count_of
from shanty.models import Stage, WorkItem
from shanty.sources.cookie_check import check_cookies
from shanty.sources.states import list_source_states
from shanty.tracks.waits import Waits
from web.queue_acts import QueueAct, do, resume_source
from web.rendering import PageOf
from web.wording import query_of

router = APIRouter()

SHOWN = 100
LOOKED_THROUGH = 400
"""A track has an item for each stage that it has been through."""


class State(StrEnum):
    """What items are chosen by; *waiting* is pending with a later date."""

    ACTIVE = "active"
    PENDING = "pending"
    WAITING = "waiting"
    FAILED = "failed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


@router.get("/queue")
def show(page: PageOf, status: State | None = None, stage: Stage | None = None) -> HTMLResponse:
    """The items of a state and a stage, the stages, and the sources."""
    parts = page.parts
    overview, paused = parts.queue.overview, parts.queue.by_hand.paused()
    items = _one_a_track(overview.list_items(stage=stage, status=status, limit=LOOKED_THROUGH))
    waits = Waits(parts.settings, parts.database, parts.queue)
    return page.render(
        "work_queue.html",
        items=[(item, waits.of(item)) for item in items],
        total=overview.count_tracks(stage, status),
        keys=parts.catalog.albums.keys_of([item.track_id for item in items]),
        looks=parts.catalog.looks.next_of_each([item.track_id for item in items]),
        counts=count_work(parts.settings, parts.database, parts.queue),
        paused=paused,
        sources=list_source_states(parts.database, parts.queue),
        cookies=check_cookies(parts.settings),
        status=status.value if status else "",
        stage=stage.value if stage else "",
        states=[state.value for state in State],
    )


@router.post("/queue")
def act(
    page: PageOf,
    what: Annotated[QueueAct, Form()],
    items: Annotated[list[int] | None, Form()] = None,
    status: Annotated[State | None, Form()] = None,
    stage: Annotated[Stage | None, Form()] = None,
) -> RedirectResponse:
    """Try items again, put them first or cancel them: the ticked ones, or all that are shown."""
    back = f"/queue?{query_of({'status': status or '', 'stage': stage or ''})}"
    try:
        number = do(page.parts, what, items, status=status, stage=stage)
    except ShantyError as error:
        return page.lead_on(back, str(error), is_trouble=True)
    return page.lead_on(back, f"{count_of(number, 'track')} {what.done}.")


@router.post("/queue/stages/{stage}")
def switch_stage(
    page: PageOf, stage: Stage, pause: Annotated[bool, Form()] = False
) -> RedirectResponse:
    """Pause a stage, or let it go on."""
    by_hand = page.parts.queue.by_hand
    if pause:
        by_hand.pause(stage)
        return page.lead_on("/queue", f"The stage {stage} is paused; what is under way goes on.")
    by_hand.resume(stage)
    return page.lead_on("/queue", f"The stage {stage} goes on.")


@router.post("/sources/{name}")
def try_source(page: PageOf, name: str) -> RedirectResponse:
    """Ask a source that is left alone again with the next request."""
    try:
        resume_source(page.parts, name)
    except ShantyError as error:
        return page.lead_on("/queue", str(error), is_trouble=True)
    return page.lead_on("/queue", f"{name} is asked again with the next request.")


def _one_a_track(items: list[WorkItem]) -> list[WorkItem]:
    """The first item of each track: the one that is under way, or the latest that has ended."""
    first: dict[int, WorkItem] = {}
    for item in items:
        first.setdefault(item.track_id, item)
    return list(first.values())[:SHOWN]
