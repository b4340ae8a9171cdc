"""The stage task runner, under real Prefect flows against a real Prefect server.

No test looks at a clock to judge speed: a gate that only opens under the right order of events
stands in for it, and its time-out is what a wrong order runs into.
"""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.world.runner_flows import GATE_SECONDS, STAGES, fail, identity, make_task, run_in_flow

pytestmark = [pytest.mark.usefixtures("prefect_server"), pytest.mark.takes(seconds=40)]


class Peak:
    """How many threads were inside at once, at most."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.now = 0
        self.most = 0

    def __enter__(self) -> None:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.now -= 1


def recorded_task_runs(flow_run_id: Any, last: str) -> set[str]:
    """Return the tasks that have a task run on the server, once the one named `last` is there.

    Events arrive in the order they were made, so that whatever came before `last` has arrived too.
    """
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

    wanted = FlowRunFilter(id=FlowRunFilterId(any_=[flow_run_id]))
    deadline = time.monotonic() + 40
    with get_client(sync_client=True) as client:
        while time.monotonic() < deadline:
            runs = client.read_task_runs(flow_run_filter=wanted)
            names = {run.name.rsplit("-", 1)[0] for run in runs}
            if last in names:
                return names
            time.sleep(0.2)
    pytest.fail(f"no task run of {last!r} arrived at the server")


def test_each_stage_has_its_own_bound() -> None:
    peaks = {"download": Peak(), "tag": Peak()}
    together = {"download": threading.Barrier(3), "tag": threading.Barrier(2)}

    def at_stage(stage: str) -> Callable[[int], int]:
        def work(number: int) -> int:
            with peaks[stage]:
                together[stage].wait(GATE_SECONDS)  # passes only if the pool is used to the full
                time.sleep(0.1)  # time for one too many to come in
            return number

        return work

    def body(runner: Any) -> None:
        downloads = make_task("download", at_stage("download")).map(range(6))
        tags = make_task("tag", at_stage("tag")).map(range(4))
        assert sorted(downloads.result() + tags.result()) == sorted([*range(6), *range(4)])

    run_in_flow(body, {"download": 3, "tag": 2})
    assert {stage: peak.most for stage, peak in peaks.items()} == {"download": 3, "tag": 2}


def test_a_task_of_no_stage_uses_the_default_pool() -> None:
    names: list[str] = []
    note = make_task("report", lambda number: names.append(threading.current_thread().name))

    run_in_flow(lambda runner: note.map(range(3)).wait(), default_workers=1)
    assert names == ["tasks-1"] * 3


def test_first_track_is_through_before_the_last_download_starts() -> None:
    first_is_through = threading.Event()

    def download(number: int) -> int:
        if number > 1:
            assert first_is_through.wait(GATE_SECONDS), "downloads ran before the first chain"
        return number

    def tag(number: int) -> int:
        if number == 0:
            first_is_through.set()
        return number

    def body(runner: Any) -> list[int]:
        downloaded = make_task("download", download).map(range(6))
        indexed = make_task("index", identity).map(downloaded)
        return make_task("tag", tag).map(indexed).result()

    assert run_in_flow(body, {"download": 2, "index": 1, "tag": 1}) == list(range(6))


def test_waiting_tasks_hold_no_thread() -> None:
    gate = threading.Event()

    def download(number: int) -> int:
        assert gate.wait(GATE_SECONDS)
        return number

    def body(runner: Any) -> None:
        before = threading.active_count()
        futures = make_task("download", download).map(range(100))
        for stage in ("index", "tag"):
            futures = make_task(stage, identity).map(futures)
        assert threading.active_count() <= before + 4 + 3  # the pool, and Prefect's own few
        assert runner.backlog("download") == 100
        assert runner.backlog("index") == 0
        runner.cancel_all()  # 300 task runs would keep the server busy through the next tests

    try:
        run_in_flow(body, {"download": 4, "index": 2, "tag": 2})
    finally:
        gate.set()


def test_failed_upstream_ends_the_chain_without_task_runs() -> None:
    from prefect.context import FlowRunContext
    from prefect.exceptions import UpstreamTaskError

    from tasks.runner import NOT_READY_STATE_NAME

    flow_run_ids: list[Any] = []
    gate = threading.Event()

    def body(runner: Any) -> None:
        context = FlowRunContext.get()
        assert context is not None and context.flow_run is not None
        flow_run_ids.append(context.flow_run.id)
        blocked = make_task("download", lambda: gate.wait(GATE_SECONDS)).submit()
        failed = make_task("index", fail).submit(1)
        # One upstream still runs: the other's failure is enough to know that this never will.
        ended = make_task("tag", lambda one, other: None).submit(failed, blocked)
        after = make_task("organize", identity).submit([{"deep": [ended]}])
        waiter = make_task("enrich", lambda: None).submit(wait_for=[after])
        waiter.wait(GATE_SECONDS)
        assert not gate.is_set()
        for future in (ended, after, waiter):
            assert future.state.is_failed()
            assert future.state.name == NOT_READY_STATE_NAME
            with pytest.raises(UpstreamTaskError):
                future.result()
            assert isinstance(future.result(raise_on_failure=False), UpstreamTaskError)
        gate.set()
        blocked.wait()
        make_task("sentinel", identity).submit(1).wait()

    run_in_flow(body)
    names = recorded_task_runs(flow_run_ids[0], last="sentinel")
    assert names == {"download", "index", "sentinel"}


def test_crashed_and_cancelled_upstreams_end_the_chain() -> None:
    from prefect import allow_failure
    from prefect.states import Cancelled, Crashed

    ran: list[Any] = []
    ends = {"crash": Crashed, "cancel": Cancelled}
    note = make_task("tag", lambda value: ran.append(value))

    def body(runner: Any) -> None:
        for end in ends:
            upstream = make_task("index", lambda end: ends[end]()).submit(end)
            note.submit(upstream).wait(GATE_SECONDS)
            note.submit(upstream.state).wait(GATE_SECONDS)
            note.submit(allow_failure(upstream)).wait(GATE_SECONDS)

    run_in_flow(body)
    assert ran == []


def test_held_ends_the_chain_without_failure() -> None:
    from prefect import allow_failure
    from prefect.context import FlowRunContext
    from prefect.states import Completed

    from tasks.runner import HELD_STATE_NAME

    flow_run_ids: list[Any] = []

    def body(runner: Any) -> None:
        context = FlowRunContext.get()
        assert context is not None and context.flow_run is not None
        flow_run_ids.append(context.flow_run.id)
        held = make_task("download", lambda: Completed(name=HELD_STATE_NAME, data="why")).submit()
        after = make_task("index", identity).submit(held)
        last = make_task("tag", identity).submit(after)
        last.wait(GATE_SECONDS)
        assert last.state.is_completed()
        assert last.state.name == HELD_STATE_NAME
        assert last.result() == "why"
        assert make_task("sentinel", identity).submit(allow_failure(last)).result() == "why"

    run_in_flow(body)
    assert recorded_task_runs(flow_run_ids[0], last="sentinel") == {"download", "sentinel"}


def test_allow_failure_lets_the_downstream_run() -> None:
    from prefect import allow_failure
    from prefect.exceptions import UpstreamTaskError

    def body(runner: Any) -> None:
        failed = make_task("download", fail).submit("it")
        seen = make_task("index", identity).submit(allow_failure(failed)).result()
        assert isinstance(seen, ValueError) and str(seen) == "no luck with it"
        waited = make_task("index", lambda: "ran").submit(wait_for=[allow_failure(failed)])
        assert waited.result() == "ran"
        ended = make_task("index", identity).submit(failed)
        seen = make_task("tag", identity).submit(allow_failure(ended)).result()
        assert isinstance(seen, UpstreamTaskError)
        mapped = make_task("tag", identity).map(allow_failure([failed, 7])).result()
        assert isinstance(mapped[0], ValueError) and mapped[1] == 7

    run_in_flow(body)


def test_composes_with_map_unmapped_wait_for_and_nested_futures() -> None:
    from prefect import unmapped

    order: list[str] = []
    slow = make_task("download", lambda: (time.sleep(0.1), order.append("slow"))[0])
    plus = make_task("index", lambda one, shared: [one, *shared])
    collect = make_task("tag", lambda tree: (order.append("tag"), tree)[1])

    def body(runner: Any) -> None:
        downloaded = make_task("download", identity).map([1, 2])
        indexed = plus.map([*downloaded, 3], unmapped(["shared"]))
        assert indexed.result() == [[1, "shared"], [2, "shared"], [3, "shared"]]
        tree = {"a": [downloaded[0]], "b": (downloaded[1], {"c": indexed[2]})}
        collected = collect.submit(tree, wait_for=[slow.submit()])
        assert collected.result() == {"a": [1], "b": (2, {"c": [3, "shared"]})}
        assert order == ["slow", "tag"]
        state = make_task("tag", identity).submit(5, return_state=True)
        assert state.is_completed() and state.result() == 5
        states = make_task("tag", identity).map([6, 7], return_state=True)
        assert [state.result() for state in states] == [6, 7]
        assert make_task("tag", identity).submit(states[0]).result() == 6
        assert make_task("tag", identity)(8) == 8  # an ordinary call is Prefect's business

    run_in_flow(body)


def test_task_runs_are_recorded_with_name_inputs_and_states() -> None:
    from prefect import tags
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.objects import TaskRunResult
    from prefect.context import FlowRunContext

    flow_run_ids: list[Any] = []
    futures: list[Any] = []

    def body(runner: Any) -> None:
        context = FlowRunContext.get()
        assert context is not None and context.flow_run is not None
        flow_run_ids.append(context.flow_run.id)
        first = make_task("download", identity).submit(1)
        with tags("loud"):
            named = make_task("index", lambda one, title: one).with_options(
                task_run_name="index · {title}", tags=["quick"], retries=1
            )
            second = named.submit({"from": [first]}, "A – B", wait_for=[first])
        futures.extend([first, second])
        make_task("sentinel", identity).submit(second).wait()

    run_in_flow(body)
    recorded_task_runs(flow_run_ids[0], last="sentinel")
    with get_client(sync_client=True) as client:
        run = client.read_task_run(futures[1].task_run_id)
        states = client.read_task_run_states(run.id)
    upstream = [TaskRunResult(id=futures[0].task_run_id)]
    assert run.name == "index · A – B"
    assert set(run.tags) == {"loud", "quick"}
    assert run.task_inputs == {"one": upstream, "title": [], "wait_for": upstream}
    assert run.empirical_policy.retries == 1
    assert run.flow_run_id == flow_run_ids[0]
    assert run.start_time is not None and run.end_time is not None
    assert [state.name for state in states] == ["Running", "Completed"]


def test_an_async_task_runs_too() -> None:
    async def double(number: int) -> int:
        return 2 * number

    assert run_in_flow(lambda runner: make_task("tag", double).submit(4).result()) == 8


def test_futures_answer_like_prefects_own() -> None:
    from prefect.futures import as_completed, wait

    gate = threading.Event()
    second = make_task("download", lambda: gate.wait(GATE_SECONDS))
    calls: list[Any] = []

    def body(runner: Any) -> None:
        slow, quick = second.submit(), make_task("index", identity).submit(1)
        slow.add_done_callback(calls.append)
        done = as_completed([slow, quick], timeout=GATE_SECONDS)
        assert next(done) is quick
        with pytest.raises(TimeoutError):
            slow.result(timeout=0.01)
        slow.wait(timeout=0.01)
        assert wait([slow, quick], timeout=0.05) == ({quick}, {slow})
        assert not slow.state.is_final()
        gate.set()
        assert next(done) is slow
        done.close()  # else its time-out would strike 20 s later, in whatever runs then
        assert wait([slow, quick]).not_done == set()
        assert calls == [slow]
        quick.add_done_callback(calls.append)
        assert calls == [slow, quick]
        failed = make_task("tag", fail).submit("it")
        with pytest.raises(ValueError, match="no luck with it"):
            failed.result()
        assert isinstance(failed.result(raise_on_failure=False), ValueError)

    run_in_flow(body)


def test_state_is_known_without_asking_the_server() -> None:
    gate = threading.Event()

    def body(runner: Any) -> None:
        from prefect.client.orchestration import SyncPrefectClient

        asked: list[Any] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(SyncPrefectClient, "read_task_run", lambda *_, **__: asked.append(1))
            futures = make_task("download", lambda _: gate.wait(GATE_SECONDS)).map(range(2))
            assert [future.state.is_pending() for future in futures] == [True, True]
            gate.set()
            for stage in STAGES[1:]:
                futures = make_task(stage, identity).map(futures)
            futures.wait()
            assert all(future.state.is_completed() for future in futures)
        assert asked == []

    run_in_flow(body)


def test_backlog_and_wait_for_change() -> None:
    gate = threading.Event()

    def body(runner: Any) -> None:
        assert runner.wait_for_change(0.01) is False
        downloads = make_task("download", lambda _: gate.wait(GATE_SECONDS)).map(range(5))
        indexed = make_task("index", identity).map(downloads)
        assert (runner.backlog("download"), runner.backlog("index")) == (5, 0)
        assert runner.wait_for_change(0.01) is False
        gate.set()
        while not all(future.has_ended for future in indexed):
            assert runner.wait_for_change(GATE_SECONDS)
        assert (runner.backlog("download"), runner.backlog("index")) == (0, 0)
        with pytest.raises(KeyError):
            runner.backlog("nonsense")

    run_in_flow(body)


def test_runner_is_configured_once_and_copied() -> None:
    from tasks.runner import StageTaskRunner

    runner = StageTaskRunner({"download": 4, "tag": 2}, default_workers=1)
    for copy in (runner.duplicate(), pickle.loads(pickle.dumps(runner))):
        assert copy is not runner
        assert copy.max_threads == runner.max_threads == 7
    with pytest.raises(ValueError, match="tag: a pool needs at least one worker"):
        StageTaskRunner({"tag": 0})
    with pytest.raises(RuntimeError, match="must be started"):
        runner.submit(make_task("tag", identity), {"value": 1})
