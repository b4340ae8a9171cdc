"""Benchmark of several machines: how much sooner two and four workers drain one queue than one.

    python -m bench.several_machines [--tracks 300] [--seconds 4.4] [--workers 1 2 4] [--quick]

Owns a PostgreSQL and a Prefect server on it, as ``compose.scale.yaml`` has them, and a process with
a home of its own for each machine, in which a real pipeline run goes through every stage. Only the
sites are made up: they take their time by sleeping (``bench.slow_sites``), so that machines that
share two cores can be compared. The time is from the word to begin until the last track is in the
library.

Two limits are left out on purpose. All machines share what a site permits, so it would slow all of
them alike: here it permits a thousand requests a second. Nor may the processor be the limit: the
sites take so long for one track (``--seconds``) that four machines leave two cores some rest. How
much of them was in use is shown. With these seconds, 2,000 tracks take over an hour. Exits with 1
if two workers are less than 1.8 times as fast as one, or four less than 3.2 times.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil
import psycopg
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from bench.large_library import SONGS, make_album
from bench.library_scan import make_collection
from bench.queue_operations import postgres
from deployments.listening import free_port
from deployments.server import is_healthy
from shanty.catalog import Action, Catalog
from shanty.clock import utc_now
from shanty.db import Database, open_database
from shanty.db.tables import journal
from shanty.models import TrackStatus
from shanty.music.entities import Artist

GOALS = {2: 1.8, 4: 3.2}
TRACKS, TRACKS_QUICK = 300, 24
SECONDS, SECONDS_QUICK = 4.4, 0.4
_ARTISTS = 20
_PATIENCE_SECONDS = 3600.0
_LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class Drained:
    """What it took so many workers to drain the queue.

    ``cpu_seconds`` are of the machines' processes, ``server_cpu_seconds`` of Prefect's server and
    of PostgreSQL, which share the same cores.
    """

    workers: int
    seconds: float
    cpu_seconds: float
    server_cpu_seconds: float
    shares: tuple[int, ...]
    """How many tracks each worker has filed."""
    late_seconds: float
    """How long it took until every worker had filed a track."""

    @property
    def cpu_share(self) -> float:
        """The part of all cores that was in use by what is measured here."""
        cores = os.cpu_count() or 1
        return (self.cpu_seconds + self.server_cpu_seconds) / (self.seconds * cores)


class Site:
    """Where the machines meet: PostgreSQL, Prefect's server, and a folder that all can see."""

    def __init__(self, folder: Path, create: Callable[[str], str], seconds: float):
        self._folder, self._create, self._seconds = folder, create, seconds
        self._stack = ExitStack()
        self.port = free_port()
        self._server = self._stack.enter_context(self._prefect_server())
        self._postmaster = find_postmaster(create("whose"))
        collection = folder / "collection"
        collection.mkdir()
        make_collection(collection, 1, [])
        (self._audio_path,) = collection.rglob("*.flac")

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def drain(self, workers: int, tracks: int) -> Drained:
        """Let so many machines drain a queue of so many tracks."""
        folder = self._folder / f"of {workers}"
        url = self._create(f"shanty{workers}").replace("postgresql:", "postgresql+psycopg:")
        database = open_database(url)
        fill(database, tracks)
        machines = [self._begin(folder, number, url) for number in range(workers)]
        processes = [psutil.Process(machine.pid) for machine in machines]
        try:
            for machine in machines:
                assert machine.stdout is not None
                if machine.stdout.readline() != b"ready\n":
                    raise SystemExit(f"a machine did not begin: see {folder}")
            cpu, server_cpu = sum(map(cpu_seconds, processes)), self._server_cpu_seconds()
            began, began_at = time.monotonic(), utc_now()
            for machine in machines:
                assert machine.stdin is not None
                machine.stdin.write(b"begin\n")
                machine.stdin.close()
            wait_until_drained(database, tracks, machines)
            seconds = time.monotonic() - began
            cpu = sum(map(cpu_seconds, processes)) - cpu
            server_cpu = self._server_cpu_seconds() - server_cpu
            shares, last_begun_at = look_at_shares(database)
        finally:
            for machine in machines:
                machine.terminate()
                machine.wait()
            database.dispose()
        late = (last_begun_at - began_at).total_seconds()
        return Drained(workers, seconds, cpu, server_cpu, shares, late)

    def _begin(self, folder: Path, number: int, url: str) -> subprocess.Popen[bytes]:
        home = folder / str(number)
        home.mkdir(parents=True)
        (folder / "library").mkdir(exist_ok=True)
        environment = os.environ | {
            "PREFECT_API_URL": f"http://127.0.0.1:{self.port}/api",
            "PREFECT_HOME": str(home / "prefect"),
            "PREFECT_LOGGING_LEVEL": "ERROR",
            "SHANTY_HOME": str(home),
            "SHANTY_CONFIG": str(home / "shanty.toml"),
            "SHANTY_DATABASE_URL": url,
            "SHANTY_LIBRARY__PATH": str(folder / "library"),
            "SHANTY_DOWNLOAD__STAGING": str(folder / "staging"),
            "SHANTY_ART__EMBED": "false",  # else the cover-art service would be asked
            "SHANTY_ART__FILE": "false",
        }
        (home / "shanty.toml").touch()
        with (home / "output.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "bench.slow_sites", str(self._seconds), self._audio_path],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    @contextmanager
    def _prefect_server(self) -> Iterator[psutil.Process]:
        url = self._create("prefect").replace("postgresql:", "postgresql+asyncpg:")
        environment = os.environ | {
            "PREFECT_HOME": str(self._folder / "prefect"),
            "PREFECT_API_DATABASE_CONNECTION_URL": url,
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_LOGGING_LEVEL": "WARNING",
        }
        command = f"-m prefect server start --host 127.0.0.1 --port {self.port}".split()
        with (self._folder / "server.log").open("wb") as log:
            server = subprocess.Popen(
                [sys.executable, *command], env=environment, stdout=log, stderr=log
            )
        try:
            until = time.monotonic() + 180
            while not is_healthy(f"http://127.0.0.1:{self.port}/api"):
                if server.poll() is not None or time.monotonic() > until:
                    raise SystemExit(f"the Prefect server did not start: {log.name}")
                time.sleep(_LOOK_SECONDS)
            yield psutil.Process(server.pid)
        finally:
            server.terminate()
            server.wait()

    def _server_cpu_seconds(self) -> float:
        return cpu_seconds(self._server) + cpu_seconds(self._postmaster)


def find_postmaster(url: str) -> psutil.Process:
    """The process above those that serve connections."""
    with psycopg.connect(url) as connection:
        (pid,) = connection.execute("SELECT pg_backend_pid()").fetchone() or (0,)
        postmaster = psutil.Process(pid).parent()
    assert postmaster is not None
    return postmaster


def cpu_seconds(process: psutil.Process) -> float:
    """What a process and all below it have used of the processor, those that have ended too."""
    times = process.cpu_times()
    own = times.user + times.system + times.children_user + times.children_system
    for child in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            own += sum(child.cpu_times()[:2])
    return float(own)


def fill(database: Database, tracks: int) -> None:
    """Want so many tracks, of albums of several artists."""
    catalog = Catalog(database)
    with database.begin() as tx:
        for number in range(-(-tracks // SONGS)):
            which = number % _ARTISTS
            artist = Artist(f"00000005-0000-4000-8000-{which:012x}", f"Artist {which}")
            left = tracks - number * SONGS
            catalog.tracks.want_all(tx, make_album(number, artist)[:left])


def wait_until_drained(
    database: Database, tracks: int, machines: list[subprocess.Popen[bytes]]
) -> None:
    """Wait until every track is in the library.

    Raises:
        SystemExit: all machines have ended before, or it takes an hour.
    """
    catalog, until = Catalog(database), time.monotonic() + _PATIENCE_SECONDS
    while (counts := catalog.tracks.count())[TrackStatus.IN_LIBRARY] < tracks:
        are_over = all(machine.poll() is not None for machine in machines)
        if are_over or time.monotonic() > until:
            raise SystemExit(f"the queue was not drained: {counts}")
        time.sleep(_LOOK_SECONDS)


def look_at_shares(database: Database) -> tuple[tuple[int, ...], datetime]:
    """How many tracks each run has filed, the busiest first, and when the last one began to."""
    of_runs = select(func.count(), func.min(journal.c.at)).where(journal.c.action == Action.PLACE)
    with database.read() as connection:
        found = connection.execute(of_runs.group_by(journal.c.run_id)).all()
    return tuple(sorted((row[0] for row in found), reverse=True)), max(row[1] for row in found)


def print_table(drained: list[Drained], tracks: int, seconds: float) -> bool:
    """Print what was measured; returns whether each goal is met."""
    table = Table(
        "workers",
        "seconds",
        "times as fast",
        "goal",
        "processor, all cores",
        "all begun after",
        "shares",
    )
    are_held, alone = True, next((one for one in drained if one.workers == 1), None)
    for one in drained:
        speedup = alone.seconds / one.seconds if alone is not None else 0.0
        goal = None if alone is None else GOALS.get(one.workers)
        is_held = goal is None or speedup >= goal
        are_held &= is_held
        verdict = "" if goal is None else "[green]held[/green]" if is_held else "[red]MISSED[/red]"
        table.add_row(
            str(one.workers),
            f"{one.seconds:.1f}",
            "" if alone is None else f"{speedup:.2f}",
            f"{goal or ''} {verdict}",
            f"{one.cpu_share:.0%} ({one.cpu_seconds:.0f} + {one.server_cpu_seconds:.0f} s)",
            f"{one.late_seconds:.0f} s",
            ", ".join(map(str, one.shares)),
        )
    console = Console(width=max(110, Console().width))
    console.print(
        f"{tracks:,} tracks, {seconds:g} s of a site's time each; load of the machine: "
        f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    console.print(table)
    console.print("processor: the machines' processes + the servers of Prefect and PostgreSQL")
    return are_held


def main() -> None:
    """Measure and print; exit with 1 if a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.several_machines", description=__doc__)
    parser.add_argument("--tracks", type=int, default=None)
    parser.add_argument("--seconds", type=float, default=None, help="of the sites, for a track")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--quick", action="store_true", help="that it runs, not how fast")
    options = parser.parse_args()
    tracks = options.tracks or (TRACKS_QUICK if options.quick else TRACKS)
    seconds = options.seconds or (SECONDS_QUICK if options.quick else SECONDS)
    with (
        tempfile.TemporaryDirectory(prefix="shanty-bench-") as folder,
        postgres() as create,
        Site(Path(folder), create, seconds) as site,
    ):
        drained = [site.drain(workers, tracks) for workers in options.workers]
    is_held = print_table(drained, tracks, seconds)
    if not (is_held or options.quick):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
