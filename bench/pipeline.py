"""Benchmark of the stage task runner beside the two obvious ways to run the same pipeline.

    python -m bench.pipeline [--quick] [--part makespan|cpu|memory]

Owns a Prefect server, the fresh process in which each variant runs, the limits and the tables.
Refuses to know how a variant is run and measured (``bench.pipeline_process``). Prefect's log level
is WARNING throughout, since writing log lines costs every variant the same.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from bench.pipeline_process import POOLS, STAGE_SECONDS
from deployments.server import free_port, is_healthy

CHAIN_SECONDS = sum(STAGE_SECONDS.values())

MAKESPAN_LIMIT = 1.25
FIRST_TRACK_LIMIT = 1.5
THREADS_CONSTANT = 10
CPU_LIMIT = 0.6
CPU_ROUNDS = 2
MEMORY_LIMIT_MIB = 40.0

IDLE_CPU_PERCENT = 25.0


def lower_bound_seconds(tracks: int) -> float:
    """Return the least time any schedule can take with these pools.

    For each stage: its own rounds, plus for one track what comes before and after it.
    """
    return max(
        -(-tracks // POOLS[stage]) * seconds + CHAIN_SECONDS - seconds
        for stage, seconds in STAGE_SECONDS.items()
    )


@contextlib.contextmanager
def prefect_server(home_dir: Path) -> Iterator[str]:
    """Run a Prefect server of our own on a free loopback port; yield its API's URL."""
    port = free_port()
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
        [sys.executable, "-m", "bench.pipeline_process", *measurement],
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


def main() -> None:
    """Parse the command line, run the parts asked for, print their tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.pipeline", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the tracks, for a look")
    parser.add_argument("--part", choices=["makespan", "cpu", "memory"], help="only this one")
    options = parser.parse_args()
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
