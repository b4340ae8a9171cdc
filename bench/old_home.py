"""Benchmark of what years leave behind: both databases after much work, before and after upkeep.

    python -m bench.old_home [--runs 200] [--tracks 4000]

Owns a home with an embedded server, real pipeline runs in it, finished items in the queue, and the
tables. Time is made to have passed by dating everything back beyond its retention; what then prunes
is the real maintenance and the server's own vacuum. Two rounds: what is bounded is no larger after
the second.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import update

from bench.lived_in import work_item
from bench.queue_operations import fill
from deployments.server import Server, free_port, using_server
from shanty.config.settings import Settings, load_settings
from shanty.db import Database, open_database
from shanty.db.tables import releases, tracks, work_queue
from shanty.models import Stage, Status, TrackStatus

STATUS_LIMIT = 2.0
STATUS_ROUNDS = 5
GROWTH_LIMIT = 1.10
AGED = timedelta(days=40)
VACUUM_SECONDS = 5
PREFECT_TABLES = ("flow_run", "task_run", "flow_run_state", "artifact", "log", "events")
# Columns by which the server's vacuum judges the age of what it keeps.
AGES = {
    "flow_run": ("end_time",),
    "events": ("occurred",),
    "event_resources": ("occurred",),
}


def run_pipelines(settings: Settings, port: int, runs: int) -> None:
    """Run the pipeline so many times, each a real flow run that finds nothing to do."""
    server = Server(settings, "127.0.0.1", port)
    server.start()
    try:
        environment = dict(os.environ)
        with using_server(settings, server.api_url):
            code = "from bench.old_home import call_pipeline; call_pipeline(int({!r}))"
            subprocess.run([sys.executable, "-c", code.format(str(runs))], check=True)
        os.environ.clear()
        os.environ.update(environment)
    finally:
        server.stop()


def call_pipeline(runs: int) -> None:
    """In a process of its own, against the server in its environment."""
    from deployments.local import run_pipeline

    for _ in range(runs):
        run_pipeline()


def file_tracks(database: Database, count: int, at: datetime) -> list[int]:
    """Put tracks into the library's records: these are to stay. Returns their ids."""
    made = fill(database, count)
    with database.begin() as tx:
        filed = update(tracks).values(status=TrackStatus.IN_LIBRARY, created_at=at, updated_at=at)
        tx.execute(filed)
        tx.execute(update(releases).values(fetched_at=at))
    return made


def add_finished_items(database: Database, track_ids: list[int], at: datetime) -> None:
    """Put into the queue what is left of having taken every track through all stages."""
    items = [
        work_item(track_id, stage, Status.COMPLETED, at)
        for track_id in track_ids
        for stage in Stage
    ]
    with database.begin() as tx:
        tx.execute(work_queue.insert(), items)


def date_back(path: Path) -> None:
    """Make everything in the server's database older than its retention."""
    with sqlite3.connect(path) as connection:
        for table, columns in AGES.items():
            for column in columns:
                connection.execute(
                    f"UPDATE {table} SET {column} = datetime({column}, ?)",
                    (f"-{AGED.days} days",),
                )


def count_rows(path: Path, names: tuple[str, ...]) -> dict[str, int]:
    """Rows of some tables of an SQLite file."""
    with sqlite3.connect(path) as connection:
        return {
            name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names
        }


