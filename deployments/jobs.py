"""The recurring jobs on a running server: see them, run them now, pause, resume, skip one run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from deployments.api import PrefectApi
from deployments.server import ServerError, configured_server
from shanty.errors import NotFoundError, ShantyError
from shanty.schedules import Cron, Every

FINAL_STATES = ("COMPLETED", "FAILED", "CANCELLED", "CRASHED")
SKIPPED = "Skipped"
_TAG = "shanty"


@dataclass(frozen=True, slots=True)
class LastRun:
    """How the newest run that has begun went. ``duration_seconds`` is None while it runs."""

    at: datetime
    state: str
    message: str
    duration_seconds: float | None


@dataclass(frozen=True, slots=True)
class JobView:
    """A registered job as a person sees it. ``schedule`` is in plain words."""

    id: str
    name: str
    schedule: str
    paused: bool
    last_run: LastRun | None
    next_run: datetime | None

    def as_document(self) -> dict[str, Any]:
        """The job in ``jobs ls --json`` and ``status --json``."""
        document = asdict(self)
        del document["id"]
        return document


def connect(home: Path) -> PrefectApi:
    """The server that runs the jobs of this home.

    Raises:
        ServerError: there is none.
    """
    url = configured_server(home)
    if url is None:
        raise ServerError("no server is running here; `shanty up` starts it")
    return PrefectApi(url)


def list_jobs(api: PrefectApi) -> list[JobView]:
    """Every registered job, by name."""
    found = api.post("/deployments/filter", deployments={"tags": {"all_": [_TAG]}}, sort="NAME_ASC")
    return [_view(api, deployment) for deployment in found]


def find_job(api: PrefectApi, name: str) -> JobView:
    """One job by its name.

    Raises:
        NotFoundError: there is none; names those there are.
    """
    jobs = list_jobs(api)
    for job in jobs:
        if job.name == name.replace("_", "-"):
            return job
    names = ", ".join(job.name for job in jobs) or "none"
    raise NotFoundError(f"there is no job {name!r}; the jobs are: {names}")


def run_job(api: PrefectApi, job: JobView, *, reason: str = "by hand") -> str:
    """Run a job now; returns the id of the flow run."""
    made = api.post(
        f"/deployments/{job.id}/create_flow_run",
        name=f"{job.name} · {reason}",
        state={"type": "SCHEDULED"},
        tags=[_TAG, reason],
    )
    return str(made["id"])


def drop_missed_runs(api: PrefectApi) -> int:
    """Delete the runs that were planned for a time when nothing ran; returns how many.

    Otherwise a worker would make up for a night's worth of them, one after another.
    """
    dropped = 0
    while True:
        missed = api.post(
            "/flow_runs/filter",
            flow_runs={
                "tags": {"all_": [_TAG]},
                "state": {"type": {"any_": ["SCHEDULED"]}},
                "expected_start_time": {"before_": datetime.now(UTC).isoformat()},
            },
            limit=200,
        )
        for run in missed:
            api.delete(f"/flow_runs/{run['id']}")
        dropped += len(missed)
        if not missed:
            return dropped


def wait_for_run(
    api: PrefectApi, run_id: str, announce: Callable[[str], None], poll_seconds: float = 1.0
) -> LastRun:
    """Wait until a run has ended, telling each new state; returns how it ended."""
    told = ""
    while True:
        run = api.get(f"/flow_runs/{run_id}")
        if run["state_name"] != told:
            told = run["state_name"]
            announce(told)
        if run["state_type"] in FINAL_STATES:
            return _last_run(run)
        time.sleep(poll_seconds)


def pause_job(api: PrefectApi, job: JobView) -> None:
    """Let a job not run until it is resumed. A run under way goes on."""
    api.post(f"/deployments/{job.id}/pause_deployment")


def resume_job(api: PrefectApi, job: JobView) -> None:
    """Let a paused job run again."""
    api.post(f"/deployments/{job.id}/resume_deployment")


def skip_next_run(api: PrefectApi, job: JobView) -> datetime:
    """Cancel exactly the next planned run; returns the time it would have had.

    Prefect's scheduler does not plan it anew.

    Raises:
        ShantyError: no run is planned, or it began at this very moment.
    """
    planned = _runs(api, job.id, ["SCHEDULED"], "EXPECTED_START_TIME_ASC", 1)
    if not planned:
        raise ShantyError(f"no run of {job.name} is planned: it is paused or off")
    run = planned[0]
    message = "Skipped by hand."
    api.post(
        f"/flow_runs/{run['id']}/set_state",
        state={"type": "CANCELLED", "name": SKIPPED, "message": message},
        force=False,
    )
    if _began(api, run["id"]):
        # It won the race: give it its state back, it is not the run that was meant.
        api.post(f"/flow_runs/{run['id']}/set_state", state={"type": "RUNNING"}, force=True)
        raise ShantyError(f"the run of {job.name} has just begun; nothing was skipped")
    return datetime.fromisoformat(run["expected_start_time"])


def _began(api: PrefectApi, run_id: str) -> bool:
    history = api.get(f"/flow_run_states/?flow_run_id={run_id}")
    return any(state["type"] == "RUNNING" for state in history)


def _view(api: PrefectApi, deployment: dict[str, Any]) -> JobView:
    schedules = deployment["schedules"]
    is_off = not any(schedule["active"] for schedule in schedules)
    begun = _runs(api, deployment["id"], [*FINAL_STATES, "RUNNING"], "START_TIME_DESC", 5)
    last = next((run for run in begun if run["state_name"] != SKIPPED), None)
    planned = _runs(api, deployment["id"], ["SCHEDULED"], "EXPECTED_START_TIME_ASC", 1)
    is_paused = deployment["paused"]
    return JobView(
        id=deployment["id"],
        name=deployment["name"],
        schedule="off" if is_off else ", ".join(_describe(one["schedule"]) for one in schedules),
        paused=is_paused,
        last_run=_last_run(last) if last else None,
        next_run=(
            datetime.fromisoformat(planned[0]["expected_start_time"])
            if planned and not is_paused
            else None
        ),
    )


def _runs(
    api: PrefectApi, deployment_id: str, states: list[str], sort: str, limit: int
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.post(
        "/flow_runs/filter",
        deployments={"id": {"any_": [deployment_id]}},
        flow_runs={"state": {"type": {"any_": states}}},
        sort=sort,
        limit=limit,
    )
    return found


def _last_run(run: dict[str, Any]) -> LastRun:
    ended = run["end_time"]
    began = datetime.fromisoformat(run["start_time"] or run["state"]["timestamp"])
    duration = (datetime.fromisoformat(ended) - began).total_seconds() if ended else None
    return LastRun(
        at=began,
        state=run["state_name"],
        message=run["state"]["message"] or "",
        duration_seconds=None if duration is None else round(duration, 1),
    )


def _describe(schedule: dict[str, Any]) -> str:
    if "interval" in schedule:
        return Every(timedelta(seconds=schedule["interval"])).describe()
    if "cron" in schedule:
        return Cron(schedule["cron"]).describe()
    return str(schedule.get("rrule", "custom"))
