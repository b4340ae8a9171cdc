"""One measurement of the pipeline benchmark, in this process: its figures are printed as JSON.

    python -m bench.pipeline_process makespan VARIANT TRACKS
    python -m bench.pipeline_process cpu VARIANT TRACKS
    python -m bench.pipeline_process memory TRACKS EVENTS_PER_SECOND

Owns the synthetic pipeline (stages that sleep, or do nothing) and the ways to run it. Refuses to
know what the figures are compared with (``bench.pipeline``), and the real stages, the queue and the
library: what is measured here is orchestration.
"""

from __future__ import annotations

import contextlib
import json
import resource
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

STAGE_SECONDS = {"download": 1.0, "index": 0.05, "tag": 0.2, "organize": 0.05, "enrich": 0.1}
POOLS = {"download": 4, "index": 2, "tag": 2, "organize": 2, "enrich": 2}
EVENTS_PER_TASK_RUN = 2  # ours; Prefect's own engine sends Pending as well

Work = Callable[[str, int], None]


class Recorder:
    """When each track finished its last stage, and the most threads seen at once."""

    def __init__(self, sleep: bool) -> None:
        self._sleep = sleep
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.finished_seconds: list[float] = []
        self.peak_threads = 0
        self.started = time.perf_counter()

    def work(self, stage: str, _track: int) -> None:
        """Do one stage of one track."""
        if self._sleep:
            time.sleep(STAGE_SECONDS[stage])
        if stage == "enrich":
            with self._lock:
                self.finished_seconds.append(time.perf_counter() - self.started)

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Count threads while the body runs, and time finished tracks from here."""
        watcher = threading.Thread(target=self._watch, daemon=True)
        self.started = time.perf_counter()
        watcher.start()
        yield
        self._stop.set()
        watcher.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.02):
            self.peak_threads = max(self.peak_threads, threading.active_count() - 1)


def run_batch(tracks: int, work: Work) -> None:
    """Run each stage over all tracks before the next one begins: the program Shanty replaces."""
    for stage in STAGE_SECONDS:
        with ThreadPoolExecutor(POOLS[stage]) as pool:
            list(pool.map(lambda track, stage=stage: work(stage, track), range(tracks)))


def stage_tasks(work: Work) -> list[Any]:
    """Return one Prefect task per stage; each hands its track on."""
    from prefect import Task
    from prefect.cache_policies import NO_CACHE

    from tasks.unstored import Unstored

    def task_of(stage: str) -> Any:
        def run(track: int) -> int:
            work(stage, track)
            return track

        made = Task(run, name=stage, cache_policy=NO_CACHE, persist_result=False)
        made.result_storage = Unstored()  # as our stages have it, for every variant
        return made

    return [task_of(stage) for stage in STAGE_SECONDS]


def make_runner(variant: str) -> Any:
    """Return the task runner of a variant."""
    from prefect.task_runners import ThreadPoolTaskRunner

    from tasks.runner import StageTaskRunner

    return ThreadPoolTaskRunner(max_workers=4) if variant == "prefect" else StageTaskRunner(POOLS)


def run_mapped(variant: str, tracks: int, work: Work) -> None:
    """Map every stage over the futures of the one before, all tracks at once."""
    from prefect import flow

    @flow(name=f"bench-{variant}", task_runner=make_runner(variant))
    def bench() -> None:
        futures: Any = range(tracks)
        for task in stage_tasks(work):
            futures = task.map(futures)
        futures.wait()

    bench()


def run_windowed(tracks: int, work: Work, window: int, tracks_per_second: float) -> None:
    """Keep at most `window` tracks in flight and start new ones at a steady pace."""
    from prefect import flow
    from prefect.context import FlowRunContext

    @flow(name="bench-window", task_runner=make_runner("ours"))
    def bench() -> None:
        context = FlowRunContext.get()
        assert context is not None
        runner: Any = context.task_runner
        stages = stage_tasks(work)
        in_flight: list[Any] = []
        started, began = 0, time.perf_counter()
        while started < tracks or in_flight:
            in_flight = [future for future in in_flight if not future.has_ended]
            due = int((time.perf_counter() - began) * tracks_per_second) + 1
            room = min(window - len(in_flight), tracks - started, due - started)
            if room > 0:
                futures: Any = range(started, started + room)
                for task in stages:
                    futures = task.map(futures)
                in_flight += futures
                started += room
            runner.wait_for_change(1.0 / tracks_per_second)

    bench()


def send_all_events() -> None:
    """Wait until the server has been sent everything: the client's work ends only then."""
    from prefect.events.worker import EventsWorker

    EventsWorker.drain_all(at_exit=False)


def measure_makespan(variant: str, tracks: int) -> dict[str, float]:
    """Return seconds to the last, first and median finished track, and the most threads."""
    recorder = Recorder(sleep=True)
    if variant != "batch":
        warm_up(variant)
    with recorder.watching():
        if variant == "batch":
            run_batch(tracks, recorder.work)
        else:
            run_mapped(variant, tracks, recorder.work)
    assert len(recorder.finished_seconds) == tracks
    return {
        "makespan": max(recorder.finished_seconds),
        "first": min(recorder.finished_seconds),
        "median": statistics.median(recorder.finished_seconds),
        "threads": recorder.peak_threads,
    }


def warm_up(variant: str) -> None:
    """Run one track, so that imports and the first connection are not billed to the pipeline."""
    run_mapped(variant, 1, lambda stage, track: None)


def measure_cpu(variant: str, tracks: int) -> dict[str, float]:
    """Return milliseconds of client CPU per task run: until the flow ended, and in all."""
    warm_up(variant)
    recorder = Recorder(sleep=False)
    wall, cpu = time.perf_counter(), time.process_time()
    run_mapped(variant, tracks, recorder.work)
    flow_wall, flow_cpu = time.perf_counter() - wall, time.process_time() - cpu
    send_all_events()
    total_cpu = time.process_time() - cpu
    per_task_run = 1000.0 / (tracks * len(STAGE_SECONDS))
    return {
        "flow_seconds": flow_wall,
        "flow_ms": flow_cpu * per_task_run,
        "total_ms": total_cpu * per_task_run,
    }


def measure_memory(tracks: int, events_per_second: float) -> dict[str, float]:
    """Return the peak resident size after a windowed run of empty stages at a bearable pace."""
    recorder = Recorder(sleep=False)
    pace = events_per_second / (EVENTS_PER_TASK_RUN * len(STAGE_SECONDS))
    began = time.perf_counter()
    with recorder.watching():
        run_windowed(tracks, recorder.work, window=24, tracks_per_second=pace)
    seconds = time.perf_counter() - began
    assert len(recorder.finished_seconds) == tracks
    return {"peak_mib": peak_mib(), "seconds": seconds, "threads": recorder.peak_threads}


def peak_mib() -> float:
    """Return this process's greatest resident size so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def measure(arguments: list[str]) -> dict[str, float]:
    """Run the one measurement that a fresh process was started for."""
    kind, *rest = arguments
    if kind == "makespan":
        return measure_makespan(rest[0], int(rest[1]))
    if kind == "cpu":
        return measure_cpu(rest[0], int(rest[1]))
    return measure_memory(int(rest[0]), float(rest[1]))


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1:])), flush=True)
