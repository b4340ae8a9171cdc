"""What Prefect shows, counted by its API, beside what the queue knows."""

from __future__ import annotations

from typing import Any

from shanty.models import Status
from tests.world.service_home import Home, wait_until

ENDS = {"COMPLETED", "CANCELLED", "CRASHED", "FAILED"}
PATIENCE_SECONDS = 300


def read_all(home: Home, kind: str) -> list[dict[str, Any]]:
    """Every run of a kind, ``flow_runs`` or ``task_runs``, that Prefect shows."""
    found: list[dict[str, Any]] = []
    while True:
        page = home.api.post(f"/{kind}/filter", offset=len(found), limit=200, sort="ID_DESC")
        found += page
        if len(page) < 200:
            return found


def ids_of(home: Home, state_type: str, *, job: str = "") -> set[str]:
    """The flow runs that are shown in a state, or those of one job."""
    return {
        run["id"]
        for run in read_all(home, "flow_runs")
        if run["state_type"] == state_type and run["name"].startswith(job)
    }


def live_runs(home: Home, *, job: str = "") -> set[str]:
    """The flow runs that are at work, by their leases."""
    live = home.queue.workers.list_live()
    return {one.flow_run_id for one in live if one.flow_run_id and one.job.startswith(job)}


def check_prefect_agrees(home: Home) -> None:
    """As running is shown what runs, as failed what failed, and nothing else."""
    said: list[str] = []

    def agrees() -> bool:
        said[:] = _differences(home)
        return not said

    wait_until(agrees, "Prefect agrees", PATIENCE_SECONDS, tell=lambda: said)


def _differences(home: Home) -> list[str]:
    live = live_runs(home)
    runs, tasks = read_all(home, "flow_runs"), read_all(home, "task_runs")
    shown = {run["id"] for run in runs if run["state_type"] == "RUNNING"}
    found = [f"{one} is shown as running" for one in shown - live]
    found += [f"{one} runs, and is not shown" for one in live - shown]
    for run in runs:
        is_planned = run["state_type"] == "SCHEDULED" and run["state_name"] != "Late"
        if run["state_type"] == "FAILED" or not (
            is_planned or run["state_type"] in {*ENDS, "RUNNING"}
        ):
            found.append(f"run {run['name']} is {run['state_name']}")
    for task in tasks:
        if task["state_type"] not in ENDS and task["flow_run_id"] not in live:
            found.append(f"task {task['name']} is {task['state_name']}")
    failed = len(home.queue.overview.list_items(status=Status.FAILED))
    red = sum(task["state_type"] == "FAILED" for task in tasks)
    return found + ([f"{red} tasks are red, {failed} have failed"] if red != failed else [])
