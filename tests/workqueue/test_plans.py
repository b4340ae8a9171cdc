"""What touches one item or one track reads indexes, however many there are of both."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from shanty.catalog import Catalog
from shanty.catalog.lookup import find_track
from shanty.config.settings import Settings, load_settings
from shanty.db import Database
from shanty.diagnosis.overview import read_overview
from shanty.models import Priority, Stage, TrackStatus, WorkItem
from shanty.workqueue import WorkQueue
from tests.world.databases import add_tracks

TRACK = 7
MBID = "recording-3"
_FULL = re.compile(r"SCAN (work_queue|tracks)\b(?! USING (COVERING )?INDEX ix_work_queue_due)")

_TABLE = re.compile(r"SCAN (work_queue|tracks|files|candidates|looks)\b(?! USING)")


class Traced:
    """A database whose statements are noted as SQLite runs them, values and all."""

    def __init__(self, database: Database, settings: Settings):
        self.database = database
        self.settings = settings
        self.statements: list[str] = []
        engine: Any = database._engine
        event.listen(engine, "checkout", self._note)
        self._path = engine.url.database
        self.queue = WorkQueue(database)
        self.worker = self.queue.workers.register()

    def _note(self, connection: Any, *_: object) -> None:
        connection.set_trace_callback(self.statements.append)

    def claim(self) -> WorkItem:
        return self.queue.items.claim(self.worker, 1)[0]

    def plans(self) -> dict[str, str]:
        with closing(sqlite3.connect(self._path)) as connection:
            read = re.compile(r"\s*(SELECT|UPDATE|DELETE|INSERT|WITH)\b")
            return {
                statement: "\n".join(
                    row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")
                )
                for statement in self.statements
                if read.match(statement)
            }


def _in_transaction(act: Callable[[Traced, Any], object]) -> Callable[[Traced], object]:
    def run(traced: Traced) -> object:
        with traced.database.begin() as tx:
            return act(traced, tx)

    return run


def _complete(traced: Traced) -> None:
    item = traced.claim()
    with traced.database.begin() as tx:
        traced.queue.items.complete(tx, item, next_stage=Stage.INDEX)


def _fail(traced: Traced) -> None:
    item = traced.claim()
    with traced.database.begin() as tx:
        traced.queue.items.fail(tx, item, "none", "no reason")


def _retry_one(traced: Traced) -> None:
    item = traced.claim()
    with traced.database.begin() as tx:
        traced.queue.items.fail(tx, item, "none", "no reason")
    traced.queue.by_hand.retry(item.id)


def _begin_anew(traced: Traced, tx: Any) -> None:
    traced.queue.by_hand.cancel_tracks(tx, [TRACK], "")
    traced.queue.items.begin_anew(tx, TRACK, Stage.TAG, priority=Priority.FORCED)


OPERATIONS: dict[str, Callable[[Traced], object]] = {
    "claim": Traced.claim,
    "complete": _complete,
    "fail": _fail,
    "retry": _retry_one,
    "begin anew": _in_transaction(_begin_anew),
    "cancel": _in_transaction(lambda t, tx: t.queue.by_hand.cancel_tracks(tx, [TRACK], "")),
    "hasten": _in_transaction(lambda t, tx: t.queue.items.hasten(tx, [TRACK], Priority.FORCED)),
    "is worked on": lambda t: t.queue.overview.is_worked_on(TRACK),
    "list what is pending": lambda t: t.queue.overview.list_items(status="pending", limit=5),
    "read a track": lambda t: Catalog(t.database).tracks.get(TRACK),
    "find a track by its number": lambda t: find_track(str(TRACK), Catalog(t.database)),
    "find a track by its recording": lambda t: Catalog(t.database).tracks.find(recording_mbid=MBID),
    "want an album": _in_transaction(
        lambda t, tx: (
            Catalog(t.database).rules.is_tied(tx, 1, MBID),
            Catalog(t.database).exclusions.has(tx, 1, "album", MBID),
            Catalog(t.database).rules.tied_tracks(tx, 1, MBID),
        )
    ),
    "set a track's state": _in_transaction(
        lambda t, tx: Catalog(t.database).tracks.set_status(tx, TRACK, TrackStatus.WANTED)
    ),
}


WHOLE: dict[str, Callable[[Traced], object]] = {
    "status": lambda t: read_overview(t.settings, t.database, t.queue),
    "count items": lambda t: t.queue.overview.counts(),
    "list what is active": lambda t: t.queue.overview.list_items(status="active", limit=5),
    "list what has failed": lambda t: t.queue.overview.list_items(status="failed", limit=5),
    "count what has failed": lambda t: t.queue.overview.count_items(status="failed"),
    "what is due": lambda t: t.queue.overview.find_due(),
    "anything to enqueue": lambda t: t.queue.overview.is_wanted_unqueued(),
    "enqueue what is wanted": _in_transaction(lambda t, tx: t.queue.items.enqueue_wanted(tx)),
    "count tracks": lambda t: Catalog(t.database).tracks.count(),
    "a page of albums": lambda t: Catalog(t.database).albums.list_albums(limit=5),
    "a page of artists": lambda t: Catalog(t.database).albums.list_artists(limit=5),
}
"""What counts or pages all there is: it may read a whole index, but no whole table."""


@pytest.fixture
def traced(sqlite_database: Database, tmp_path: Path) -> Traced:
    """A queue with as many pending items as ended ones, of tracks in the library and wanted."""
    made = Traced(sqlite_database, load_settings(home=tmp_path))
    add_tracks(sqlite_database, 300)
    with sqlite_database.begin() as tx:
        made.queue.items.enqueue_wanted(tx)
    for item in made.queue.items.claim(made.worker, 150):
        with sqlite_database.begin() as tx:
            made.queue.items.complete(tx, item, next_stage=None)
            Catalog(sqlite_database).tracks.set_status(
                tx,
                item.track_id,
                TrackStatus.IN_LIBRARY if item.track_id % 2 else TrackStatus.FAILED,
            )
    with sqlite_database.begin() as tx:
        tx.exec_driver_sql("ANALYZE")
    made.statements.clear()
    return made


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_touches_one_reads_an_index(name: str, traced: Traced) -> None:
    OPERATIONS[name](traced)
    plans = traced.plans()
    assert plans
    assert {statement: plan for statement, plan in plans.items() if _FULL.search(plan)} == {}
    assert not any("TEMP B-TREE" in plan for plan in plans.values())


@pytest.mark.parametrize("name", WHOLE)
def test_what_counts_all_reads_no_whole_table(name: str, traced: Traced) -> None:
    WHOLE[name](traced)
    plans = traced.plans()
    assert plans
    assert {statement: plan for statement, plan in plans.items() if _TABLE.search(plan)} == {}


def test_the_work_of_a_track_is_found_by_the_track(traced: Traced) -> None:
    assert traced.queue.overview.last_of_track(TRACK) is not None
    (plan,) = traced.plans().values()
    assert "SEARCH work_queue USING INDEX ix_work_queue_track_id" in plan
