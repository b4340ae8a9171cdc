"""The maintenance flow: rescue what died, prune what is done, count what there is."""

from __future__ import annotations

from typing import Any

from prefect import flow, get_run_logger
from prefect.states import Completed, State

from flows.dashboard import publish_dashboard
from flows.orphans import mark_crashed
from flows.runs import begin_run
from shanty.upkeep import tidy


@flow(name="maintenance")
def maintenance() -> State[Any]:
    """Rescue work of dead processes, prune finished work, and refresh the dashboard."""
    with begin_run("maintenance") as run:
        report = tidy(run.queue, run.catalog, run.database, run.settings)
        crashed = mark_crashed(run.queue)
        publish_dashboard(run.queue)
    message = f"{report}, {crashed} dead runs marked as crashed"
    get_run_logger().info(message)
    return Completed(message=message)
