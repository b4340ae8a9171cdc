"""Benchmark of the pages: how long each takes over a large library, and what they cost.

    python -m bench.pages [--tracks 100000] [--rules 2000] [--reviews 1000] [--times 20]

Owns a made-up library in a temporary home, with what years of use leave beside it. Its pages are
served by `shanty web`, while `shanty run` works on its queue in an offline world. The time is from
the request to the last byte, for somebody who has logged in; the processor's is the server's own.
Goals: the 95th percentile of each page, the memory beyond that with 100 tracks, and the processor's
time for 20 open pages while nothing changes. Exits with 1 if one is missed, or if a page is not
answered. ``--quick`` is to see that it runs: no goal counts.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from bench.home import Row, print_rows
from bench.process_cost import watch_idle
from bench.served_home import ServedHome
from shanty.catalog import Catalog
from shanty.db import Database
from shanty.demo.world import World

LIMIT_MS = 250.0
MORE_MB = 40 * 1.048576
"""The most that the large library may take beyond a small one: 40 MiB."""
SMALL = (100, 10, 5)
"""Tracks, rules and reviews of the small one."""
VIEWERS = 20
IDLE_PERCENT = 5.0
IDLE_SECONDS, IDLE_SECONDS_QUICK = 120.0, 5.0
"""Open pages look by themselves every thirty seconds: several such looks are meant."""


def addresses(database: Database) -> Iterator[str]:
    """The pages, and an example of those of one thing."""
    catalog = Catalog(database)
    yield from ("/", "/library", "/library?view=artists", "/library?view=missing")
    yield from ("/library?order=recent", "/library?q=song+7", "/library?offset=6000")
    yield from ("/library?codec=opus", "/library?codec=opus&below=192&q=song")
    yield f"/library/{catalog.tracks.get(1).release_key}"
    yield from ("/tracks/1", "/add", "/watching", "/watching?q=artist+77", "/watching/1")
    yield from (f"/watching/{catalog.rules.count_rules('')}", "/watching/announced")
    yield from ("/queue", "/queue?status=pending", "/queue?status=failed")
    yield from ("/queue?status=completed", "/queue?stage=tag", "/review", "/review/4")
    runs = catalog.journal.list_runs()
    ends = dict.fromkeys(run.run_id for run in (*runs[:1], *runs[-1:]))  # the first one is large
    yield from (f"/history/{run_id}" for run_id in ends)
    yield from ("/history", "/history/trash", "/settings", "/api/v1/status", "/metrics")


def measure_pages(home: ServedHome, server: psutil.Process, times: int) -> tuple[Table, list[Row]]:
    """Ask for every page; gives them all, and a row for each page that is not answered or late."""
    table, rows = Table("page", "status", "median ms", "p95 ms", "processor ms"), []
    slowest = ("", 0.0)
    for path in addresses(home.database):
        answered = home.ask(server, path, times)
        median = statistics.median(answered.wall_ms)
        p95 = statistics.quantiles([*answered.wall_ms, median], n=20, method="inclusive")[-1]
        figures = (f"{median:.0f}", f"{p95:.0f}", f"{answered.cpu_ms:.0f}")
        table.add_row(path, str(answered.status), *figures)
        slowest = max(slowest, (path, p95), key=lambda one: one[1])
        if answered.status != 200:
            rows.append(Row(path, answered.status, "should be answered", 200, "as its status"))
    rows.append(Row(f"p95 of the slowest page, {slowest[0]}", slowest[1], "", LIMIT_MS, "ms"))
    return table, rows


def measure_memory(home: ServedHome) -> float:
    """The memory of the pages' process after each page was asked for, in MB."""
    with home.served() as server:
        for path in addresses(home.database):
            home.get(path)
        return memory_mb(server)


def memory_mb(server: psutil.Process) -> float:
    """The memory of a process; what it shares with others is counted in part."""
    return float(server.memory_full_info().pss) / 1e6


def measure_open_pages(home: ServedHome, server: psutil.Process, seconds: float) -> Row:
    """What open pages take of the processor while nothing changes."""
    paths = list(addresses(home.database))
    shown = [path for path in paths if not path.startswith(("/api", "/metrics"))]
    with home.looked_at((shown * VIEWERS)[:VIEWERS]):
        idle = watch_idle(server.pid, seconds)
    what = f"{VIEWERS} open pages, processor"
    return Row(what, idle.cpu_percent, f"{seconds:.0f} s", IDLE_PERCENT, "% of a core")


def measure(folder: Path, world: World, options: argparse.Namespace) -> tuple[Table, list[Row]]:
    """Fill, serve, ask; gives the table of the pages, and what has a goal."""
    environment = world.settings_environment()
    small, large = (ServedHome(folder / name, environment) for name in ("small", "large"))
    small.fill(*SMALL)
    began = time.monotonic()
    large.fill(options.tracks, options.rules, options.reviews)
    Console().print(f"filled in {time.monotonic() - began:.0f} s")
    with large.served() as server:
        seconds = IDLE_SECONDS_QUICK if options.quick else IDLE_SECONDS
        open_pages = measure_open_pages(large, server, seconds)
    least = measure_memory(small)
    with large.served() as server:
        beside: AbstractContextManager[object] = nullcontext()
        if not options.alone:
            beside = large.running("run")
        with beside:
            table, rows = measure_pages(large, server, options.times)
        more = memory_mb(server) - least
    what = f"memory beyond {least:.0f} MB with {SMALL[0]} tracks"
    rows.append(Row(what, more, f"{options.tracks:,} tracks", MORE_MB, "MB"))
    for home in (small, large):
        home.database.dispose()
    return table, [*rows, open_pages]


def main() -> int:
    """Measure and print; 1 if a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__)
    parser.add_argument("--tracks", type=int, default=100_000)
    parser.add_argument("--rules", type=int, default=2000)
    parser.add_argument("--reviews", type=int, default=1000)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--alone", action="store_true", help="while no pipeline runs")
    parser.add_argument("--quick", action="store_true", help="that it runs, not how fast")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="shanty-bench-") as folder, World(12) as world:
        table, rows = measure(Path(folder), world, options)
    Console(width=max(100, Console().width)).print(table)
    print_rows(rows)
    return 0 if options.quick or all(row.is_held for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
