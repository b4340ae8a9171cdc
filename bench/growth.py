"""Benchmark of growth: what one operation costs in a small database, and in a large one.

    python -m bench.growth [--sizes 1000 100000 1000000] [--rounds 100]

Owns made-up databases with so many tracks, each of which has a pending item and one that has
ended. Time is the processor's, in this process, where SQLite works too. What touches one item may
take 1.5 times as long in the largest database as in the smallest one; what counts or lists the
whole is only shown. Exits with 1 if a goal is missed.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from bench.queue_operations import fill
from shanty.catalog import Catalog
from shanty.catalog.lookup import find_track
from shanty.config.settings import Settings, load_settings
from shanty.db import Database, open_database
from shanty.diagnosis.overview import read_overview
from shanty.models import Priority, Stage, Status, TrackStatus, WorkItem
from shanty.workqueue import WorkQueue

SIZES, SIZES_QUICK = (1000, 100_000, 1_000_000), (300, 3000)
ROUNDS, ROUNDS_QUICK = 100, 10
WHOLE_ROUNDS = 3
LIMIT = 1.5

Operation = Callable[[], object]


@dataclass(frozen=True)
class Grown:
    """An operation, and the milliseconds of one in each database, from the smallest to the largest.

    ``is_of_one``: it touches one item, so that it has a goal.
    """

    name: str
    times_ms: tuple[float, ...]
    is_of_one: bool

    @property
    def is_held(self) -> bool:
        """Whether it grows no more than it may."""
        return not self.is_of_one or self.times_ms[-1] <= LIMIT * self.times_ms[0]


class GrowingHome:
    """A database with so many tracks."""

    def __init__(self, folder: Path, size: int):
        folder.mkdir()
        self.settings: Settings = load_settings(home=folder)
        self.database: Database = open_database(self.settings.resolved_database_url)
        self.queue = WorkQueue(self.database)
        self.catalog = Catalog(self.database)
        self.track_ids = fill(self.database, size)
        with self.database.begin() as tx:
            self.queue.items.enqueue_wanted(tx)
            tx.execute(text(_ALSO_ENDED), {"stage": Stage.INDEX, "status": Status.COMPLETED})
        with self.database.begin() as tx:
            tx.execute(text("ANALYZE"))
        self._worker_id = self.queue.workers.register()
        self._items: list[WorkItem] = []

    def of_one(self) -> dict[str, Operation]:
        """What touches one item or one track, in the order of a track's life."""
        middle = self.track_ids[len(self.track_ids) // 2]
        return {
            "claim an item": self._claim,
            "complete an item": self._complete,
            "cancel an item, enqueue another": lambda: self._enqueue_anew(middle),
            "read a track": lambda: self.catalog.tracks.get(middle),
            "set a track's state": lambda: self._set_status(middle),
            "worked on?": lambda: self.queue.overview.is_worked_on(middle),
            "find a track by its number": lambda: find_track(str(middle), self.catalog),
            "find a track by its recording": lambda: self._find_recording(middle),
        }

    def of_all(self) -> dict[str, Operation]:
        """What counts or lists the whole."""
        overview = self.queue.overview
        return {
            "status": lambda: read_overview(self.settings, self.database, self.queue),
            "count items": overview.counts,
            "list 50 items": lambda: overview.list_items(Stage.DOWNLOAD, Status.PENDING, limit=50),
            "what is due": overview.find_due,
            "anything to enqueue?": overview.is_wanted_unqueued,
            "enqueue what is wanted": lambda: self._wish(self.track_ids[0]),
            "count tracks": self.catalog.tracks.count,
            "a page of albums": self.catalog.albums.list_albums,
            "a page of artists": self.catalog.albums.list_artists,
            "a page of albums, searched": lambda: self.catalog.albums.list_albums(words="title 7"),
            "50 tracks of all by name": lambda: list(islice(self.catalog.paged.list_tracks(), 50)),
        }

    def _claim(self) -> None:
        self._items += self.queue.items.claim(self._worker_id, 1)

    def _complete(self) -> None:
        with self.database.begin() as tx:
            self.queue.items.complete(tx, self._items.pop(), next_stage=None)

    def _enqueue_anew(self, track_id: int) -> None:
        with self.database.begin() as tx:
            self.queue.by_hand.cancel_tracks(tx, [track_id], "for the benchmark")
            self.queue.items.enqueue(tx, track_id, Stage.TAG, priority=Priority.FORCED)

    def _wish(self, track_id: int) -> None:
        """One track among all that wait, as for a new wish."""
        with self.database.begin() as tx:
            self.queue.by_hand.cancel_tracks(tx, [track_id], "for the benchmark")
            if not self.queue.items.enqueue_wanted(tx):
                raise SystemExit("the wish was not queued")

    def _find_recording(self, track_id: int) -> None:
        if self.catalog.tracks.find(recording_mbid=f"recording-{track_id}") is None:
            raise SystemExit("the recording was not found")

    def _set_status(self, track_id: int) -> None:
        with self.database.begin() as tx:
            self.catalog.tracks.set_status(tx, track_id, TrackStatus.WANTED)


_ALSO_ENDED = """
    INSERT INTO work_queue (track_id, task_type, status, priority, stages_left, attempt,
        max_attempts, run_after, payload_json, created_at, completed_at, turn, source)
    SELECT track_id, :stage, :status, priority, 0, 1,
        max_attempts, run_after, payload_json, created_at, created_at, turn, source
    FROM work_queue
"""


def measure(folder: Path, sizes: tuple[int, ...], rounds: int) -> list[Grown]:
    """Time each operation in a database of each size."""
    found: dict[str, list[float]] = {}
    ones: set[str] = set()
    for size in sizes:
        with _home(folder / str(size), size) as home:
            of_one = home.of_one()
            ones |= of_one.keys()
            for name, operation in of_one.items():
                found.setdefault(name, []).append(_time_ms(operation, rounds))
            for name, operation in home.of_all().items():
                found.setdefault(name, []).append(_time_ms(operation, WHOLE_ROUNDS))
    return [Grown(name, tuple(times), name in ones) for name, times in found.items()]


@contextmanager
def _home(folder: Path, size: int) -> Iterator[GrowingHome]:
    home = GrowingHome(folder, size)
    try:
        yield home
    finally:
        home.database.dispose()


def _time_ms(operation: Operation, rounds: int) -> float:
    """The processor's time for one: the least of several groups, since noise only ever adds."""
    groups = []
    for _ in range(min(rounds, 5)):
        number = max(1, rounds // 5)
        began = time.process_time()
        for _ in range(number):
            operation()
        groups.append((time.process_time() - began) * 1000 / number)
    return min(groups)


def print_table(sizes: tuple[int, ...], grown: list[Grown]) -> None:
    """Print what each operation costs in a database of each size."""
    table = Table("operation, processor", *(f"{size:,} tracks" for size in sizes), "goal", "")
    for one in grown:
        goal = f"{LIMIT} times the first" if one.is_of_one else ""
        verdict = "[green]held[/green]" if one.is_held else "[red]MISSED[/red]"
        times = (f"{ms:.3g} ms" for ms in one.times_ms)
        table.add_row(one.name, *times, goal, verdict if one.is_of_one else "")
    Console().print(table)


def main() -> None:
    """Parse the command line, measure, print the table; exit with 1 if a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=list(SIZES), help="numbers of tracks"
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each is done")
    options = parser.parse_args()
    sizes = tuple(options.sizes)
    with tempfile.TemporaryDirectory(prefix="shanty-bench-") as folder:
        grown = measure(Path(folder), sizes, options.rounds)
    print_table(sizes, grown)
    if not all(one.is_held for one in grown):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
