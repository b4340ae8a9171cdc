"""What is wrong with a running service, for people: its server, its worker, its flow runs.

Looks from outside, as any process can. The service itself looks closer, and heals what it finds:
:mod:`deployments.caretaker`. Does not import Prefect.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from deployments.occupant import Occupant, find_occupant, is_taken
from deployments.server import configured_server, known_server_pid
from deployments.service_lock import up_lock_path
from deployments.service_worker import turns_path
from deployments.timetable import load_jobs
from flows.server.schedules import Cron, Off, name_zone
from shanty.config.settings import Settings
from shanty.db import open_database
from shanty.diagnosis.findings import Check, Finding, green, red
from shanty.errors import ConfigError, ShantyError, count_of
from shanty.workqueue import WorkQueue

WORKER_SILENT_SECONDS = 120.0
FLOW_SILENT_SECONDS = 45.0
_HEALS = "`shanty up` starts it again by itself within three minutes"


def find_trouble(settings: Settings) -> list[str]:
    """What is wrong with the service of this home, in sentences; none if no service is up."""
    occupant = _service_of(settings.home)
    return [] if occupant is None else list(_look(settings, occupant))


def check_service(settings: Settings) -> Iterator[Finding]:
    """Whether the service of this home is up and well."""
    occupant = _service_of(settings.home)
    if occupant is None:
        yield green("service", "not up: `shanty up` starts it")
        return
    troubles = list(_look(settings, occupant))
    for trouble in troubles:
        yield red("service", trouble, f"wait, or look into {settings.home / 'shanty.log'}")
    if not troubles:
        yield green("service", f"up and well: {occupant.describe()}")


def check_schedules(settings: Settings) -> Iterator[Finding]:
    """Whether every job's schedule means something on this machine."""
    try:
        jobs = load_jobs(settings.scheduling)
        if any(isinstance(job.schedule, Cron) for job in jobs):
            name_zone()
    except ConfigError as error:
        remedy = "correct it, or take it out for the job's own; until then `shanty up` refuses"
        yield red("schedules", str(error), remedy)
        return
    off = [job.name for job in jobs if isinstance(job.schedule, Off)]
    said = f"of {count_of(len(jobs), 'job')}"
    yield green("schedules", f"{said}; off: {', '.join(off)}" if off else said)


SERVICE_CHECKS: dict[str, Check] = {"schedules": check_schedules, "service": check_service}
"""What ``shanty doctor`` checks beside what :mod:`shanty.diagnosis` knows."""


def _service_of(home: Path) -> Occupant | None:
    path = up_lock_path(home)
    return find_occupant(path) if is_taken(path) else None


def _look(settings: Settings, service: Occupant) -> Iterator[str]:
    if service.is_stopped:
        yield f"the service is stopped: {service.describe()}; {service.remedy}"
        return
    yield from _look_at_server(settings.home)
    yield from _look_at_worker(settings.home)
    yield from _look_at_flows(settings)


def _look_at_server(home: Path) -> Iterator[str]:
    if os.environ.get("PREFECT_API_URL"):
        return  # the server is somebody else's, and has a check of its own
    pid = known_server_pid(home)
    if pid is None:
        yield "the Prefect server is not there (yet)"
    elif configured_server(home) is None:
        yield f"the Prefect server (process {pid}) does not answer; {_HEALS}"


def _look_at_worker(home: Path) -> Iterator[str]:
    try:
        age = time.time() - turns_path(home).stat().st_mtime
    except OSError:
        return  # the worker has not been started yet
    if age > WORKER_SILENT_SECONDS:
        yield f"the worker has given no sign of life for {age:.0f} s; {_HEALS}"


def _look_at_flows(settings: Settings) -> Iterator[str]:
    try:
        database = open_database(settings.resolved_database_url)
    except ShantyError:
        return  # our callers report trouble with the database themselves
    try:
        for worker in WorkQueue(database).workers.workers_here():
            silent = time.monotonic() - worker.heartbeat_monotonic
            if worker.home == str(settings.home) and silent > FLOW_SILENT_SECONDS:
                yield (
                    f"a run of {worker.job} (process {worker.pid}) has given no sign of life for "
                    f"{silent:.0f} s; its work is taken up again by itself"
                )
    finally:
        database.dispose()
