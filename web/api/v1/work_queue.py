"""``/api/v1/queue``: work items, stages and sources."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from shanty.models import Stage, Status
from shanty.tracks.waits import Waits
from web.pages.work_queue import State
from web.paging import MOST
from web.parts import PartsOf
from web.queue_acts import QueueAct, do, resume_source
from web.troubles import TROUBLES

router = APIRouter(prefix="/queue", tags=["queue"], responses=TROUBLES)


class Item(BaseModel):
    """One stage of one track. ``waits_for`` says why it is not worked on."""

    id: int
    track_id: int
    track: str
    stage: Stage
    status: Status
    attempt: int
    max_attempts: int
    run_after: datetime
    error_class: str | None
    error: str | None
    waits_for: str


class Items(BaseModel):
    """The first items of a list, and how long the whole list is."""

    items: list[Item]
    total: int


class Which(BaseModel):
    """The items to act on: these, or all of a state and a stage."""

    items: list[int] = []
    status: State | None = None
    stage: Stage | None = None


class StageState(StrEnum):
    """What a stage can be."""

    PAUSED = "paused"
    GOING = "going"


class Number(BaseModel):
    """How many items it was done with."""

    number: int


@router.get("")
def list_items(
    parts: PartsOf,
    status: State | None = None,
    stage: Stage | None = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> Items:
    """Items: under way, then next in line, then what has ended, newest first."""
    overview = parts.queue.overview
    waits = Waits(parts.settings, parts.database, parts.queue)
    found = overview.list_items(stage=stage, status=status, limit=limit)
    return Items(
        items=[
            Item(
                id=one.id,
                track_id=one.track_id,
                track=one.label,
                stage=one.stage,
                status=one.status,
                attempt=one.attempt,
                max_attempts=one.max_attempts,
                run_after=one.run_after,
                error_class=one.error_class,
                error=one.error,
                waits_for=wait.describe() if (wait := waits.of(one)) else "",
            )
            for one in found
        ],
        total=overview.count_items(stage, status),
    )


@router.post("/{what}")
def act(parts: PartsOf, what: QueueAct, which: Which) -> Number:
    """Try items again, put them first, or cancel them."""
    return Number(number=do(parts, what, which.items, status=which.status, stage=which.stage))


@router.post("/stages/{stage}/{state}")
def switch_stage(parts: PartsOf, stage: Stage, state: StageState) -> None:
    """Pause a stage, or let it go on."""
    by_hand = parts.queue.by_hand
    if state is StageState.PAUSED:
        by_hand.pause(stage)
    else:
        by_hand.resume(stage)


@router.post("/sources/{name}/resume")
def try_source(parts: PartsOf, name: str) -> None:
    """Ask a source that is left alone again with the next request."""
    resume_source(parts, name)
