"""Gives the runs of dead processes, and the task runs that they have left, their true state."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
    TaskRunFilter,
    TaskRunFilterState,
    TaskRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.states import Cancelled, Crashed

from flows.server.jobs import TAG
from shanty.clock import utc_now
from shanty.workqueue import WorkQueue

GRACE = timedelta(seconds=120)
"""How long a run may take from its start by Prefect to its own lease."""
TASK_GRACE = timedelta(seconds=30)
"""How long the server may take to hear how the tasks of a run have ended."""
_PAGE = 200
_BEGUN = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
_BROKEN_OFF = [StateType.CRASHED, StateType.CANCELLED, StateType.FAILED]


def mark_crashed(
    queue: WorkQueue,
    *,
    grace: timedelta = GRACE,
    dead: Collection[str | None] = (),
    dry_run: bool = False,
) -> int:
    """Mark as crashed what Prefect shows as begun and what nobody works on; returns how many.

    ``dead`` are flow runs whose processes are known to have died: they get no ``grace``. With
    ``dry_run`` the runs are only counted. The task runs of what was broken off end with it.

    Prefect's own automation goes by its heartbeats, which give false alarms; ours is the lease.
    """
    held = {worker.flow_run_id for worker in queue.workers.list_live()}
    before = utc_now() - grace
    marked = 0
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs(flow_run_filter=_ours(_BEGUN), limit=_PAGE):
            if str(run.id) in held or run.state is None:
                continue
            if str(run.id) not in dead and run.state.timestamp > before:
                continue
            marked += 1
            if dry_run:
                continue
            state: State[Any] = Crashed(
                message="The process of this run died; what it did goes on elsewhere."
            )
            client.set_flow_run_state(run.id, state, force=True)
            _end_tasks(client, run, StateType.CRASHED)
        if not dry_run:
            _end_left_tasks(client, utc_now() - min(grace, TASK_GRACE))
    return marked


def _ours(types: list[StateType]) -> FlowRunFilter:
    return FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=types)),
        tags=FlowRunFilterTags(all_=[TAG]),
    )


def _end_left_tasks(client: SyncPrefectClient, before: Any) -> None:
    """End the task runs that are shown as running although their run has been broken off."""
    tasks = client.read_task_runs(
        flow_run_filter=_ours(_BROKEN_OFF), task_run_filter=_begun_tasks(), limit=_PAGE
    )
    for run_id in {task.flow_run_id for task in tasks if task.flow_run_id is not None}:
        run = client.read_flow_run(run_id)
        if run.state is not None and run.state.timestamp <= before:
            _end_tasks(client, run, run.state.type)


def _end_tasks(client: SyncPrefectClient, run: FlowRun, type_of_run: StateType) -> None:
    of_run = FlowRunFilter(id=FlowRunFilterId(any_=[run.id]))
    for task in client.read_task_runs(
        flow_run_filter=of_run, task_run_filter=_begun_tasks(), limit=_PAGE
    ):
        state: State[Any] = Crashed(message="The process of this run died; the next one goes on.")
        if type_of_run is StateType.CANCELLED:
            state = Cancelled(name="Given back", message="The run was ended; the next one goes on.")
        client.set_task_run_state(task.id, state, force=True)


def _begun_tasks() -> TaskRunFilter:
    return TaskRunFilter(
        state=TaskRunFilterState(type=TaskRunFilterStateType(any_=_BEGUN)),
    )
