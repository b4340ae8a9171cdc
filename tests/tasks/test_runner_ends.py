"""How flows on the stage task runner end, and what is left of them: nothing."""

from __future__ import annotations

import gc
import signal
import threading
import time
import weakref
from typing import Any

import pytest

from tests.world.runner_flows import GATE_SECONDS, fail, identity, make_task, run_in_flow

pytestmark = [pytest.mark.usefixtures("prefect_server"), pytest.mark.takes(seconds=35)]


def exceptions_that_end_a_flow() -> list[Any]:
    from prefect.exceptions import CancelledRun, TerminationSignal

    return [ValueError("x"), CancelledRun("x"), KeyboardInterrupt(), TerminationSignal(15)]


@pytest.mark.parametrize("number", range(4))
def test_an_exception_leaves_at_once_and_queued_tasks_never_start(number: int) -> None:
    gate, running = threading.Event(), threading.Event()
    started: list[int] = []
    futures: list[Any] = []
    error = exceptions_that_end_a_flow()[number]
    # Prefect passes a termination on to the handler that was there before the flow.
    handler_before = signal.signal(signal.SIGTERM, lambda *_: None)

    def download(value: int) -> None:
        started.append(value)
        running.set()
        gate.wait(GATE_SECONDS)

    def body(runner: Any) -> None:
        downloads = make_task("download", download).map(range(5))
        futures.extend([*downloads, *make_task("index", identity).map(downloads)])
        assert running.wait(GATE_SECONDS)
        threads = [t for t in threading.enumerate() if t.name.startswith("download-")]
        assert threads and all(thread.daemon for thread in threads)
        raise error

    try:
        with pytest.raises(type(error)):
            run_in_flow(body, {"download": 1, "index": 1})
        assert all(future.state.is_cancelled() for future in futures)
        assert started == [0]
    finally:
        signal.signal(signal.SIGTERM, handler_before)
        gate.set()
    deadline = time.monotonic() + 10
    while any(t.name.startswith("download-") for t in threading.enumerate()):
        assert time.monotonic() < deadline, "the pool's threads stay"
        time.sleep(0.02)
    assert started == [0]


def test_a_flow_that_returns_early_waits_for_what_it_submitted() -> None:
    finished: list[int] = []

    def tag(number: int) -> None:
        time.sleep(0.02)
        finished.append(number)

    def body(runner: Any) -> None:
        make_task("tag", tag).map(make_task("download", identity).map(range(6)))

    run_in_flow(body)
    assert sorted(finished) == list(range(6))


def test_cancel_all_ends_futures_and_refuses_more() -> None:
    gate = threading.Event()

    def body(runner: Any) -> None:
        futures = make_task("download", lambda _: gate.wait(GATE_SECONDS)).map(range(4))
        runner.cancel_all()
        assert all(future.state.is_cancelled() for future in futures)
        with pytest.raises(RuntimeError, match="must be started"):
            make_task("download", identity).submit(1)

    try:
        run_in_flow(body)
    finally:
        gate.set()


class Thing:
    """A result that can be watched; Prefect looks into plain containers, not into this."""


def test_ended_futures_and_results_are_released() -> None:
    from prefect.context import FlowRunContext

    def body(runner: Any) -> None:
        futures = make_task("download", lambda _: Thing()).map(range(4))
        futures += make_task("index", identity).map(futures)
        for future in futures:
            future.wait()
        watched = [weakref.ref(future) for future in futures]
        watched += [weakref.ref(future.result()) for future in futures]
        del future, futures
        deadline = time.monotonic() + 10
        while any(ref() is not None for ref in watched) and time.monotonic() < deadline:
            gc.collect()
            time.sleep(0.05)
        assert [ref() for ref in watched] == [None] * 16
        context = FlowRunContext.get()
        assert context is not None
        assert len(context.task_run_assets) <= 1  # the last task's may be on its way out

    run_in_flow(body)


def test_what_prefect_keeps_per_task_run_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.context import FlowRunContext

    import tasks.runner

    monkeypatch.setattr(tasks.runner, "_KEPT_RESULT_LINKS", 10)
    kept: list[Thing] = []

    def download(number: int) -> Thing:
        kept.append(Thing())
        return kept[-1]

    def body(runner: Any) -> None:
        make_task("download", download).map(range(40)).wait()
        context = FlowRunContext.get()
        assert context is not None
        # Twice what is kept, and each of the two threads may have added one since.
        assert len(context.run_results) <= 22
        newest = make_task("index", identity).submit(kept[-1])
        assert isinstance(newest.result(), Thing)

    run_in_flow(body)


def test_a_long_chain_ends_without_exhausting_the_stack() -> None:
    def body(runner: Any) -> None:
        gate = threading.Event()
        blocked = make_task("download", lambda: gate.wait(GATE_SECONDS) and fail(0))
        future = blocked.submit()
        for _ in range(1500):
            future = make_task("index", identity).submit(future)
        gate.set()
        future.wait(GATE_SECONDS)
        assert future.state.is_failed()

    run_in_flow(body)


def test_a_broken_callback_disturbs_nobody() -> None:
    gate = threading.Event()

    def body(runner: Any) -> None:
        future = make_task("download", lambda: gate.wait(GATE_SECONDS)).submit()
        future.add_done_callback(lambda _: fail(0))
        after = make_task("index", identity).submit(future)
        gate.set()
        assert after.result(timeout=GATE_SECONDS) is True

    run_in_flow(body)


def test_a_task_that_stops_its_thread_leaves_the_pool_working() -> None:
    from prefect.exceptions import CrashedRun

    def stop(number: int) -> int:
        if number == 0:
            raise SystemExit(3)
        return number

    def body(runner: Any) -> None:
        first, second = make_task("download", stop).map([0, 1])
        assert second.result(timeout=GATE_SECONDS) == 1
        assert first.state.is_crashed()
        with pytest.raises(CrashedRun, match="SystemExit"):
            first.result()

    run_in_flow(body, {"download": 1})
