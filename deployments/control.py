"""Steering the recurring jobs of a running server: run now, pause, resume, skip one run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from deployments.meant_for import tag_for
from deployments.server import auth_for, configured_server, known_server_pid
from flows.server.api import PATIENT, PrefectApi
from flows.server.dashboard import PROGRESS
from flows.server.jobs import (
    BY_HAND,
    FINAL_STATES,
    SKIPPED,
    TAG,
    JobView,
    LastRun,
    list_jobs,
    next_planned_run,
    next_skipped_run,
    read_run,
)
from shanty.config.settings import Settings
from shanty.errors import NotFoundError, ServerError, ShantyError
from shanty.providers.http_bounds import Bounds
from shanty.workqueue import WorkQueue


def connect(settings: Settings, *, bounds: Bounds = PATIENT) -> PrefectApi:
    """The API of the server that runs this home's jobs, with the secret that opens it.

    ``bounds`` are those of each request.

    Raises:
        ServerError: no server runs, or it does not answer.
    """
    url = configured_server(settings.home)
    if url is None:
        if pid := known_server_pid(settings.home):
            raise ServerError(
                f"the Prefect server (process {pid}) does not answer; `shanty up` starts it again "
                "within three minutes, or has only just started it"
            )
        raise ServerError(
            "no server is running here; `shanty up` starts it, `shanty run` works once"
        )
    return PrefectApi(url, auth=auth_for(settings, url), bounds=bounds)


def find_job(api: PrefectApi, name: str) -> JobView:
    """One job by its name.

    Raises:
        NotFoundError: there is no such job; the message names the jobs there are.
    """
    jobs = list_jobs(api)
    for job in jobs:
        if job.name == name.replace("_", "-"):
            return job
    names = ", ".join(job.name for job in jobs) or "none"
    raise NotFoundError(f"there is no job {name!r}; the jobs are: {names}")


def run_job(
    api: PrefectApi, job: JobView, *, reason: str = BY_HAND, machine: str | None = None
) -> str:
    """Run a job now, on a ``machine`` if one is named; returns the id of the flow run."""
    made = api.post(
        f"/deployments/{job.id}/create_flow_run",
        name=f"{job.name} · {reason}",
        state={"type": "SCHEDULED"},
        tags=[TAG, reason, *([] if machine is None else [tag_for(machine)])],
    )
    return str(made["id"])


def find_begun(api: PrefectApi, job: JobView) -> list[dict[str, Any]]:
    """The runs of a job that were asked for, are late, are being started or are at work.

    At most 200 of them, as the server describes them, the latest first.
    """
    found: list[dict[str, Any]] = api.post(
        "/flow_runs/filter",
        deployments={"id": {"any_": [job.id]}},
        flow_runs={
            "state": {"type": {"any_": ["SCHEDULED", "PENDING", "RUNNING"]}},
            "expected_start_time": {"before_": datetime.now(UTC).isoformat()},
        },
        sort="EXPECTED_START_TIME_DESC",
        limit=200,
    )
    return found


def drop_missed_runs(api: PrefectApi) -> int:
    """Delete the runs that were missed while nothing ran, except the last one of each job.

    Without this, a worker would make up for a whole night of runs, one after another. The last one
    runs at once, so that a job does run even if the machine sleeps whenever it is due. Returns how
    many were deleted.
    """
    kept: set[str] = set()
    dropped = 0
    while True:
        missed = api.post(
            "/flow_runs/filter",
            flow_runs={
                "tags": {"all_": [TAG]},
                "state": {"type": {"any_": ["SCHEDULED"]}},
                "expected_start_time": {"before_": datetime.now(UTC).isoformat()},
            },
            sort="EXPECTED_START_TIME_DESC",
            limit=200,
            offset=len(kept),
        )
        for run in missed:
            if run["deployment_id"] in kept:
                api.delete(f"/flow_runs/{run['id']}")
                dropped += 1
            kept.add(run["deployment_id"])
        if not missed:
            return dropped


def wait_for_run(
    api: PrefectApi, run_id: str, announce: Callable[[str], None], poll_seconds: float = 1.0
) -> LastRun:
    """Wait until a run has ended, announcing its state and progress; returns how it ended."""
    told = ""
    while True:
        run = api.get(f"/flow_runs/{run_id}")
        is_final = run["state_type"] in FINAL_STATES
        news = run["state_name"] if is_final else _progress(api, run_id) or run["state_name"]
        if news != told:
            told = news
            announce(told)
        if is_final:
            return read_run(run)
        time.sleep(poll_seconds)


def find_run_at_work(queue: WorkQueue, job: JobView) -> str | None:
    """The id of the flow run that does a job on this machine now, or None."""
    for worker in queue.workers.workers_here():
        if worker.job == job.name and worker.flow_run_id and queue.workers.is_alive(worker):
            return worker.flow_run_id
    return None


def _progress(api: PrefectApi, run_id: str) -> str:
    """How far a run says that it has come; empty if it does not say."""
    found = api.post(
        "/artifacts/filter",
        artifacts={"key": {"any_": [PROGRESS]}, "flow_run_id": {"any_": [run_id]}},
        limit=1,
    )
    return str(found[0]["description"]) if found else ""


def pause_job(api: PrefectApi, job: JobView) -> None:
    """Keep a job from running until it is resumed. A run under way goes on."""
    api.post(f"/deployments/{job.id}/pause_deployment")


def resume_job(api: PrefectApi, job: JobView) -> None:
    """Let a paused job run again."""
    api.post(f"/deployments/{job.id}/resume_deployment")


@dataclass(frozen=True, slots=True)
class Skip:
    """A planned run that is left out. ``is_news``: it was not left out before."""

    at: datetime
    is_news: bool


def skip_next_run(api: PrefectApi, job: JobView) -> Skip:
    """Leave out exactly the next planned run. Doing it again before that time changes nothing.

    Prefect's scheduler does not plan the run anew.

    Raises:
        ShantyError: no run is planned, or it began at this very moment.
    """
    if (skipped := next_skipped_run(api, job.id)) is not None:
        return Skip(datetime.fromisoformat(skipped["expected_start_time"]), is_news=False)
    run = next_planned_run(api, job.id)
    if run is None:
        raise ShantyError(f"no run of {job.name} is planned: it is paused or off")
    message = "Skipped by hand."
    api.post(
        f"/flow_runs/{run['id']}/set_state",
        state={"type": "CANCELLED", "name": SKIPPED, "message": message},
        force=False,
    )
    if _began(api, run["id"]):
        # The run won the race: give it its state back, because it is not the one that was meant.
        api.post(f"/flow_runs/{run['id']}/set_state", state={"type": "RUNNING"}, force=True)
        raise ShantyError(f"the run of {job.name} has just begun; nothing was skipped")
    return Skip(datetime.fromisoformat(run["expected_start_time"]), is_news=True)


def unskip(api: PrefectApi, job: JobView) -> list[datetime]:
    """Plan again what a person has left out and what is still ahead; returns the times.

    The runs are new ones: one that was left out has begun and ended for Prefect, and keeps that
    time when it really begins.

    Raises:
        ShantyError: nothing is left out.
    """
    restored: list[datetime] = []
    while (run := next_skipped_run(api, job.id)) is not None:
        at = run["expected_start_time"]
        api.delete(f"/flow_runs/{run['id']}")
        api.post(f"/deployments/{job.id}/schedule", start_time=at, end_time=at, max_runs=1)
        restored.append(datetime.fromisoformat(at))
    if not restored:
        raise ShantyError(f"no run of {job.name} is left out; there is nothing to take back")
    return restored


def _began(api: PrefectApi, run_id: str) -> bool:
    history = api.get(f"/flow_run_states/?flow_run_id={run_id}")
    return any(state["type"] == "RUNNING" for state in history)
