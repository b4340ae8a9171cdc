"""The parts of the stage task runner: a future, a submitted task, a bounded pool of threads.

Owns the threads and how they get their work. Refuses to know what makes a task ready and what a
final state means to the tasks after it: `tasks.runner` knows that.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture, PrefectTaskRunFuture
from prefect.results import ResultRecord  # type: ignore[attr-defined]
from prefect.states import Pending

if TYPE_CHECKING:
    from prefect import Task
    from prefect.client.schemas.objects import RunInput

R = TypeVar("R")


class EndedState(State[R]):
    """A final state that returns its result from memory, without Prefect's event loop.

    Prefect's own `result` runs a coroutine in another thread even for a value that it holds. Its
    engine asks once for every upstream of every task. That is a tenth of a task run's CPU time.
    """

    @classmethod
    def copy_of(cls, state: State[R]) -> EndedState[R]:
        """Return a copy of this class that shares the state's ids and data."""
        return cls.model_construct(_fields_set=state.model_fields_set, **vars(state))

    def result(self, *args: Any, **kwargs: Any) -> Any:
        """Return or raise the result, as `State.result` does."""
        if self.is_completed() and isinstance(self.data, ResultRecord):
            return self.data.result
        return super().result(*args, **kwargs)


class StageFuture(PrefectTaskRunFuture[R]):
    """The future of a submitted task; it holds the final state as soon as the task has ended.

    Prefect's own future learns its final state only if somebody waits for it. Until then, each look
    at `state` is an HTTP request.
    """

    def __init__(self, task_run_id: UUID) -> None:
        super().__init__(task_run_id)
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._callbacks: list[Callable[[PrefectFuture[R]], None]] = []

    @property
    def state(self) -> State[Any]:
        """The final state, or a local Pending before; a look never asks the server."""
        return self._final_state or Pending()

    @property
    def has_ended(self) -> bool:
        """Whether the final state is known."""
        return self._ended.is_set()

    def end(self, state: State[R]) -> list[Callable[[PrefectFuture[R]], None]] | None:
        """Store the final state and return the callbacks to call, or None if it had ended already.

        Only the runner calls this.
        """
        with self._lock:
            if self._final_state is not None:
                return None
            # A state that the engine did not make has no ids. Without ids, Prefect would take it
            # for the flow's own state if the flow returns it.
            state.state_details.task_run_id = state.state_details.task_run_id or self.task_run_id
            self._final_state = EndedState.copy_of(state)
            callbacks, self._callbacks = self._callbacks, []
        self._ended.set()
        return callbacks

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the task has ended, or `timeout` seconds have passed."""
        self._ended.wait(timeout)

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:
        """Wait for the task and return its result, as Prefect's futures do.

        Raises TimeoutError after `timeout` seconds. Raises the task's own exception, or returns it
        if `raise_on_failure` is false.
        """
        if not self._ended.wait(timeout):
            raise TimeoutError(
                f"Task run {self.task_run_id} did not complete within {timeout} seconds"
            )
        # Prefect's futures pass `_sync` too: without it, a caller with a running event loop would
        # get a coroutine.
        return self.state.result(raise_on_failure=raise_on_failure, _sync=True)  # type: ignore[no-any-return, call-overload]

    def add_done_callback(self, fn: Callable[[PrefectFuture[R]], None]) -> None:
        """Call `fn` with this future when it ends; at once if it has ended."""
        with self._lock:
            if self._final_state is None:
                self._callbacks.append(fn)
                return
        fn(self)


@dataclass(slots=True, eq=False)
class Submission:
    """A submitted task: all that its thread will need."""

    task: Task[Any, Any]
    parameters: dict[str, Any]
    wait_for: Any
    dependencies: dict[str, set[RunInput]] | None
    context: Context
    future: StageFuture[Any]
    waiting_for: int = 0


class StagePool:
    """At most `max_workers` daemon threads: urgent submissions first, then in order of readiness.

    This is no `ThreadPoolExecutor`: the interpreter joins that one's threads at exit, so a hanging
    download would keep a cancelled process alive.
    """

    def __init__(
        self,
        name: str,
        max_workers: int,
        run: Callable[[Submission], State[Any]],
        report: Callable[[Submission, State[Any]], None],
    ) -> None:
        self._name = name
        self._max_workers = max_workers
        self._run = run
        self._report = report
        self._changed = threading.Condition()
        self._urgent: deque[Submission] = deque()
        self._ready: deque[Submission] = deque()
        self._threads = 0
        self._idle = 0
        self._running = 0
        self._closed = False

    @property
    def backlog(self) -> int:
        """How many submissions are queued or running."""
        with self._changed:
            return len(self._urgent) + len(self._ready) + self._running

    def put(self, submission: Submission, *, is_urgent: bool = False) -> None:
        """Queue a submission; start one more thread if none is idle and the bound allows it."""
        with self._changed:
            if self._closed:
                return
            (self._urgent if is_urgent else self._ready).append(submission)
            if self._idle >= len(self._urgent) + len(self._ready):
                self._changed.notify()
                return
            if self._threads >= self._max_workers:
                return
            self._threads += 1
            name = f"{self._name}-{self._threads}"
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def close(self) -> None:
        """Drop what is queued and let the threads end; what runs goes on."""
        with self._changed:
            self._closed = True
            self._urgent.clear()
            self._ready.clear()
            self._changed.notify_all()

    def _work(self) -> None:
        while (submission := self._take()) is not None:
            state = self._run(submission)
            with self._changed:
                self._running -= 1
            self._report(submission, state)
            # An idle thread must not keep the last submission's parameters and result alive.
            del submission, state

    def _take(self) -> Submission | None:
        with self._changed:
            self._idle += 1
            while not self._urgent and not self._ready and not self._closed:
                self._changed.wait()
            self._idle -= 1
            if self._closed:
                return None
            self._running += 1
            return (self._urgent or self._ready).popleft()
