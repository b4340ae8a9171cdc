"""Benchmark of the stage task runner beside the two obvious ways to run the same pipeline.

    python -m bench.pipeline [--quick] [--part makespan|cpu|memory]

Owns the synthetic pipeline (stages that sleep, or do nothing), a Prefect server of its own and the
tables. Refuses to know the real stages, the queue and the library: what is measured here is
orchestration. Each variant runs in a fresh process. Prefect's log level is WARNING throughout,
since writing log lines costs every variant the same.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

STAGE_SECONDS = {"download": 1.0, "index": 0.05, "tag": 0.2, "organize": 0.05, "enrich": 0.1}
POOLS = {"download": 4, "index": 2, "tag": 2, "organize": 2, "enrich": 2}
CHAIN_SECONDS = sum(STAGE_SECONDS.values())
EVENTS_PER_TASK_RUN = 2  # ours; Prefect's own engine sends Pending as well

MAKESPAN_LIMIT = 1.25
FIRST_TRACK_LIMIT = 1.5
THREADS_CONSTANT = 10
CPU_LIMIT = 0.6
CPU_ROUNDS = 2
MEMORY_LIMIT_MIB = 40.0

Work = Callable[[str, int], None]

IDLE_CPU_PERCENT = 25.0


def lower_bound_seconds(tracks: int) -> float:
    """Return the least time any schedule can take with these pools.

    For each stage: its own rounds, plus for one track what comes before and after it.
    """
    return max(
        -(-tracks // POOLS[stage]) * seconds + CHAIN_SECONDS - seconds
        for stage, seconds in STAGE_SECONDS.items()
    )


# --- what one process measures -------------------------------------------------------------------


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


# --- the parent: a server, fresh processes, tables -----------------------------------------------


@contextlib.contextmanager
def prefect_server(home_dir: Path) -> Iterator[str]:
    """Run a Prefect server of our own on a free loopback port; yield its API's URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    environment = os.environ | {
        "PREFECT_HOME": str(home_dir),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "WARNING",
    }
    command = f"-m prefect server start --host 127.0.0.1 --port {port}".split()
    with (home_dir / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, *command], env=environment, stdout=log, stderr=log
        )
    api_url = f"http://127.0.0.1:{port}/api"
    try:
        deadline = time.monotonic() + 120
        while not is_healthy(api_url):
            if server.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the Prefect server did not start: {home_dir / 'server.log'}")
            time.sleep(0.5)
        yield api_url
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(timeout=15)
        except subprocess.TimeoutExpired:
            server.kill()


