"""What a person does to the queue, and what the queue shows to a person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shanty.db import Database
from shanty.errors import LeaseLostError, NotFoundError, ShantyError
from shanty.models import Priority, Stage, Status
from shanty.workqueue import WorkQueue
from tests.world.databases import Clock, add_tracks, claim_one, enqueue


def fail_one(
    queue: WorkQueue, database: Database, worker: str, track_id: int, stage: Stage = Stage.DOWNLOAD
) -> int:
    item_id = enqueue(queue, database, track_id, stage)
    item = claim_one(queue, worker)
    with database.begin() as tx:
        queue.items.fail(tx, item, "transient", "timeout")
    return item_id


def test_a_retry_runs_even_when_attempts_are_used_up(
    queue: WorkQueue, database: Database, worker: str, clock: Clock
) -> None:
    [track_id] = add_tracks(database, 1)
    item_id = enqueue(queue, database, track_id)
    for _ in range(3):
        item = claim_one(queue, worker)
        with database.begin() as tx:
            queue.items.retry_at(tx, item, clock.now, "transient", "timeout")
    item = claim_one(queue, worker)
    with database.begin() as tx:
        queue.items.fail(tx, item, "transient", "timeout")
    assert (item.attempt, item.max_attempts) == (4, 3)
    assert queue.by_hand.retry(item_id) == 1
    again = claim_one(queue, worker)
    assert (again.id, again.attempt, again.max_attempts) == (item_id, 5, 5)
    assert again.completed_at is None


def test_a_retry_with_attempts_left_does_not_raise_them(
    queue: WorkQueue, database: Database, worker: str
) -> None:
    [track_id] = add_tracks(database, 1)
    item_id = fail_one(queue, database, worker, track_id)
    assert queue.by_hand.retry(item_id) == 1
    assert queue.overview.get(item_id).max_attempts == 3


def test_retry_now_goes_to_the_head(
    queue: WorkQueue, database: Database, worker: str, clock: Clock
) -> None:
    ids = add_tracks(database, 3)
    waiting = enqueue(queue, database, ids[0], run_after=clock.now + timedelta(hours=6))
    enqueue(queue, database, ids[1], Stage.ENRICH, Priority.NEW_RELEASE)
    assert queue.by_hand.retry(waiting, now=True) == 1
    assert claim_one(queue, worker).id == waiting
    other = enqueue(queue, database, ids[2], run_after=clock.now + timedelta(hours=6))
    assert queue.by_hand.retry(other) == 1
    assert queue.overview.get(other).priority == Priority.BACK_CATALOGUE
    assert queue.overview.get(other).run_after == clock.now


def test_an_item_that_cannot_be_retried_says_why(
    queue: WorkQueue, database: Database, worker: str
) -> None:
    first, second = add_tracks(database, 2)
    failed = fail_one(queue, database, worker, first)
    live = enqueue(queue, database, first, Stage.DOWNLOAD)
    with pytest.raises(ShantyError, match=rf"in the queue already, as q{live} \(download"):
        queue.by_hand.retry(failed)
    with pytest.raises(NotFoundError, match="no work item q999"):
        queue.by_hand.retry(999)
    active = claim_one(queue, worker)
    with pytest.raises(ShantyError, match="is active"):
        queue.by_hand.retry(active.id)
    with database.begin() as tx:
        queue.items.complete(tx, active, next_stage=None)
    with pytest.raises(ShantyError, match="is completed"):
        queue.by_hand.retry(active.id)
    # The track has no live item, but it has moved on since.
    with pytest.raises(ShantyError, match=rf"moved on since, to q{live} \(download, completed"):
        queue.by_hand.retry(failed)
    assert queue.overview.get(failed).status is Status.FAILED
    latest = fail_one(queue, database, worker, first)
    assert queue.by_hand.retry(latest) == 1
    assert second


def test_retry_by_stage_and_status(
    queue: WorkQueue, database: Database, worker: str, clock: Clock
) -> None:
    ids = add_tracks(database, 5)
    failed = [fail_one(queue, database, worker, track_id) for track_id in ids[:2]]
    tag = fail_one(queue, database, worker, ids[2], Stage.TAG)
    waiting = enqueue(queue, database, ids[3], run_after=clock.now + timedelta(hours=1))
    cancelled = enqueue(queue, database, ids[4])
    queue.by_hand.cancel(cancelled)

    def due() -> set[int]:
        return {item.id for item in queue.overview.list_items(status="pending")}

    assert queue.by_hand.retry(stage=Stage.TAG) == 1
    assert due() == {tag}
    assert queue.by_hand.retry(status="waiting") == 1
    assert due() == {tag, waiting}
    with database.begin() as tx:
        assert sorted(queue.by_hand.retry_within(tx)) == ids[:2]
    assert due() == {tag, waiting, *failed}
    assert queue.by_hand.retry(status="cancelled") == 1
    assert due() == {tag, waiting, cancelled, *failed}


def test_retry_by_status_takes_the_latest_item_of_a_track_only(
    queue: WorkQueue, database: Database, worker: str
) -> None:
    moved_on, failed_twice, under_way = add_tracks(database, 3)
    fail_one(queue, database, worker, moved_on, Stage.INDEX)
    live = [enqueue(queue, database, track_id) for track_id in (moved_on, under_way)]
    queue.by_hand.pause(Stage.DOWNLOAD)
    fail_one(queue, database, worker, under_way, Stage.INDEX)  # older, but live: it goes on
    fail_one(queue, database, worker, failed_twice, Stage.INDEX)
    latest = fail_one(queue, database, worker, failed_twice, Stage.TAG)
    assert queue.by_hand.retry(status="failed") == 1
    assert {item.id for item in queue.overview.list_items(status="pending")} == {*live, latest}


def test_cancel_ends_live_items_and_their_owner_finds_out(
    queue: WorkQueue, database: Database, worker: str, clock: Clock
) -> None:
    ids = add_tracks(database, 3)
    for track_id in ids:
        enqueue(queue, database, track_id)
    active = claim_one(queue, worker)
    assert queue.by_hand.cancel(active.id) == 1
    ended = queue.overview.get(active.id)
    assert (ended.status, ended.lease_owner, ended.completed_at) == (
        Status.CANCELLED,
        None,
        clock.now,
    )
    with pytest.raises(LeaseLostError), database.begin() as tx:
        queue.items.complete(tx, active, next_stage=Stage.INDEX)
    assert queue.overview.list_items(Stage.INDEX) == []
    with pytest.raises(ShantyError, match="is cancelled already"):
        queue.by_hand.cancel(active.id)
    with pytest.raises(NotFoundError):
        queue.by_hand.cancel(999)
    with pytest.raises(ShantyError, match="say which"):
        queue.by_hand.cancel()
    with database.begin() as tx:
        assert sorted(queue.by_hand.cancel_within(tx, stage=Stage.DOWNLOAD)) == ids[1:]
    assert queue.by_hand.cancel(status="pending") == 0


def test_cancelling_by_status_takes_the_items_listed_by_it(
    queue: WorkQueue, database: Database, clock: Clock
) -> None:
    due, waiting = add_tracks(database, 2)
    enqueue(queue, database, due)
    waiting_item = enqueue(queue, database, waiting, run_after=clock.now + timedelta(hours=1))
    for status, track_id in (("pending", due), ("waiting", waiting)):
        assert [item.track_id for item in queue.overview.list_items(status=status)] == [track_id]
        with database.begin() as tx:
            assert queue.by_hand.cancel_within(tx, status=status) == [track_id]
    queue.by_hand.retry(waiting_item)
    clock.advance(-1)
    assert queue.by_hand.cancel(stage=Stage.DOWNLOAD) == 1, (
        "without a status, waiting ones are meant too"
    )


def test_pause_and_resume(queue: WorkQueue, database: Database, worker: str) -> None:
    first, second = add_tracks(database, 2)
    enqueue(queue, database, first, Stage.TAG)
    enqueue(queue, database, second, Stage.DOWNLOAD)
    queue.by_hand.pause(Stage.DOWNLOAD)
    queue.by_hand.pause(Stage.DOWNLOAD)  # twice is once
    assert queue.by_hand.paused() == {Stage.DOWNLOAD}
    assert [item.stage for item in queue.items.claim(worker, 9)] == [Stage.TAG]
    assert queue.overview.next_due_at() is None
    queue.by_hand.pause()
    assert queue.by_hand.paused() == set(Stage)
    queue.by_hand.resume(Stage.TAG)
    assert queue.by_hand.paused() == set(Stage) - {Stage.TAG}
    queue.by_hand.resume()
    assert queue.by_hand.paused() == set()
    assert [item.stage for item in queue.items.claim(worker, 9)] == [Stage.DOWNLOAD]


def test_counts_lists_and_next_due_time(
    queue: WorkQueue, database: Database, worker: str, clock: Clock
) -> None:
    zero = {"pending": 0, "waiting": 0, "active": 0, "completed": 0, "failed": 0}
    assert queue.overview.counts() == dict.fromkeys(Stage, zero)
    assert queue.overview.next_due_at() is None
    assert queue.overview.list_items() == []
    ids = add_tracks(database, 6)
    failed = fail_one(queue, database, worker, ids[0])
    for track_id in ids[1:3]:
        enqueue(queue, database, track_id)
    done, active = queue.items.claim(worker, 2)
    clock.advance(1)
    with database.begin() as tx:
        following = queue.items.complete(tx, done, next_stage=Stage.INDEX)
    assert following is not None
    due = enqueue(queue, database, ids[3])
    later = clock.now + timedelta(seconds=30)
    waiting = enqueue(queue, database, ids[4], run_after=later)
    cancelled = enqueue(queue, database, ids[5])
    queue.by_hand.cancel(cancelled)
    counts = queue.overview.counts()
    assert counts[Stage.DOWNLOAD] == dict.fromkeys(zero, 1)
    assert counts[Stage.INDEX] == zero | {"active": 1}
    assert counts[Stage.ENRICH] == zero
    assert queue.overview.next_due_at() == clock.now
    queue.by_hand.cancel(due)
    assert queue.overview.next_due_at() == later

    def listed(status: str | None = None, stage: Stage | None = None) -> list[int]:
        return [item.id for item in queue.overview.list_items(stage, status)]

    assert listed("waiting") == [waiting]
    assert listed("pending") == []
    assert listed("failed") == [failed]
    assert listed("active", Stage.INDEX) == [following.id]
    assert listed()[:2] == [following.id, active.id]
    assert listed()[-1] == failed, "it ended before all others"
    assert len(queue.overview.list_items(limit=3)) == 3
