"""The task runner of the pipeline: one bounded pool of threads per stage.

Owns when and in which thread a submitted task runs, and what becomes of a task whose upstream did
not complete. Refuses to know what a stage does, the queue, and any state of ours: it sees only
Prefect's tasks, futures and states.

Prefect's thread-pool runner is first-in first-out over all tasks, and a task that waits for its
upstream holds a thread. Here, a waiting task is only an entry in its upstream's callback list. It
enters its stage's pool when its last upstream has ended.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from prefect.client.schemas.objects import State, StateType
from prefect.context import FlowRunContext
from prefect.exceptions import UpstreamTaskError
from prefect.futures import PrefectFuture
from prefect.states import Cancelled, Crashed, Failed
from prefect.task_runners import TaskRunner
from prefect.utilities.annotations import allow_failure, quote
from prefect.utilities.collections import StopVisiting, visit_collection

from tasks.stage_pool import StageFuture, StagePool, Submission
from tasks.task_run import run_submission

if TYPE_CHECKING:
    from prefect import Task
    from prefect.client.schemas.objects import RunInput

HELD_STATE_NAME = "Held"
"""Name of a COMPLETED state that ends the chain early, without failure: later tasks do not run."""

NOT_READY_STATE_NAME = "NotReady"
"""Name of the local FAILED state of a future whose upstream did not complete (Prefect's word)."""

_KEPT_RESULT_LINKS = 1000


class StageTaskRunner(TaskRunner[PrefectFuture[Any]]):
    """Run each stage's tasks in a bounded thread pool of that stage.

    `pools` maps a stage's name to its greatest number of threads. It may be a function that is
    called when a flow run begins, because a flow is declared before there are settings. A task
    belongs to the pool that has the task's name (`Task.name`: the function's name unless set
    otherwise). A task of any other name belongs to the default pool of `default_workers` threads.
    Threads start when first needed; there are never more than `max_threads`.

    An upstream counts wherever Prefect finds it: in parameters, however deeply nested, and in
    `wait_for`. If an upstream has not completed, the task's future ends at once as FAILED
    `NotReady`, and so on down the chain. If an upstream has completed under the name `Held`, the
    future ends as COMPLETED `Held` with the same result. In neither case the task runs. Under
    `allow_failure`, a failed, held or not-ready upstream lets the task run; a crashed or cancelled
    one does not (Prefect's rule).

    A task must not submit to its own stage and wait for the result: it would wait for its own
    thread.
    """

    def __init__(
        self, pools: Mapping[str, int] | Callable[[], Mapping[str, int]], default_workers: int = 2
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._given_pools = pools
        self._workers = {} if callable(pools) else dict(pools)
        self._default_workers = default_workers
        for name, workers in {**self._workers, "default_workers": default_workers}.items():
            if workers < 1:
                raise ValueError(f"{name}: a pool needs at least one worker, got {workers}")
        self._state_lock = threading.Lock()
        self._all_ended = threading.Condition(self._state_lock)
        self._something_ended = threading.Event()
        self._cascade = threading.local()
        self._pools: dict[str | None, StagePool] = {}
        self._unended: set[StageFuture[Any]] = set()
        self._flow_run_context: FlowRunContext | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        # Prefect pickles a flow with its runner to start it in a subprocess; locks do not pickle.
        return type(self), (self._given_pools, self._default_workers)

    def duplicate(self) -> StageTaskRunner:
        """Return an unstarted runner with the same pools: Prefect makes one per flow run."""
        pools = self._given_pools
        return type(self)(pools() if callable(pools) else pools, self._default_workers)

    @property
    def max_threads(self) -> int:
        """The greatest number of threads this runner ever has."""
        return sum(self._workers.values()) + self._default_workers

    def backlog(self, stage: str) -> int:
        """Return how many of the stage's tasks are ready or running, but not finished.

        Tasks that wait for an upstream do not count. Raises KeyError for a stage without a pool.
        """
        if stage not in self._workers:
            raise KeyError(stage)
        with self._state_lock:
            pool = self._pools.get(stage)
        return 0 if pool is None else pool.backlog

    def wait_for_change(self, timeout_seconds: float) -> bool:
        """Sleep until a task has ended since the last call; return whether one has.

        Only one caller may use this: the flow's own loop.
        """
        if not self._something_ended.wait(timeout_seconds):
            return False
        self._something_ended.clear()
        return True

    def submit(
        self,
        task: Task[Any, Any],
        parameters: dict[str, Any],
        wait_for: Iterable[PrefectFuture[Any]] | None = None,
        dependencies: dict[str, set[RunInput]] | None = None,
    ) -> StageFuture[Any]:
        """Submit a task; it runs when its upstreams have ended and its stage has a free thread.

        Raises RuntimeError if the runner is not started, or was cancelled.
        """
        future: StageFuture[Any] = StageFuture(uuid4())
        with self._state_lock:
            if not self._started:
                raise RuntimeError("The task runner must be started before submitting work.")
            self._unended.add(future)
            self._flow_run_context = self._flow_run_context or FlowRunContext.get()
        # The search for upstreams would use up an iterator.
        upstream_of_none = wait_for is None or isinstance(wait_for, PrefectFuture)
        kept_wait_for = wait_for if upstream_of_none else list(wait_for or ())
        submission = Submission(
            task, parameters, kept_wait_for, dependencies, copy_context(), future
        )
        self._start_when_ready(submission)
        return future

    def cancel_all(self) -> None:
        """End every unfinished future as CANCELLED; queued tasks never start.

        Running tasks are not interrupted, because Python cannot do that. Their threads are left
        behind, their results are dropped, and they do not keep the interpreter from exiting.
        """
        with self._state_lock:
            self._started = False
            pools = list(self._pools.values())
            futures = list(self._unended)
        for pool in pools:
            pool.close()
        for future in futures:
            self._end(future, Cancelled(message="The flow run ended before this task did."))
        with self._state_lock:
            self._pools.clear()
            self._flow_run_context = None

    def __exit__(self, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        """Wait for all submitted tasks if the flow ended well; else cancel and leave at once."""
        try:
            if exc_type is None and not self._has_flow_run_failed():
                with self._all_ended:
                    while self._unended:
                        self._all_ended.wait()
        finally:
            self.cancel_all()
            super().__exit__(exc_type, exc_value, traceback)

    def _has_flow_run_failed(self) -> bool:
        # Prefect handles a flow's exception inside the runner's `with`, so `exc_type` does not show
        # it. The flow run's state shows it: it is set by then in either case.
        context = self._flow_run_context
        if context is None or context.flow_run is None or context.flow_run.state is None:
            return False
        return not context.flow_run.state.is_completed()

    def _start_when_ready(self, submission: Submission) -> None:
        upstreams, states = _find_upstreams(submission.parameters, submission.wait_for)
        for state, failure_allowed in states:
            if (end_state := _early_end(state, failure_allowed)) is not None:
                self._end(submission.future, end_state)
                return
        submission.waiting_for = len(upstreams) + 1
        for upstream, failure_allowed in upstreams.items():
            upstream.add_done_callback(partial(self._on_upstream_end, submission, failure_allowed))
        self._count_down(submission)

    def _on_upstream_end(
        self, submission: Submission, failure_allowed: bool, upstream: PrefectFuture[Any]
    ) -> None:
        try:
            upstream.wait()  # a future of another runner may learn its state only now
            state = upstream.state
        except BaseException as exc:
            state = Crashed(message=f"The upstream's state is not known: {exc!r}")
        if not self._started:
            return  # `cancel_all` ends every future itself, as CANCELLED
        if (end_state := _early_end(state, failure_allowed)) is not None:
            self._end(submission.future, end_state)
        else:
            self._count_down(submission)

    def _count_down(self, submission: Submission) -> None:
        with self._state_lock:
            submission.waiting_for -= 1
            if (
                submission.waiting_for
                or submission.future not in self._unended
                or not self._started
            ):
                return
            pool = self._pool_of(submission.task.name)
        pool.put(submission, is_urgent=_is_urgent(submission))

    def _pool_of(self, task_name: str) -> StagePool:
        stage = task_name if task_name in self._workers else None
        if stage not in self._pools:
            workers = self._default_workers if stage is None else self._workers[stage]
            self._pools[stage] = StagePool(
                stage or "tasks", workers, run_submission, self._on_run_end
            )
        return self._pools[stage]

    def _on_run_end(self, submission: Submission, state: State[Any]) -> None:
        if (context := self._flow_run_context) is not None:
            _trim_context(context, submission.future.task_run_id)
        self._end(submission.future, state)

    def _end(self, future: StageFuture[Any], state: State[Any]) -> None:
        # A future that ends can end the futures that depend on it, and so on. This is a loop,
        # because recursion along a long chain would overflow the interpreter's stack.
        pending: deque[tuple[StageFuture[Any], State[Any]]] | None
        if (pending := getattr(self._cascade, "pending", None)) is not None:
            pending.append((future, state))
            return
        self._cascade.pending = pending = deque([(future, state)])
        try:
            while pending:
                self._end_one(*pending.popleft())
        finally:
            del self._cascade.pending

    def _end_one(self, future: StageFuture[Any], state: State[Any]) -> None:
        callbacks = future.end(state)
        if callbacks is None:
            return
        for callback in callbacks:
            try:
                callback(future)
            except Exception:
                self.logger.exception("A callback of task run %s failed", future.task_run_id)
        with self._state_lock:
            self._unended.discard(future)
            if not self._unended:
                self._all_ended.notify_all()
        self._something_ended.set()


def _is_urgent(submission: Submission) -> bool:
    """Whether an argument of the task, or the result of its upstream, has a true `is_urgent`."""
    for value in submission.parameters.values():
        if isinstance(value, PrefectFuture) and value.state.is_completed():
            value = value.state.result(raise_on_failure=False)
        if getattr(value, "is_urgent", False) is True:
            return True
    return False


def _find_upstreams(
    parameters: dict[str, Any], wait_for: Any
) -> tuple[dict[PrefectFuture[Any], bool], list[tuple[State[Any], bool]]]:
    """Return the futures and bare states that a task depends on, each with whether it may fail.

    Looks where Prefect's engine will look, with the engine's own visitor, so that no thread ever
    waits for a future that was missed here.
    """
    futures: dict[PrefectFuture[Any], bool] = {}
    states: list[tuple[State[Any], bool]] = []

    def visit(expression: Any, context: dict[str, Any]) -> None:
        annotation = context.get("annotation")
        if isinstance(annotation, quote):
            raise StopVisiting
        if isinstance(expression, PrefectFuture):
            failure_allowed = isinstance(annotation, allow_failure)
            futures[expression] = futures.get(expression, True) and failure_allowed
        elif isinstance(expression, State):
            states.append((expression, isinstance(annotation, allow_failure)))

    for expression in (*parameters.values(), wait_for):
        visit_collection(expression, visit, return_data=False, context={})
    return futures, states


def _early_end(upstream: State[Any], failure_allowed: bool) -> State[Any] | None:
    """Return the state in which an upstream ends the tasks after it; None if they may run."""
    upstream_id = upstream.state_details.task_run_id
    if upstream.is_completed():
        if upstream.name != HELD_STATE_NAME or failure_allowed:
            return None
        return State(
            type=StateType.COMPLETED,
            name=HELD_STATE_NAME,
            message=upstream.message,
            data=upstream.data,
        )
    if upstream.is_failed() and failure_allowed:
        return None
    # FAILED, not Prefect's PENDING: a future must end in a final state. A flow that returns it
    # fails as with Prefect's own runner, and `allow_failure` accepts it.
    message = f"Upstream task run '{upstream_id}' ended as {upstream.name}; this task was not run."
    return Failed(name=NOT_READY_STATE_NAME, message=message, data=UpstreamTaskError(message))


def _trim_context(context: FlowRunContext, task_run_id: UUID) -> None:
    """Drop what Prefect keeps for each task run until the flow run ends.

    An entry of `task_run_assets` without assets means the same as no entry. A link from a result to
    its task run only draws an arrow in the UI if the *result*, not the future, is passed on. The
    newest links are enough for that.
    """
    if not context.task_run_assets.get(task_run_id):
        context.task_run_assets.pop(task_run_id, None)
    links = context.run_results
    if len(links) > 2 * _KEPT_RESULT_LINKS:
        # Drop many at once: a dict that loses one first key at a time scans the gap each time.
        for key in list(links)[:-_KEPT_RESULT_LINKS]:
            links.pop(key, None)
