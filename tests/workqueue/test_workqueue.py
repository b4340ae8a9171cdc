"""A work item's life, on SQLite and on PostgreSQL: enqueued, claimed, ended; and each guard."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import exc

from shanty.db import Database
from shanty.db.prepared import Prepared
from shanty.db.tables import tracks, work_queue
from shanty.errors import LeaseLostError, NotFoundError
from shanty.models import Priority, Stage, Status, TrackStatus, WorkItem
from shanty.workqueue import WorkQueue, claims
from tests.world.databases import Clock, add_tracks, claim_one, enqueue

# --- enqueue -------------------------------------------------------------------------------------


def test_an_enqueued_item_reads_back_whole(
    queue: WorkQueue, database: Database, clock: Clock
) -> None:
    [track_id] = add_tracks(database, 1)
    due_at = clock.now + timedelta(hours=1)
    payload = {"path": "/incoming/ä – b.opus", "parts": [1, 2.5, None]}
    item_id = enqueue(queue, database, track_id, Stage.TAG, 70, payload=payload, run_after=due_at)
    assert queue.overview.get(item_id) == WorkItem(
        id=item_id,
        stage=Stage.TAG,
        status=Status.PENDING,
        track_id=track_id,
        priority=70,
        attempt=0,
        max_attempts=3,
        run_after=due_at,
        created_at=clock.now,
        payload=payload,
        label="Artist – Title 0",
    )
    with pytest.raises(NotFoundError, match="no work item q999"):
        queue.overview.get(999)


def test_one_live_item_per_track_and_stage(
    queue: WorkQueue, database: Database, worker: str
) -> None:
    [track_id] = add_tracks(database, 1)
    enqueue(queue, database, track_id)

    def again() -> int | None:
        with database.begin() as tx:
            return queue.items.enqueue(tx, track_id, Stage.DOWNLOAD, priority=1)

    assert again() is None  # pending
    item = claim_one(queue, worker)
    assert again() is None  # active
    with database.begin() as tx:
        queue.items.fail(tx, item, "permanent", "gone")
    assert again() is not None  # an ended one is history
    with pytest.raises(exc.IntegrityError), database.begin() as tx:  # held by the database itself
        live = work_queue.select().where(work_queue.c.status == "pending")
        row = dict(tx.execute(live).one()._mapping)
        tx.execute(work_queue.insert(), row | {"id": 99, "status": "active"})


def test_an_enqueue_that_is_not_committed_never_was(queue: WorkQueue, database: Database) -> None:
    [track_id] = add_tracks(database, 1)
    with pytest.raises(RuntimeError), database.begin() as tx:
        assert queue.items.enqueue(tx, track_id, Stage.TAG, priority=1) is not None
        raise RuntimeError
    assert queue.overview.list_items() == []
    enqueue(queue, database, track_id, Stage.TAG)


def test_enqueue_wanted_takes_wanted_tracks_without_a_live_item(
    queue: WorkQueue, database: Database, clock: Clock
) -> None:
    wanted, tagging, filed, tried = add_tracks(database, 4, priority=Priority.NEW_RELEASE)
    enqueue(queue, database, tagging, Stage.TAG)
    ended = enqueue(queue, database, tried, Stage.INDEX)
    queue.by_hand.cancel(ended)
    with database.begin() as tx:
        tx.execute(
            tracks.update().where(tracks.c.id == filed).values(status=TrackStatus.IN_LIBRARY)
        )
    with database.begin() as tx:
        assert queue.items.enqueue_wanted(tx) == 2
    with database.begin() as tx:
        assert queue.items.enqueue_wanted(tx) == 0
    items = queue.overview.list_items(Stage.DOWNLOAD, "pending")
    assert [(item.track_id, item.priority, item.attempt, item.max_attempts) for item in items] == [
        (wanted, Priority.NEW_RELEASE, 0, 3),
        (tried, Priority.NEW_RELEASE, 0, 3),
    ]
    assert items[0].payload == {}
    assert items[0].run_after == items[0].created_at == clock.now
    worker = queue.workers.register()
    stages = [item.stage for item in queue.items.claim(worker, 10)]
    assert stages == [Stage.DOWNLOAD, Stage.DOWNLOAD, Stage.TAG]  # its stage is ranked as others


# --- claim ---------------------------------------------------------------------------------------


def test_claim_counts_the_attempt_and_takes_the_lease(
    queue: WorkQueue, database: Database, worker: str, clock: Clock
) -> None:
    [track_id] = add_tracks(database, 1)
    item_id = enqueue(queue, database, track_id)
    clock.advance(5)
    item = claim_one(queue, worker)
    assert (item.id, item.status, item.attempt) == (item_id, Status.ACTIVE, 1)
    assert (item.lease_owner, item.started_at) == (worker, clock.now)
    assert item.label == "Artist – Title 0"
    assert queue.overview.get(item_id) == item
    assert queue.items.claim(worker, 1) == []


def test_claim_order_is_priority_then_later_stages_then_age(
    queue: WorkQueue, database: Database, worker: str
) -> None:
    ids = add_tracks(database, 7)
    old = enqueue(queue, database, ids[0], Stage.DOWNLOAD)
    new = enqueue(queue, database, ids[1], Stage.DOWNLOAD)
    index = enqueue(queue, database, ids[2], Stage.INDEX)
    enrich = enqueue(queue, database, ids[3], Stage.ENRICH)
    tag = enqueue(queue, database, ids[4], Stage.TAG)
    fresh = enqueue(queue, database, ids[5], Stage.DOWNLOAD, Priority.NEW_RELEASE)
    forced = enqueue(queue, database, ids[6], Stage.DOWNLOAD, Priority.FORCED)
    expected = [forced, fresh, enrich, tag, index, old, new]
    assert [item.id for item in queue.overview.list_items(status="pending")] == expected
    first = [item.id for item in queue.items.claim(worker, 3)]
    rest = [item.id for item in queue.items.claim(worker, 10)]
    assert first + rest == expected


def test_claim_skips_waiting_items_and_stages_not_asked_for(
    queue: WorkQueue, database: Database, worker: str, clock: Clock
) -> None:
    ids = add_tracks(database, 3)
    enqueue(queue, database, ids[0], run_after=clock.now + timedelta(seconds=10))
    tag = enqueue(queue, database, ids[1], Stage.TAG)
    enqueue(queue, database, ids[2], Stage.ENRICH)
    assert [item.id for item in queue.items.claim(worker, 9, stages=[Stage.TAG, Stage.INDEX])] == [
        tag
    ]
    assert queue.items.claim(worker, 9, stages=[]) == []
    assert queue.items.claim(worker, 9, stages=[Stage.DOWNLOAD]) == []
    clock.advance(10)
    assert len(queue.items.claim(worker, 9, stages=[Stage.DOWNLOAD])) == 1


def test_claims_read_the_index_in_order(
    queue: WorkQueue, database: Database, worker: str, clock: Clock
) -> None:
    """A claim must neither read nor sort everything that is pending."""
    add_tracks(database, 2000)
    if database.dialect_name == "sqlite":
        claim = claims.due_on_sqlite(tuple(Stage))
        explain = Prepared(f"EXPLAIN QUERY PLAN {claim.sql}", claim.parameters)
    else:
        claim = claims.claim_on_postgresql(tuple(Stage))
        explain = Prepared(f"EXPLAIN {claim.sql}", claim.parameters)
    values = {"now": clock.now, "limit": 4, "lease_owner": worker}
    with database.begin() as tx:
        assert queue.items.enqueue_wanted(tx) == 2000
        tx.exec_driver_sql("ANALYZE")
        plan = "\n".join(str(row) for row in explain.fetch(tx, values))
    assert "ix_work_queue_due" in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan


def test_only_a_registered_worker_can_claim(queue: WorkQueue, database: Database) -> None:
    [track_id] = add_tracks(database, 1)
    item_id = enqueue(queue, database, track_id)
    with pytest.raises(LeaseLostError, match="not registered"):
        queue.items.claim("nobody", 1)
    assert queue.overview.get(item_id).status is Status.PENDING


# --- complete ------------------------------------------------------------------------------------


def test_complete_hands_over_to_the_next_stage_under_the_same_lease(
    queue: WorkQueue, database: Database, worker: str, clock: Clock
) -> None:
    [track_id] = add_tracks(database, 1)
    enqueue(queue, database, track_id, priority=Priority.NEW_RELEASE)
    item = claim_one(queue, worker)
    clock.advance(60)
    with database.begin() as tx:
        following = queue.items.complete(
            tx, item, next_stage=Stage.INDEX, next_payload={"path": "x.opus"}
        )
    assert following is not None
    assert queue.overview.get(following.id) == following
    assert (following.stage, following.status, following.attempt) == (
        Stage.INDEX,
        Status.ACTIVE,
        1,
    )
    assert (following.lease_owner, following.started_at) == (worker, clock.now)
    assert (following.priority, following.payload) == (Priority.NEW_RELEASE, {"path": "x.opus"})
    done = queue.overview.get(item.id)
    assert (done.status, done.completed_at, done.lease_owner) == (
        Status.COMPLETED,
        clock.now,
        None,
    )
    assert queue.items.claim(worker, 9) == []


def test_complete_of_the_last_stage_hands_over_nothing(
    queue: WorkQueue, database: Database, worker: str
) -> None:
    [track_id] = add_tracks(database, 1)
    enqueue(queue, database, track_id, Stage.ENRICH)
    item = claim_one(queue, worker)
    with database.begin() as tx:
        assert queue.items.complete(tx, item, next_stage=None) is None
    assert [(i.id, i.status) for i in queue.overview.list_items()] == [(item.id, Status.COMPLETED)]


def test_complete_into_a_paused_stage_leaves_the_next_item_pending(
    queue: WorkQueue, database: Database, worker: str
) -> None:
    [track_id] = add_tracks(database, 1)
    enqueue(queue, database, track_id)
    item = claim_one(queue, worker)
    queue.by_hand.pause(Stage.INDEX)
    with database.begin() as tx:
        assert queue.items.complete(tx, item, next_stage=Stage.INDEX, next_payload={"a": 1}) is None
    [following] = queue.overview.list_items(Stage.INDEX)
    assert (following.status, following.attempt, following.lease_owner) == (
        Status.PENDING,
        0,
        None,
    )
    assert (following.started_at, following.payload) == (None, {"a": 1})
    assert queue.items.claim(worker, 9) == []
    queue.by_hand.resume(Stage.INDEX)
    assert claim_one(queue, worker).id == following.id


def test_complete_leaves_a_live_item_of_the_next_stage_alone(
    queue: WorkQueue, database: Database, worker: str
) -> None:
    [track_id] = add_tracks(database, 1)
    enqueue(queue, database, track_id)
    item = claim_one(queue, worker)
    existing = enqueue(queue, database, track_id, Stage.INDEX, payload={"old": True})
    with database.begin() as tx:
        assert queue.items.complete(tx, item, next_stage=Stage.INDEX) is None
    assert queue.overview.get(item.id).status is Status.COMPLETED
    [index] = queue.overview.list_items(Stage.INDEX)
    assert (index.id, index.payload, index.status) == (existing, {"old": True}, Status.PENDING)


def test_complete_and_the_stages_own_writes_are_one_transaction(
    queue: WorkQueue, database: Database, worker: str
) -> None:
    [track_id] = add_tracks(database, 1)
    enqueue(queue, database, track_id)
    item = claim_one(queue, worker)
    with pytest.raises(RuntimeError), database.begin() as tx:
        tx.execute(tracks.update().values(status=TrackStatus.IN_LIBRARY))
        queue.items.complete(tx, item, next_stage=Stage.INDEX)
        raise RuntimeError("the plug is pulled")
    assert queue.overview.list_items() == [item]
    with database.read() as connection:
        assert connection.execute(tracks.select()).one().status == TrackStatus.WANTED


# --- other ends of a lease -----------------------------------------------------------------------


def test_fail_and_cancel_end_an_item_with_its_reason(
    queue: WorkQueue, database: Database, worker: str, clock: Clock
) -> None:
    ids = add_tracks(database, 2)
    for track_id in ids:
        enqueue(queue, database, track_id)
    first, second = queue.items.claim(worker, 2)
    with database.begin() as tx:
        queue.items.fail(tx, first, "permanent", "no candidate is left")
        queue.items.cancel_item(tx, second, "review", "a person has to decide")
    failed, cancelled = queue.overview.get(first.id), queue.overview.get(second.id)
    assert (failed.status, failed.error_class, failed.error) == (
        Status.FAILED,
        "permanent",
        "no candidate is left",
    )
    assert (cancelled.status, cancelled.error_class) == (Status.CANCELLED, "review")
    assert failed.completed_at == cancelled.completed_at == clock.now
    assert failed.lease_owner is None


def test_retry_at_keeps_the_attempt_and_snooze_gives_it_back(
    queue: WorkQueue, database: Database, worker: str, clock: Clock
) -> None:
    ids = add_tracks(database, 2)
    for track_id in ids:
        enqueue(queue, database, track_id)
    first, second = queue.items.claim(worker, 2)
    at = clock.now + timedelta(seconds=17)
    with database.begin() as tx:
        queue.items.retry_at(tx, first, at, "transient", "timeout")
        queue.items.snooze(tx, second, at, "wait", "429")
    for item, attempt in ((queue.overview.get(first.id), 1), (queue.overview.get(second.id), 0)):
        assert (item.status, item.attempt, item.run_after) == (Status.PENDING, attempt, at)
        assert (item.lease_owner, item.started_at, item.completed_at) == (None, None, None)
        assert item.error in ("timeout", "429")
    assert queue.items.claim(worker, 9) == []
    assert queue.overview.next_due_at() == at
    clock.advance(17)
    assert {item.attempt for item in queue.items.claim(worker, 9)} == {2, 1}


def test_restart_from_sends_a_track_back(queue: WorkQueue, database: Database, worker: str) -> None:
    [track_id] = add_tracks(database, 1)
    enqueue(queue, database, track_id, Stage.INDEX, Priority.NEW_RELEASE, payload={"path": "x"})
    item = claim_one(queue, worker)
    with database.begin() as tx:
        fresh = queue.items.restart_from(tx, item, Stage.DOWNLOAD, "bad_candidate", "silence")
    assert queue.overview.get(fresh.id) == fresh
    assert (fresh.stage, fresh.status, fresh.attempt) == (Stage.DOWNLOAD, Status.PENDING, 0)
    assert fresh.priority == Priority.NEW_RELEASE
    cancelled = queue.overview.get(item.id)
    assert (cancelled.status, cancelled.error) == (Status.CANCELLED, "silence")
    assert claim_one(queue, worker).id == fresh.id


def test_give_back_returns_all_items_of_that_worker_at_once(
    queue: WorkQueue, database: Database, worker: str, clock: Clock
) -> None:
    for track_id in add_tracks(database, 4):
        enqueue(queue, database, track_id)
    [done, *mine] = queue.items.claim(worker, 3)
    with database.begin() as tx:
        queue.items.complete(tx, done, next_stage=None)
        ended = work_queue.update().where(work_queue.c.id == done.id)
        tx.execute(ended.values(lease_owner=worker))  # even if an ended item had kept its owner
    other = queue.workers.register()
    [theirs] = queue.items.claim(other, 1)
    assert queue.items.give_back(worker) == 2
    for item in mine:
        back = queue.overview.get(item.id)
        assert (back.status, back.attempt, back.lease_owner) == (Status.PENDING, 0, None)
    assert queue.overview.get(theirs.id) == theirs
    assert queue.overview.get(done.id).status is Status.COMPLETED
    assert [item.id for item in queue.items.claim(other, 9)] == [item.id for item in mine]
