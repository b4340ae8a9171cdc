"""When the downloads of wanted tracks begin, and what a person can do if nothing begins them.

Owns the sentence that a command prints after a wish. Does not import Prefect.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from deployments.control import connect, find_job
from deployments.occupant import find_occupant
from deployments.service_lock import up_lock_path
from deployments.timetable import load_jobs
from flows.server.jobs import PIPELINE, JobView
from shanty.clock import utc_now
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.errors import ShantyError
from shanty.models import Stage
from shanty.sources.states import describe_quiet_hours, list_source_states
from shanty.workqueue import WorkQueue


class Starter(StrEnum):
    """What begins the downloads."""

    RUN = "run"
    """A run that is under way."""
    SERVICE = "service"
    """``shanty up``, or a worker on another machine, within seconds."""
    PERSON = "person"
    """A command that a person has to give."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What begins the downloads. ``held_by`` is a sentence on why they do not begin now."""

    starter: Starter
    held_by: str = ""

    def describe(self) -> str:
        """A sentence or two for a person."""
        if self.held_by:
            return self.held_by
        if self.starter is Starter.RUN:
            return "the run at work downloads it too"
        if self.starter is Starter.SERVICE:
            return "downloads begin within seconds"
        return "`shanty run` downloads it once; `shanty up` does so from now on"


def find_beginning(settings: Settings, database: Database, queue: WorkQueue) -> Beginning:
    """Find out what begins the downloads of the tracks that are wanted now."""
    held_by = _find_hindrance(settings, database, queue)
    if any(worker.job == PIPELINE for worker in queue.workers.list_live()):
        return Beginning(Starter.RUN, held_by)
    if find_occupant(up_lock_path(settings.home)) is None and not _is_worker_elsewhere(settings):
        return Beginning(Starter.PERSON, held_by)
    return _ask_service(settings, held_by)


def _is_worker_elsewhere(settings: Settings) -> bool:
    """Whether a machine works for the server that ``PREFECT_API_URL`` names."""
    if not os.environ.get("PREFECT_API_URL"):
        return False
    (pool,) = {job.work_pool for job in load_jobs({})}
    online = {"status": {"any_": ["ONLINE"]}}
    try:
        return bool(connect(settings).post(f"/work_pools/{pool}/workers/filter", workers=online))
    except ShantyError:
        return False


def _find_hindrance(settings: Settings, database: Database, queue: WorkQueue) -> str:
    if Stage.DOWNLOAD in queue.by_hand.paused():
        return "downloads are paused: `shanty queue resume --stage download` lets them begin"
    if quiet := describe_quiet_hours(settings, utc_now()):
        return quiet
    from shanty.sources.supply import first_site  # with all that asks sites

    site = first_site(settings)
    states = list_source_states(database, queue)
    return next((one.describe() for one in states if one.name == site and one.is_blocked), "")


def _ask_service(settings: Settings, held_by: str) -> Beginning:
    try:
        job = find_job(connect(settings), PIPELINE)
    except ShantyError:  # the service only starts, or is busy: it finds the work when it is ready
        return Beginning(Starter.SERVICE, held_by)
    if why := describe_stopped([job]):
        return Beginning(Starter.PERSON, held_by or why)
    return Beginning(Starter.SERVICE, held_by)


def describe_stopped(jobs: Iterable[JobView]) -> str:
    """Why the service itself begins no run, and what does, in a clause; empty if it begins one."""
    stopped = next((job for job in jobs if job.name == PIPELINE and job.is_stopped), None)
    if stopped is None:
        return ""
    if stopped.paused:
        return f"the job is paused: `shanty jobs resume {PIPELINE}` lets it begin"
    return f"the job is switched off: `shanty jobs run {PIPELINE}` downloads it"
