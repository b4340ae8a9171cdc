"""Gives the flow runs of dead processes their true state."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import State, StateType
from prefect.states import Crashed

from shanty.clock import utc_now
from shanty.workqueue import WorkQueue

GRACE = timedelta(seconds=120)
"""How long a run may take from its start by Prefect to its own lease."""
_PAGE = 200


def mark_crashed(queue: WorkQueue, *, grace: timedelta = GRACE, dry_run: bool = False) -> int:
    """Mark runs as crashed that Prefect shows as begun but no process works on; returns how many.

    With ``dry_run``, they are only counted. A run is alive if it holds a lease. Prefect's own
    automation goes by Prefect's heartbeats, which give false alarms.
    """
    held = {worker.flow_run_id for worker in queue.workers.list_live()}
    states = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
    begun = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=states)),
        tags=FlowRunFilterTags(all_=["shanty"]),
    )
    before = utc_now() - grace
    marked = 0
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs(flow_run_filter=begun, limit=_PAGE):
            if str(run.id) in held or run.state is None or run.state.timestamp > before:
                continue
            state: State[Any] = Crashed(
                message="The process of this run died; what it did goes on elsewhere."
            )
            if not dry_run:
                client.set_flow_run_state(run.id, state, force=True)
            marked += 1
    return marked
