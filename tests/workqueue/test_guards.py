"""Each part of the guard that a transition must pass, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Connection

from shanty.db import Database
from shanty.db.tables import work_queue
from shanty.errors import LeaseLostError
from shanty.models import Stage, WorkItem
from shanty.workqueue import WorkQueue
from tests.world.databases import Clock, add_tracks, claim_one, enqueue

Transition = Callable[[WorkQueue, Connection, WorkItem, Clock], object]
TRANSITIONS: dict[str, Transition] = {
    "complete": lambda queue, tx, item, clock: queue.items.complete(
        tx, item, next_stage=Stage.INDEX
    ),
    "hold": lambda queue, tx, item, clock: queue.items.hold(tx, item),
    "fail": lambda queue, tx, item, clock: queue.items.fail(tx, item, "permanent", "x"),
    "retry_at": lambda queue, tx, item, clock: queue.items.retry_at(tx, item, clock.now, "t", "x"),
    "snooze": lambda queue, tx, item, clock: queue.items.snooze(tx, item, clock.now, "wait", "x"),
    "cancel_item": lambda queue, tx, item, clock: queue.items.cancel_item(tx, item, "review", "x"),
    "restart_from": lambda queue, tx, item, clock: queue.items.restart_from(
        tx, item, Stage.DOWNLOAD, "bad_candidate", "x"
    ),
}
transitions = pytest.mark.parametrize("transition", TRANSITIONS.values(), ids=TRANSITIONS.keys())


def assert_refused(
    queue: WorkQueue, database: Database, clock: Clock, transition: Transition, item: WorkItem
) -> None:
    before = queue.overview.list_items()
    with (
        pytest.raises(LeaseLostError, match="no longer ours"),
        database.begin() as tx,
    ):
        transition(queue, tx, item, clock)
    assert queue.overview.list_items() == before


@transitions
def test_an_item_that_ended_stays_as_it_ended(
    queue: WorkQueue, database: Database, worker: str, clock: Clock, transition: Transition
) -> None:
    """Guard: status. The test restores the owner, so that only the status can stop it."""
    [track_id] = add_tracks(database, 1)
    enqueue(queue, database, track_id)
    item = claim_one(queue, worker)
    queue.by_hand.cancel(item.id)
    with database.begin() as tx:
        tx.execute(work_queue.update().values(lease_owner=worker))
    assert_refused(queue, database, clock, transition, item)


@transitions
def test_an_item_of_another_worker_is_not_touched(
    queue: WorkQueue, database: Database, worker: str, clock: Clock, transition: Transition
) -> None:
    """Guard: lease owner. Another worker has rescued the item, with the same attempt number."""
    [track_id] = add_tracks(database, 1)
    enqueue(queue, database, track_id)
    item = claim_one(queue, worker)
    queue.items.give_back(worker)
    theirs = claim_one(queue, queue.workers.register())
    assert (theirs.id, theirs.attempt) == (item.id, item.attempt)
    assert_refused(queue, database, clock, transition, item)


@transitions
def test_an_earlier_attempt_of_the_same_worker_is_not_believed(
    queue: WorkQueue, database: Database, worker: str, clock: Clock, transition: Transition
) -> None:
    """Guard: attempt."""
    [track_id] = add_tracks(database, 1)
    enqueue(queue, database, track_id)
    item = claim_one(queue, worker)
    with database.begin() as tx:
        queue.items.retry_at(tx, item, clock.now, "transient", "timeout")
    assert claim_one(queue, worker).attempt == 2
    assert_refused(queue, database, clock, transition, item)


@transitions
def test_only_the_item_itself_is_touched(
    queue: WorkQueue, database: Database, worker: str, clock: Clock, transition: Transition
) -> None:
    """Guard: id."""
    for track_id in add_tracks(database, 2):
        enqueue(queue, database, track_id)
    item, neighbour = queue.items.claim(worker, 2)
    assert_refused(queue, database, clock, transition, replace(item, id=999))
    with database.begin() as tx:
        transition(queue, tx, item, clock)
    assert queue.overview.get(neighbour.id) == neighbour
