"""What touches one item or one track reads indexes, however many there are of both."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import event

from shanty.catalog import Catalog
from shanty.db import Database
from shanty.models import Priority, Stage, TrackStatus, WorkItem
from shanty.workqueue import WorkQueue
from tests.world.databases import add_tracks

TRACK = 7
_FULL = re.compile(r"SCAN (work_queue|tracks)\b(?! USING (COVERING )?INDEX ix_work_queue_due)")


class Traced:
    """A database whose statements are noted as SQLite runs them, values and all."""

    def __init__(self, database: Database):
        self.database = database
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
    "set a track's state": _in_transaction(
        lambda t, tx: Catalog(t.database).tracks.set_status(tx, TRACK, TrackStatus.WANTED)
    ),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_touches_one_reads_an_index(name: str, sqlite_database: Database) -> None:
    traced = Traced(sqlite_database)  # before anything is written: that connection is kept
    add_tracks(sqlite_database, 300)
    with sqlite_database.begin() as tx:
        traced.queue.items.enqueue_wanted(tx)
    with sqlite_database.begin() as tx:
        tx.exec_driver_sql("ANALYZE")
    traced.statements.clear()
    OPERATIONS[name](traced)
    plans = traced.plans()
    assert plans
    assert {statement: plan for statement, plan in plans.items() if _FULL.search(plan)} == {}
    assert not any("TEMP B-TREE" in plan for plan in plans.values())