def size_mib(path: Path) -> float:
    """Of a database, what its write-ahead log holds included."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return sum(part.stat().st_size for part in path.parent.glob(f"{path.name}*")) / 2**20


def vacuum(settings: Settings, port: int, path: Path) -> None:
    """Let the server prune until nothing old is left."""
    os.environ["PREFECT_SERVER_SERVICES_DB_VACUUM_LOOP_SECONDS"] = str(VACUUM_SECONDS)
    server = Server(settings, "127.0.0.1", port)
    server.start()
    deadline = time.monotonic() + 180
    while count_rows(path, ("flow_run",))["flow_run"] and time.monotonic() < deadline:
        time.sleep(1)
    time.sleep(2 * VACUUM_SECONDS)
    server.stop()
    del os.environ["PREFECT_SERVER_SERVICES_DB_VACUUM_LOOP_SECONDS"]


def status_seconds(home: Path) -> float:
    """The best of a few: how long ``shanty status --json`` takes as a process."""
    environment = os.environ | {"SHANTY_HOME": str(home)}
    environment.pop("PREFECT_API_URL", None)
    took = []
    for _ in range(STATUS_ROUNDS):
        began = time.perf_counter()
        command = [sys.executable, "-m", "cli.main", "status", "--json"]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
        took.append(time.perf_counter() - began)
    return min(took)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--tracks", type=int, default=4000)
    options = parser.parse_args()
    console = Console(width=150)
    with tempfile.TemporaryDirectory(prefix="shanty-upkeep-") as folder:
        measure(Path(folder), options.runs, options.tracks, console)


def measure(folder: Path, runs: int, number: int, console: Console) -> None:
    """Two rounds of work, ageing and upkeep; then how long the status takes."""
    (folder / "shanty.toml").touch()
    os.environ.update(
        SHANTY_CONFIG=str(folder / "shanty.toml"),
        SHANTY_HOME=str(folder / "home"),
        SHANTY_LIBRARY__PATH=str(folder / "library"),
    )
    settings = load_settings()
    database = open_database(settings.resolved_database_url)
    ours, theirs = folder / "home" / "shanty.db", folder / "home" / "prefect" / "prefect.db"
    table = Table(title=f"{runs} pipeline runs and {number * len(Stage)} finished items a round")
    for column in ("", "shanty.db MiB", "items", "prefect.db MiB", *PREFECT_TABLES):
        table.add_column(column)

    def show(what: str) -> tuple[float, float]:
        rows = count_rows(theirs, PREFECT_TABLES)
        items = count_rows(ours, ("work_queue",))["work_queue"]
        sizes = size_mib(ours), size_mib(theirs)
        table.add_row(
            what,
            f"{sizes[0]:.1f}",
            str(items),
            f"{sizes[1]:.1f}",
            *(str(rows[name]) for name in PREFECT_TABLES),
        )
        return sizes

    port = free_port()
    empty_home = folder / "empty"
    open_database(f"sqlite:///{empty_home / 'shanty.db'}").dispose()
    full_seconds, track_ids = 0.0, list[int]()
    kept: list[tuple[float, float]] = []
    for number_of_round in (1, 2):
        run_pipelines(settings, port, runs)
        old = datetime.now(UTC) - AGED
        if number_of_round == 1:
            track_ids = file_tracks(database, number, old)
        add_finished_items(database, track_ids, old)
        if number_of_round == 1:
            full_seconds = status_seconds(folder / "home")
        show(f"round {number_of_round}, worked")
        tidy_ours(settings, database)
        date_back(theirs)
        vacuum(settings, port, theirs)
        kept.append(show(f"round {number_of_round}, tidied"))
    console.print(table)
    for name, before, after in zip(("shanty.db", "prefect.db"), *kept, strict=True):
        say(console, f"{name}, second round / first", after / before, GROWTH_LIMIT)
    empty_seconds = status_seconds(empty_home)
    ratio = full_seconds / empty_seconds
    console.print(f"status: {empty_seconds:.2f} s when empty, {full_seconds:.2f} s when full")
    say(console, "status, full / empty", ratio, STATUS_LIMIT)
    database.dispose()


def tidy_ours(settings: Settings, database: Database) -> None:
    """What the maintenance job does."""
    from shanty.catalog import Catalog
    from shanty.tracks.maintenance import tidy
    from shanty.workqueue import WorkQueue

    step: Callable[[], dict[str, int]] = lambda: tidy(  # noqa: E731
        WorkQueue(database), Catalog(database), database, settings
    )
    while step()["old items pruned"]:
        pass


def say(console: Console, what: str, value: float, limit: float) -> None:
    """A figure beside its limit."""
    word = "pass" if value <= limit else "FAIL"
    console.print(f"{what}   {value:.2f} <= {limit:.2f} {word}", highlight=False)


if __name__ == "__main__":
    main()
