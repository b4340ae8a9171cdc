"""``/api/v1/jobs``: the recurring jobs."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from shanty.errors import ServerError
from web.job_acts import JobAct, do
from web.job_board import MOST_WAIT_SECONDS
from web.parts import PartsOf
from web.troubles import TROUBLES

router = APIRouter(prefix="/jobs", tags=["jobs"], responses=TROUBLES)


class Run(BaseModel):
    """How the newest run that has begun went."""

    at: datetime
    state: str
    message: str
    duration_seconds: float | None


class Job(BaseModel):
    """A recurring job."""

    name: str
    about: str
    schedule: str
    status: str
    paused: bool
    last_run: Run | None
    next_run: datetime | None


class Told(BaseModel):
    """What came of it, as a sentence."""

    message: str


@router.get("")
def list_all(parts: PartsOf) -> list[Job]:
    """Every job, by name."""
    seen = parts.jobs.read(wait_seconds=MOST_WAIT_SECONDS)
    if seen.why_none:
        raise ServerError(seen.why_none)
    return [
        Job.model_validate({**one.as_document(), "status": one.status}, from_attributes=True)
        for one in seen.jobs
    ]


@router.post("/{name}/{what}")
def act(parts: PartsOf, name: str, what: JobAct) -> Told:
    """Run a job now, pause it, resume it, or skip its next run."""
    return Told(message=do(parts, name, what))
