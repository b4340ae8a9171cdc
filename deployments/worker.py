"""The worker: takes up scheduled runs of the timetable's jobs, and of nothing else.

The worker decides which code a run executes, with what and where; the server does not. A
deployment, a run or a work pool on the server may have been written by somebody else while no
secret was asked for. Prefect lets each of these name a command, an environment and a source of
code.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.abc
import psutil
from prefect.client.schemas.filters import FlowRunFilter, WorkPoolFilter
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import WorkerFlowRunResponse
from prefect.exceptions import ObjectNotFound
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.runner import _starter_engine
from prefect.runner._flow_run_executor import FlowRunExecutionResult, FlowRunExecutorContext
from prefect.runner._process_manager import ProcessHandle
from prefect.runner._starter_engine import EngineCommandStarter
from prefect.utilities.processutils import run_process
from prefect.workers.process import ProcessJobConfiguration, ProcessWorker, ProcessWorkerResult

from deployments.meant_for import is_meant_for
from deployments.ready_run import ReadyRun
from deployments.timetable import load_jobs

if TYPE_CHECKING:
    from uuid import UUID

SHOWN_SECONDS = 30.0
"""How often the server notes that we ask. After 60 s without, its pages call our jobs not ready."""
NOT_OURS = "This is none of Shanty's jobs: nothing was run."


def pool_template() -> dict[str, Any]:
    """The job template of our work pool: a run can set nothing about its process."""
    path = Path(__file__).with_name("work_pool.json")
    template: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return template


async def run_in_ready_process(
    ready: ReadyRun,
    command: list[str],
    *,
    task_status: anyio.abc.TaskStatus[ProcessHandle],
    task_status_handler: Callable[[Any], ProcessHandle],
    env: dict[str, str],
    cwd: str,
    **given: Any,
) -> None:
    """Run Prefect's engine in the process that is ready; as Prefect does if there is none."""
    process = ready.begin(env, cwd)
    if process is None:
        await run_process(
            command,
            task_status=task_status,
            task_status_handler=task_status_handler,
            env=env,
            cwd=cwd,
            **given,
        )
        return
    try:
        task_status.started(task_status_handler(process))
        await anyio.to_thread.run_sync(process.wait, abandon_on_cancel=True)
    except BaseException:
        process.terminate()
        raise


class JobWorker(ProcessWorker):
    """Prefect's process worker, for the timetable's jobs alone."""

    def __init__(self, *, machine: str = "", ready: ReadyRun | None = None, **given: Any):
        """``machine`` is its name, for which runs may be meant."""
        super().__init__(**given)
        self._ready = ready or ReadyRun()
        # What the starter below starts its process with, once it knows the process's environment.
        vars(_starter_engine)["run_process"] = partial(run_in_ready_process, self._ready)
        self._entrypoints = {job.name: job.entrypoint for job in load_jobs({})}
        self._known: dict[UUID, str | None] = {}
        self._is_shown_until = 0.0
        self._in_hand = 0
        self._machine = machine

    @classmethod
    def __dispatch_key__(cls) -> str:
        return "shanty"  # a key of our own, so that Prefect's register keeps its process worker

    async def _get_scheduled_flow_runs(self) -> list[WorkerFlowRunResponse]:
        # Each time a worker asks for runs, the server writes down that it did, for all jobs and
        # queues: tens of megabytes an hour. Whether there are any can be asked without that.
        is_shown = time.monotonic() < self._is_shown_until
        if is_shown and not await self._is_any_due():
            return []
        self._is_shown_until = time.monotonic() + SHOWN_SECONDS
        ours = []
        for found in await super()._get_scheduled_flow_runs():
            if await self._find_entrypoint(found.flow_run) is not None:
                if self._is_for_us(found.flow_run):
                    ours.append(found)
                continue
            self._logger.warning("run %r is refused: %s", found.flow_run.name, NOT_OURS)
            await self._mark_flow_run_as_cancelled(found.flow_run, {"message": NOT_OURS})
        return ours

    def _is_for_us(self, flow_run: FlowRun) -> bool:
        due_at = flow_run.next_scheduled_start_time
        return is_meant_for(self._machine, flow_run.tags, due_at, datetime.now(UTC))

    @property
    def is_at_work(self) -> bool:
        """Whether it has a run in hand: to be started, running below it, or to be reported."""
        below = {child.pid for child in psutil.Process().children()}
        return bool(self._in_hand or self._submitting_flow_run_ids or below - {self._ready.pid})

    async def _submit_run_and_capture_errors(self, *given: Any, **named: Any) -> Any:
        self._in_hand += 1
        try:
            return await super()._submit_run_and_capture_errors(*given, **named)
        finally:
            self._in_hand -= 1

    async def _is_any_due(self) -> bool:
        """Whether a run of our pool is planned for now, or for the next seconds."""
        soon = datetime.now(UTC) + timedelta(seconds=int(self._prefetch_seconds))
        due = FlowRunFilter.model_validate(
            {
                "state": {"type": {"any_": ["SCHEDULED"]}},
                "next_scheduled_start_time": {"before_": soon},
            }
        )
        pool = WorkPoolFilter.model_validate({"name": {"any_": [self._work_pool_name]}})
        found = await self.client.count_flow_runs(flow_run_filter=due, work_pool_filter=pool)
        return found > 0

    async def run(
        self,
        flow_run: FlowRun,
        configuration: ProcessJobConfiguration,  # from the server, so it is ignored
        task_status: anyio.abc.TaskStatus[int] | None = None,
    ) -> ProcessWorkerResult:
        """Run a job in a process of its own, in an empty folder."""
        entrypoint = await self._find_entrypoint(flow_run)
        if entrypoint is None:
            raise PermissionError(NOT_OURS)

        async def resolve_flow(_: FlowRun) -> Flow[..., Any]:
            return load_flow_from_entrypoint(entrypoint, use_placeholder_flow=False)

        with tempfile.TemporaryDirectory(prefix="shanty-run-") as folder:
            async with FlowRunExecutorContext() as context:
                starter = EngineCommandStarter(
                    entrypoint=entrypoint, cwd=folder, control_channel=context.control_channel
                )
                executor = context.create_executor(
                    flow_run, starter, resolve_flow=resolve_flow, propose_submitting=False
                )
                result: FlowRunExecutionResult | None = None

                async def execute(
                    *, task_status: anyio.abc.TaskStatus[ProcessHandle] = anyio.TASK_STATUS_IGNORED
                ) -> None:
                    nonlocal result
                    result = await executor.submit(task_status=task_status)

                async with anyio.create_task_group() as group:
                    handle = await group.start(execute)
                    if task_status is not None:
                        task_status.started(handle.pid)
        if result is None or result.status_code is None:
            raise RuntimeError("the process of the run could not be started")
        return ProcessWorkerResult(status_code=result.status_code, identifier=str(handle.pid))

    async def _find_entrypoint(self, flow_run: FlowRun) -> str | None:
        """The entrypoint of a run's job, from the timetable; None if the job is not ours."""
        known = flow_run.deployment_id
        if known is None:
            return None
        if known not in self._known:
            try:
                deployment = await self.client.read_deployment(known)
                flow = await self.client.read_flow(deployment.flow_id)
            except ObjectNotFound:
                return None
            # name = file = function: a job's deployment has the name of its flow.
            is_job = deployment.name == flow.name and flow_run.flow_id == flow.id
            self._known[known] = self._entrypoints.get(deployment.name) if is_job else None
        return self._known[known]
