"""Rescue of orphans, and what else keeps the queue in order; on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Connection, event, update

from shanty.db import Database, open_database
from shanty.db.tables import work_queue, workers
from shanty.errors import LeaseLostError
from shanty.models import Stage, Status, WorkItem
from shanty.workqueue import RescueReport, WorkQueue
from tests.world.databases import Clock, add_tracks, claim_one, enqueue


def test_items_whose_owner_has_no_row_are_rescued(
    queue: WorkQueue, worker: str, item: WorkItem
) -> None:
    queue.workers.unregister(worker)
    assert queue.upkeep.rescue() == RescueReport(1, (), ())
    assert queue.overview.get(item.id).status is Status.PENDING
    assert queue.upkeep.rescue() == RescueReport(0, (), ())


def test_a_killer_item_is_given_up(
    queue: WorkQueue, database: Database, worker: str, item: WorkItem, clock: Clock
) -> None:
    for attempt in (2, 3):
        queue.workers.unregister(worker)
        assert queue.upkeep.rescue().items == 1
        worker = queue.workers.register()
        assert claim_one(queue, worker).attempt == attempt
    queue.workers.unregister(worker)
    report = queue.upkeep.rescue()
    assert (report.items, report.failed) == (0, 1)
    [failed] = report.failed_items
    assert queue.overview.get(item.id) == failed
    assert (failed.status, failed.error_class, failed.completed_at) == (
        Status.FAILED,
        "crash",
        clock.now,
    )
    assert failed.error == "the process died while working on this, in attempt 3 of 3"


def test_a_rescue_takes_nothing_from_the_living(
    queue: WorkQueue, database: Database, clock: Clock
) -> None:
    tracks = add_tracks(database, 4)
    for track_id in tracks:
        enqueue(queue, database, track_id)
    dead, alive = queue.workers.register(), queue.workers.register()
    [lost] = queue.items.claim(dead, 1)
    [kept, done] = queue.items.claim(alive, 2)
    with database.begin() as tx:
        queue.items.complete(tx, done, next_stage=None)
        # Even if an ended item had kept its owner, and that one were dead.
        ended = work_queue.update().where(work_queue.c.id == done.id)
        tx.execute(ended.values(lease_owner=dead))
    clock.advance(31)
    queue.workers.heartbeat(alive)
    before = {i.id: i for i in queue.overview.list_items()}
    assert queue.upkeep.rescue().items == 1
    after = {i.id: i for i in queue.overview.list_items()}
    assert {i for i in after if after[i] != before[i]} == {lost.id}
    assert after[kept.id] == kept


def test_the_owner_of_rescued_work_cannot_finish_it(
    queue: WorkQueue, database: Database, worker: str, item: WorkItem, clock: Clock
) -> None:
    clock.advance(31)
    assert queue.upkeep.rescue().items == 1
    with pytest.raises(LeaseLostError), database.begin() as tx:
        queue.items.complete(tx, item, next_stage=Stage.ORGANIZE)
    with pytest.raises(LeaseLostError):
        queue.workers.heartbeat(worker)
    with pytest.raises(LeaseLostError):
        queue.items.claim(worker, 1)
    assert [i.status for i in queue.overview.list_items()] == [Status.PENDING]


def test_a_rescue_never_overwrites_work_that_is_just_finishing(
    queue: WorkQueue, database: Database, worker: str, item: WorkItem, clock: Clock
) -> None:
    """The owner completes while the rescue waits: for the row, or for the whole file."""
    clock.advance(31)
    reports: list[RescueReport] = []
    rescuer = threading.Thread(target=lambda: reports.append(queue.upkeep.rescue()))
    with database.begin() as tx:
        following = queue.items.complete(tx, item, next_stage=Stage.ORGANIZE)
        rescuer.start()
        rescuer.join(timeout=0.5)
        assert rescuer.is_alive()
    rescuer.join(timeout=20)
    assert following is not None
    assert queue.overview.get(item.id).status is Status.COMPLETED
    assert len(reports) == 1
    # The item handed over is an orphan, whether this rescue has seen it or the next one does.
    assert reports[0].items + queue.upkeep.rescue().items == 1
    assert queue.overview.get(following.id).status is Status.PENDING


def test_a_rescue_never_takes_what_another_worker_claims_meanwhile(
    database: Database,
    database_url: str,
    queue: WorkQueue,
    worker: str,
    item: WorkItem,
    clock: Clock,
) -> None:
    """The orphan is given back and claimed anew while the rescue waits for its row."""
    if database.dialect_name == "sqlite":
        pytest.skip("SQLite runs one write transaction at a time")
    queue.workers.unregister(worker)
    second = open_database(database_url)
    new_owner = queue.workers.register()
    reports: list[RescueReport] = []
    rescuer = threading.Thread(
        target=lambda: reports.append(
            WorkQueue(second, clock=clock, monotonic=clock.monotonic).upkeep.rescue()
        )
    )
    with database.begin() as tx:
        tx.execute(work_queue.update().values(lease_owner=new_owner, attempt=2))
        rescuer.start()
        rescuer.join(timeout=0.5)
        assert rescuer.is_alive()
    rescuer.join(timeout=20)
    second.dispose()
    assert reports == [RescueReport(0, (), ())]
    assert queue.overview.get(item.id).lease_owner == new_owner


def test_a_worker_that_beats_while_it_is_judged_is_spared(
    queue: WorkQueue, database: Database, worker: str, item: WorkItem, clock: Clock
) -> None:
    clock.advance(31)
    with database.begin() as tx:
        engine = tx.engine

    beats = iter([clock.now])

    def beat_first(
        connection: Connection,
        cursor: object,
        sql: str,
        values: object,
        context: object,
        many: bool,
    ) -> None:
        beaten_at = next(beats, None) if sql.startswith("DELETE FROM workers") else None
        if beaten_at is not None:
            connection.execute(workers.update().values(heartbeat_at=beaten_at))

    event.listen(engine, "before_cursor_execute", beat_first)
    assert queue.upkeep.rescue() == RescueReport(0, (), ())
    event.remove(engine, "before_cursor_execute", beat_first)
    assert queue.overview.get(item.id) == item
    queue.workers.heartbeat(worker)


def test_prune_deletes_old_completed_and_cancelled_items_only(
    queue: WorkQueue, database: Database, worker: str, clock: Clock
) -> None:
    tracks = add_tracks(database, 8)
    for track_id in tracks[:4]:
        enqueue(queue, database, track_id)
    completed, cancelled, failed, active = queue.items.claim(worker, 4)
    pending = enqueue(queue, database, tracks[4])
    with database.begin() as tx:
        queue.items.complete(tx, completed, next_stage=None)
        queue.items.cancel_item(tx, cancelled, "review", "x")
        queue.items.fail(tx, failed, "permanent", "x")
    clock.advance(30 * 86400)
    for track_id in tracks[5:7]:
        enqueue(queue, database, track_id, Stage.ENRICH)
        recent = claim_one(queue, worker)
        with database.begin() as tx:
            queue.items.complete(tx, recent, next_stage=None)
    assert queue.upkeep.prune(timedelta(days=30)) == 0
    clock.advance(1)
    assert queue.upkeep.prune(timedelta(days=30), limit=1) == 1
    assert queue.upkeep.prune(timedelta(days=30)) == 1
    left = {item.id for item in queue.overview.list_items()}
    assert left & {completed.id, cancelled.id, failed.id, active.id, pending} == {
        failed.id,
        active.id,
        pending,
    }
    assert queue.overview.counts()[Stage.ENRICH]["completed"] == 2


def test_prune_leaves_what_is_being_retried(
    queue: WorkQueue, database: Database, worker: str, item: WorkItem, clock: Clock
) -> None:
    queue.by_hand.cancel(item.id)
    clock.advance(10)
    pruned: list[int] = []
    pruner = threading.Thread(
        target=lambda: pruned.append(queue.upkeep.prune(timedelta(seconds=1)))
    )
    with database.begin() as tx:
        queue.by_hand.retry_within(tx, item.id)
        pruner.start()
        pruner.join(timeout=0.5)
        assert pruner.is_alive()
    pruner.join(timeout=20)
    assert pruned == [0]
    assert queue.overview.get(item.id).status is Status.PENDING


def test_after_the_clock_was_set_back_nothing_waits_longer(
    queue: WorkQueue, database: Database, clock: Clock, worker: str
) -> None:
    due, waiting = add_tracks(database, 2)
    enqueue(queue, database, due)
    enqueue(queue, database, waiting, run_after=clock.now + timedelta(minutes=5))
    clock.advance(-3600)
    assert not queue.items.claim(worker, 10), "what was enqueued lies an hour ahead now"
    assert queue.upkeep.follow_clock_back(timedelta(hours=1)) == 2
    (item,) = queue.items.claim(worker, 10)
    assert item.track_id == due
    clock.advance(299)
    assert not queue.items.claim(worker, 10)
    clock.advance(1)
    assert len(queue.items.claim(worker, 10)) == 1


def test_items_that_a_worker_no_longer_has_in_hand_are_put_back(
    queue: WorkQueue, database: Database, worker: str
) -> None:
    held, stray, given_up = add_tracks(database, 3)
    for track_id in (held, stray, given_up):
        enqueue(queue, database, track_id)
    items = {item.track_id: item for item in queue.items.claim(worker, 3)}
    with database.begin() as tx:
        used_up = update(work_queue).where(work_queue.c.track_id == given_up)
        tx.execute(used_up.values(max_attempts=1))
        report = queue.upkeep.take_back_strays_within(tx, worker, {held})
    assert (report.items, [item.track_id for item in report.failed_items]) == (1, [given_up])
    assert queue.overview.get(items[held].id) == items[held]
    back = queue.overview.get(items[stray].id)
    assert (back.status, back.attempt, back.lease_owner) == (Status.PENDING, 1, None)
    assert queue.overview.get(items[given_up].id).status is Status.FAILED
