"""``/api/v1/status``: how things stand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from shanty.models import Stage, TrackStatus
from web.overview import read_overview
from web.parts import PartsOf
from web.troubles import TROUBLES

router = APIRouter(prefix="/status", tags=["status"], responses=TROUBLES)


class Download(BaseModel):
    """A track that is worked on, with how far its download is as far as that is known."""

    item_id: int
    track_id: int
    track: str
    stage: Stage
    downloaded_bytes: int | None = None
    total_bytes: int | None = None
    bytes_per_second: float | None = None
    eta_seconds: float | None = None


class StatusAnswer(BaseModel):
    """The queue by stage and state, the tracks by status, and what holds things up."""

    sentence: str
    queue: dict[Stage, dict[str, int]]
    tracks: dict[TrackStatus, int]
    active: list[Download]
    sources: list[dict[str, Any]]
    quiet_hours: str
    cookie_trouble: str
    paused_stages: list[Stage]
    next_look_at: datetime | None
    is_running: bool
    estimate_seconds: float | None
    hindrances: list[str]
    needs: list[str]


@router.get("")
def read(parts: PartsOf) -> StatusAnswer:
    """How things stand: what is pending, running, done and stuck."""
    now = read_overview(parts)
    return StatusAnswer(
        sentence=now.sentence,
        queue={stage: dict(numbers) for stage, numbers in now.work.counts.items()},
        tracks=dict(now.work.tracks),
        active=[
            Download(
                item_id=one.item.id,
                track_id=one.item.track_id,
                track=one.item.label,
                stage=one.item.stage,
                downloaded_bytes=one.progress.downloaded_bytes if one.progress else None,
                total_bytes=one.progress.total_bytes if one.progress else None,
                bytes_per_second=one.progress.bytes_per_second if one.progress else None,
                eta_seconds=one.progress.eta_seconds if one.progress else None,
            )
            for one in now.active
        ],
        sources=[one.as_document() for one in now.work.sources],
        quiet_hours=now.work.quiet_hours,
        cookie_trouble=now.work.cookie_trouble,
        paused_stages=list(now.work.paused),
        next_look_at=now.next_look_at,
        is_running=now.work.is_running,
        estimate_seconds=now.work.estimate.seconds if now.work.estimate else None,
        hindrances=list(now.work.hindrances),
        needs=list(now.work.needs),
    )