def is_healthy(api_url: str) -> bool:
    """Whether the server answers."""
    try:
        with urllib.request.urlopen(f"{api_url}/health", timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def wait_until_idle(idle_seconds: float = 3.0) -> None:
    """Wait until the server has worked off the events of the measurement before.

    Until then it takes CPU from the next one, and its SQLite file may be too busy to answer.
    """
    (server,) = psutil.Process().children()
    server.cpu_percent()
    idle_since = time.monotonic()
    while time.monotonic() - idle_since < idle_seconds:
        time.sleep(0.5)
        if server.cpu_percent() > IDLE_CPU_PERCENT:
            idle_since = time.monotonic()


def in_fresh_process(api_url: str, *measurement: str) -> dict[str, float]:
    """Run one measurement in a process of its own and return its figures."""
    wait_until_idle()
    environment = os.environ | {"PREFECT_API_URL": api_url, "PREFECT_LOGGING_LEVEL": "WARNING"}
    done = subprocess.run(
        [sys.executable, "-m", "bench.pipeline", "--measure", *measurement],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    figures: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def verdict(value: float, limit: float, unit: str = "") -> str:
    """Return the figure beside its limit, coloured."""
    colour, word = ("green", "pass") if value <= limit else ("red", "FAIL")
    return f"[{colour}]{value:.2f}{unit} <= {limit:.2f}{unit} {word}[/{colour}]"


def print_makespan(console: Console, api_url: str, tracks: int) -> None:
    """Part 1: the same paced pipeline three ways, and the least time it could take."""
    variants = {
        "batch": "(a) sequential batch stages",
        "prefect": "(b) .map on ThreadPoolTaskRunner(4)",
        "ours": "(c) .map on StageTaskRunner",
    }
    bound = lower_bound_seconds(tracks)
    table = Table("pipeline", "makespan s", "first track s", "median track s", "peak threads")
    table.title = f"{tracks} tracks, stages of 1.0 / .05 / .2 / .05 / .1 s, pools 4 / 2 / 2 / 2 / 2"
    results = {}
    for variant, title in variants.items():
        figures = results[variant] = in_fresh_process(api_url, "makespan", variant, str(tracks))
        row = [f"{figures[key]:.2f}" for key in ("makespan", "first", "median")]
        table.add_row(title, *row, f"{figures['threads']:.0f}")
    table.add_row("(d) lower bound", f"{bound:.2f}", f"{CHAIN_SECONDS:.2f}", "", "")
    console.print(table)
    ours, others = results["ours"], (results["batch"], results["prefect"])
    best_other = min(figures["makespan"] for figures in others)
    threads = sum(POOLS.values()) + THREADS_CONSTANT
    console.print("makespan / bound  ", verdict(ours["makespan"] / bound, MAKESPAN_LIMIT))
    console.print("makespan, best of (a), (b)  ", verdict(ours["makespan"], best_other, " s"))
    console.print(
        "first track / chain  ", verdict(ours["first"] / CHAIN_SECONDS, FIRST_TRACK_LIMIT)
    )
    console.print(f"threads, pools + {THREADS_CONSTANT}  ", verdict(ours["threads"], threads))


def print_cpu(console: Console, api_url: str, tracks: int) -> None:
    """Part 2: what a task run costs the client when its work is empty."""
    table = Table("runner", "flow s", "ms until the flow ended", "ms, all events sent")
    table.title = f"client CPU per task run, {tracks} empty tracks x {len(STAGE_SECONDS)} stages"
    table.title += f", best of {CPU_ROUNDS}"
    titles = {"prefect": "(b) ThreadPoolTaskRunner", "ours": "(c) ours"}
    keys = ("flow_seconds", "flow_ms", "total_ms")
    rounds = [
        {variant: in_fresh_process(api_url, "cpu", variant, str(tracks)) for variant in titles}
        for _ in range(CPU_ROUNDS)
    ]
    # The least of each: whatever else the machine does only ever adds.
    best = {name: {key: min(r[name][key] for r in rounds) for key in keys} for name in titles}
    for variant, title in titles.items():
        table.add_row(title, *(f"{best[variant][key]:.2f}" for key in keys))
    console.print(table)
    for key, title in {"flow_ms": "until the flow ended", "total_ms": "all events sent"}.items():
        ratio = best["ours"][key] / best["prefect"][key]
        console.print(f"CPU (c) / (b), {title}  ", verdict(ratio, CPU_LIMIT))


def print_memory(console: Console, api_url: str, sizes: tuple[int, int], events: float) -> None:
    """Part 3: peak memory of a short and a long run at a pace that the server keeps up with."""
    table = Table("tracks", "peak MiB", "run s", "peak threads")
    table.title = f"ours, a window of 24 tracks in flight, {events:.0f} events/s"
    peaks = []
    for tracks in sizes:
        figures = in_fresh_process(api_url, "memory", str(tracks), str(events))
        peaks.append(figures["peak_mib"])
        row = (figures["peak_mib"], figures["seconds"], figures["threads"])
        table.add_row(str(tracks), *(f"{value:.1f}" for value in row))
    console.print(table)
    console.print(
        "memory above the smaller run  ", verdict(peaks[1] - peaks[0], MEMORY_LIMIT_MIB, " MiB")
    )


def measure(arguments: list[str]) -> dict[str, float]:
    """Run the one measurement that a fresh process was started for."""
    kind, *rest = arguments
    if kind == "makespan":
        return measure_makespan(rest[0], int(rest[1]))
    if kind == "cpu":
        return measure_cpu(rest[0], int(rest[1]))
    return measure_memory(int(rest[0]), float(rest[1]))


def main() -> None:
    """Parse the command line, run the parts asked for, print their tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.pipeline", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the tracks, for a look")
    parser.add_argument("--part", choices=["makespan", "cpu", "memory"], help="only this one")
    parser.add_argument("--measure", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure)), flush=True)
        return
    console = Console()
    parts: dict[str, Callable[[str], None]] = {
        "makespan": lambda url: print_makespan(console, url, 12 if options.quick else 50),
        "cpu": lambda url: print_cpu(console, url, 50 if options.quick else 500),
        "memory": lambda url: print_memory(
            console, url, (50, 300) if options.quick else (500, 3000), events=75.0
        ),
    }
    for name, part in parts.items():
        if options.part not in (None, name):
            continue
        with tempfile.TemporaryDirectory() as home, prefect_server(Path(home)) as api_url:
            part(api_url)


if __name__ == "__main__":
    main()
