"""The maintenance flow: rescue what died, prune what is done, count what there is."""

from __future__ import annotations

import logging
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.runs.begin import begin_run, name_run
from flows.runs.orphans import mark_crashed
from shanty.tracks.upkeep import tidy

logger = logging.getLogger(__name__)


@flow(name="maintenance", flow_run_name=name_run)
def maintenance() -> State[Any]:
    """Rescue work of dead processes, prune finished work, and refresh the dashboard."""
    with begin_run("maintenance") as run:
        done = tidy(run.queue, run.catalog, run.database, run.settings)
        done["dead runs marked as crashed"] = mark_crashed(run.queue)
        run.dashboard.refresh(now=True)
        run.dashboard.show_jobs()
        message = describe(done)
        logger.info("%s", message)
    return Completed(message=message)


def describe(done: dict[str, int]) -> str:
    """What was done, in words: ``3 items rescued, 20 old items pruned``."""
    parts = [f"{number} {what}" for what, number in done.items() if number]
    return ", ".join(parts) or "all was in order"
