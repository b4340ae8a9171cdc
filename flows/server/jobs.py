"""The recurring jobs of a running server as a person sees them: schedule, last run, next run.

Owns what counts as the last and the next run. Does not import Prefect.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flows.server.api import PrefectApi
from flows.server.schedules import Cron, Every
from shanty.clock import utc_now

FINAL_STATES = ("COMPLETED", "FAILED", "CANCELLED", "CRASHED")
SKIPPED = "Skipped"
"""Name of the state of a run that did nothing: left out by hand, or begun beside one at work."""
WAITING = "Waiting"
"""How a run ended that did what it could, and got nothing: its sources refused."""
REFUSED = "sources refused"
"""The mark of such a run. Its state has Prefect's own name: a job's page lists no other runs."""
GOOD_ENDS = ("Completed", SKIPPED, WAITING)
OFF = "off"
PIPELINE = "pipeline"
TAG = "shanty"
BY_HAND = "by hand"
LEFT_OVER = "work was left"
REASONS = (BY_HAND, LEFT_OVER)
"""Tags that say why a run began if no schedule made it."""
AUTO_SCHEDULED = "auto-scheduled"
"""The tag that Prefect gives to a run that a schedule has made."""


@dataclass(frozen=True, slots=True)
class LastRun:
    """How the newest run went that has begun. ``duration_seconds`` is None while it runs."""

    at: datetime
    state: str
    message: str
    duration_seconds: float | None


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as a person sees it. ``schedule`` is in plain words, ``about`` what the job does.

    ``next_run`` is what the server has planned, and ``due`` what the schedule says: a server that
    has only just begun has planned nothing yet.
    """

    id: str
    name: str
    schedule: str
    paused: bool
    last_run: LastRun | None
    next_run: datetime | None
    due: datetime | None = None
    about: str = ""

    @property
    def is_stopped(self) -> bool:
        """Whether nothing begins it but a person: it is paused or switched off."""
        return self.paused or self.schedule == OFF

    @property
    def status(self) -> str:
        """One word: paused, off, running, or how the last run ended (``new``: none has run yet)."""
        if self.paused:
            return "paused"
        if self.last_run is not None and self.last_run.state == "Running":
            return "running"
        if self.schedule == OFF:
            return OFF
        return "new" if self.last_run is None else self.last_run.state.lower()

    def as_document(self) -> dict[str, Any]:
        """The job in ``jobs ls --json`` and ``status --json``."""
        document = asdict(self)
        del document["id"]
        return document


def list_jobs(api: PrefectApi) -> list[JobView]:
    """Every registered job, by name."""
    found = api.post("/deployments/filter", deployments={"tags": {"all_": [TAG]}}, sort="NAME_ASC")
    return [_view(api, deployment) for deployment in found]


def next_planned_run(api: PrefectApi, job_id: str) -> dict[str, Any] | None:
    """The next run that a job's schedule has planned; one that was asked for by hand is none."""
    return _first_of_schedule(api, job_id, {"type": {"any_": ["SCHEDULED"]}})


def next_skipped_run(api: PrefectApi, job_id: str) -> dict[str, Any] | None:
    """The next run that is left out because a person has skipped it."""
    is_skipped = {"name": {"any_": [SKIPPED]}}
    return _first_of_schedule(api, job_id, is_skipped, after=utc_now())


def _first_of_schedule(
    api: PrefectApi, job_id: str, state: dict[str, Any], after: datetime | None = None
) -> dict[str, Any] | None:
    which: dict[str, Any] = {"state": state, "tags": {"all_": [AUTO_SCHEDULED]}}
    if after is not None:
        which["expected_start_time"] = {"after_": after.isoformat()}
    found = _find_runs(api, job_id, which, "EXPECTED_START_TIME_ASC")
    return found[0] if found else None


def read_run(run: dict[str, Any]) -> LastRun:
    """Read a run that has begun from the server's description."""
    ended = run["end_time"]
    began = datetime.fromisoformat(run["start_time"] or run["state"]["timestamp"])
    duration = (datetime.fromisoformat(ended) - began).total_seconds() if ended else None
    is_refused = REFUSED in run.get("tags", ()) and run["state_type"] == "COMPLETED"
    return LastRun(
        at=began,
        state=WAITING if is_refused else run["state_name"],
        message=run["state"]["message"] or "",
        duration_seconds=None if duration is None else round(duration, 1),
    )


def _view(api: PrefectApi, deployment: dict[str, Any]) -> JobView:
    schedules = deployment["schedules"]
    is_off = not any(schedule["active"] for schedule in schedules)
    has_begun = {"type": {"any_": [*FINAL_STATES, "RUNNING"]}, "name": {"not_any_": [SKIPPED]}}
    begun = _find_runs(api, deployment["id"], {"state": has_begun}, "START_TIME_DESC")
    planned = next_planned_run(api, deployment["id"])
    is_paused = deployment["paused"]
    return JobView(
        id=deployment["id"],
        name=deployment["name"],
        schedule=OFF if is_off else ", ".join(_describe(one["schedule"]) for one in schedules),
        paused=is_paused,
        last_run=read_run(begun[0]) if begun else None,
        next_run=(
            datetime.fromisoformat(planned["expected_start_time"])
            if planned and not is_paused
            else None
        ),
        due=None if is_off or is_paused else _next_due(schedules),
        about=(deployment.get("description") or "").partition("\n")[0].strip(),
    )


def _next_due(schedules: list[dict[str, Any]]) -> datetime | None:
    now = utc_now()
    parsed = [_parse(one["schedule"]) for one in schedules if one["active"]]
    return min((one.next_after(now) for one in parsed if one is not None), default=None)


def _find_runs(
    api: PrefectApi, job_id: str, which: dict[str, Any], sort: str
) -> list[dict[str, Any]]:
    """The first run of a job in an order: a list of one, or of none."""
    found: list[dict[str, Any]] = api.post(
        "/flow_runs/filter",
        deployments={"id": {"any_": [job_id]}},
        flow_runs=which,
        sort=sort,
        limit=1,
    )
    return found


def _parse(schedule: dict[str, Any]) -> Every | Cron | None:
    if "interval" in schedule:
        return Every(timedelta(seconds=schedule["interval"]))
    return Cron(schedule["cron"]) if "cron" in schedule else None


def _describe(schedule: dict[str, Any]) -> str:
    parsed = _parse(schedule)
    if parsed is None:
        return str(schedule.get("rrule", "custom"))
    zone = _elsewhere(schedule.get("timezone")) if isinstance(parsed, Cron) else ""
    return f"{parsed.describe()}{zone}"


def _elsewhere(zone: str | None) -> str:
    """The time zone of a cron expression, if its clock now differs from this machine's."""
    try:
        there = datetime.now(ZoneInfo(zone or "UTC"))
    except (ValueError, LookupError):
        return f" ({zone})"
    return "" if there.utcoffset() == there.astimezone().utcoffset() else f" ({zone or 'UTC'})"
