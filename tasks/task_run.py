"""One task run: how it is made and handed to Prefect's engine.

Owns what the record of a task run says when its thread begins. Refuses to know about pools and
about when a task may run: `tasks.runner` knows that.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast
from uuid import uuid4

from prefect.client.schemas.objects import (
    RunInput,
    State,
    StateDetails,
    TaskRun,
    TaskRunPolicy,
    TaskRunResult,
)
from prefect.context import FlowRunContext, TagsContext, TaskRunContext
from prefect.states import Crashed, Failed, Pending
from prefect.task_engine import run_task_async, run_task_sync
from prefect.utilities.engine import collect_task_run_inputs_sync

from tasks.stage_pool import Submission


def run_submission(submission: Submission) -> State[Any]:
    """Run the task in the context it was submitted in and return its final state.

    Never raises: whatever the task does, a thread of the pool gets a state back.
    """
    try:
        return submission.context.run(_run_in_context, submission)
    except Exception as exc:
        return Failed(message=f"The task could not be run: {exc}", data=exc)
    except BaseException as exc:
        # A task raised SystemExit or a signal of Prefect's; the engine has recorded it. It is not
        # kept as the state's data: `result()` would raise it in Prefect's event loop and kill that.
        return Crashed(message=f"The task was stopped by {exc!r}")


def _run_in_context(submission: Submission) -> State[Any]:
    arguments: dict[str, Any] = {
        "task": submission.task,
        # An engine that is given a task run announces it as Running, without Pending before. The
        # two are milliseconds apart here. This saves client and server a third of all events, and
        # the server's pace in recording events is the limit.
        "task_run": _make_task_run(submission),
        "parameters": submission.parameters,
        "wait_for": submission.wait_for,
        "return_type": "state",
    }
    if submission.task.isasync:
        state: Any = asyncio.run(run_task_async(**arguments))
    else:
        state = run_task_sync(**arguments)
    return cast("State[Any]", state)


def _make_task_run(submission: Submission) -> TaskRun:
    """Return the record that Prefect's engine itself would make for the submission."""
    task, task_run_id = submission.task, submission.future.task_run_id
    context = FlowRunContext.get()
    flow_run_id = context.flow_run.id if context and context.flow_run else None
    dynamic_key = str(uuid4())
    details = StateDetails(task_run_id=task_run_id, flow_run_id=flow_run_id)
    state: State[Any] = Pending(state_details=details)
    now = cast("Any", state.timestamp)
    return TaskRun(
        id=task_run_id,
        name=f"{task.name}-{dynamic_key[:3]}",
        flow_run_id=flow_run_id,
        task_key=task.task_key,
        dynamic_key=dynamic_key,
        task_version=task.version,
        empirical_policy=TaskRunPolicy(
            retries=task.retries,
            retry_delay=cast("Any", task.retry_delay_seconds),
            retry_jitter_factor=task.retry_jitter_factor,
        ),
        tags=list(task.tags | TagsContext.get().current_tags),
        task_inputs=cast("Any", _task_inputs(submission)),
        expected_start_time=now,
        state_id=state.id,
        state_type=state.type,
        state_name=state.name,
        state=state,
        created=now,
        updated=now,
    )


def _task_inputs(submission: Submission) -> dict[str, set[RunInput]]:
    """Return the task runs that each parameter's value comes from, for the arrows in the UI."""
    inputs: dict[str, set[Any]] = {
        name: collect_task_run_inputs_sync(value) for name, value in submission.parameters.items()
    }
    parent = TaskRunContext.get()
    if parent is not None:
        inputs["__parents__"] = {TaskRunResult(id=parent.task_run.id)}
    if submission.wait_for:
        inputs["wait_for"] = collect_task_run_inputs_sync(submission.wait_for)
    for name, more in (submission.dependencies or {}).items():
        inputs[name] = inputs.get(name, set()) | more
    return inputs
