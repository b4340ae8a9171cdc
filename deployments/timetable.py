"""The recurring jobs: ``prefect.yaml`` declares them, and the settings may reschedule them.

Knows nothing of a running server. Does not import Prefect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from flows.server.jobs import JobView
from flows.server.schedules import Cron, Every, Schedule, parse_schedule
from shanty.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Job:
    """A recurring job. ``entrypoint`` is a module path, ``schedule`` the one in force.

    A job that is off keeps its ``declared`` schedule, but paused.
    """

    name: str
    entrypoint: str
    work_pool: str
    tags: tuple[str, ...]
    declared: Every | Cron
    schedule: Schedule

    @property
    def setting(self) -> str:
        """The key below ``scheduling`` that reschedules this job."""
        return self.name.replace("-", "_")


def view_jobs(scheduling: Mapping[str, str]) -> list[JobView]:
    """Every job by name, as far as it is known without a server: no run of it is.

    Raises:
        ConfigError: as :func:`load_jobs`.
    """
    return [
        JobView(
            id="",
            name=job.name,
            schedule=job.schedule.describe(),
            paused=False,
            last_run=None,
            next_run=None,
        )
        for job in sorted(load_jobs(scheduling), key=lambda job: job.name)
    ]


def load_jobs(scheduling: Mapping[str, str]) -> list[Job]:
    """Every job of the timetable, rescheduled by the settings, in the order of the timetable.

    Raises:
        ConfigError: a schedule is invalid, or its job does not exist; the message names the key.
    """
    jobs = [_parse_job(entry, scheduling) for entry in _read_timetable()["deployments"]]
    known = {job.setting for job in jobs}
    for key in scheduling:
        if key not in known:
            raise ConfigError(
                f"setting 'scheduling.{key}': there is no such job; "
                f"the jobs are {', '.join(sorted(known))}"
            )
    return jobs


def _read_timetable() -> dict[str, Any]:
    here = Path(__file__).parent
    # In the wheel, the file lies beside this one; in a checkout, where Prefect looks for it.
    path = next(p for p in (here / "prefect.yaml", here.parent / "prefect.yaml") if p.exists())
    # The loader in C, where the package has it, takes a tenth of the time.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    return content


def _parse_job(entry: Mapping[str, Any], scheduling: Mapping[str, str]) -> Job:
    (timing,) = entry["schedules"]
    declared: Every | Cron = (
        Cron(timing["cron"]) if "cron" in timing else Every(timedelta(seconds=timing["interval"]))
    )
    job = Job(
        name=entry["name"],
        entrypoint=entry["entrypoint"],
        work_pool=entry["work_pool"]["name"],
        tags=tuple(entry["tags"]),
        declared=declared,
        schedule=declared,
    )
    text = scheduling.get(job.setting)
    if text is None:
        return job
    schedule = parse_schedule(text, f"scheduling.{job.setting}")
    return Job(job.name, job.entrypoint, job.work_pool, job.tags, declared, schedule)
