"""Workers and their leases: which are alive or dead, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import insert, select

from shanty.db import Database
from shanty.db.tables import workers
from shanty.errors import DatabaseError, LeaseLostError
from shanty.host_identity import identify_host
from shanty.models import Stage, Status, WorkItem
from shanty.workqueue import DeadWorker, Lease, RescueReport, WorkQueue
from shanty.workqueue.workers import _process_started_at
from tests.world.databases import Clock, add_tracks, claim_one, enqueue

HERE, ELSEWHERE = identify_host(), "elsewhere"


def row_of_a_worker(worker_id: str, now: datetime) -> dict[str, object]:
    """One that works here, on a process that lives: that of the test."""
    return {
        "id": worker_id,
        "flow_run_id": None,
        "job": "pipeline",
        "host": HERE,
        "home": "",
        "pid": os.getpid(),
        "process_started_at": _process_started_at(os.getpid()),
        "started_at": now,
        "heartbeat_at": now,
        "heartbeat_monotonic": time.monotonic(),
    }


def change_worker(database: Database, worker_id: str, **values: object) -> None:
    with database.begin() as tx:
        tx.execute(workers.update().where(workers.c.id == worker_id).values(values))


def test_a_worker_lives_from_register_to_unregister(queue: WorkQueue, clock: Clock) -> None:
    worker_id = queue.workers.register("run-1", "monitor")
    [live] = queue.workers.list_live()
    assert (live.worker_id, live.flow_run_id, live.job) == (worker_id, "run-1", "monitor")
    assert (live.pid, live.host) == (os.getpid(), HERE)
    clock.advance(31)
    assert queue.workers.list_live() == []
    queue.workers.heartbeat(worker_id)
    assert queue.workers.list_live()[0].heartbeat_at == clock.now
    queue.workers.unregister(worker_id)
    assert queue.workers.list_live() == []
    with pytest.raises(LeaseLostError, match="taken for dead"):
        queue.workers.heartbeat(worker_id)


def test_the_later_of_two_workers_on_a_job_finds_the_earlier_one(
    queue: WorkQueue, database: Database, clock: Clock
) -> None:
    first = queue.workers.register("run-1", "pipeline")
    monitor = queue.workers.register("run-2", "monitor")
    clock.advance(1)
    second = queue.workers.register("run-3", "pipeline")
    assert queue.workers.other_on_this_host(first, "pipeline") is None
    assert queue.workers.other_on_this_host(monitor, "monitor") is None
    other = queue.workers.other_on_this_host(second, "pipeline")
    assert other is not None
    assert other.worker_id == first
    change_worker(database, first, host=ELSEWHERE)
    assert len(queue.workers.list_live()) == 3
    assert queue.workers.other_on_this_host(second, "pipeline") is None


def test_whoever_waits_to_register_is_the_later_one(database: Database, clock: Clock) -> None:
    """If its time were from before the wait, it would think itself the first, as the other does."""
    asked = threading.Event()

    def tell_time() -> datetime:
        asked.set()
        return clock.now

    queue = WorkQueue(database, clock=tell_time)
    with ThreadPoolExecutor(1) as waiting:
        with database.begin() as tx:
            tx.execute(insert(workers).values(row_of_a_worker("first", clock.now)))
            later = waiting.submit(queue.workers.register, "run-2", "pipeline")
            assert not asked.wait(0.3), "its time is taken before the other has registered"
            clock.advance(1)
        other = queue.workers.other_on_this_host(later.result(10), "pipeline")
    assert other is not None
    assert other.worker_id == "first"


@pytest.mark.parametrize(
    ("host", "age_seconds", "process", "is_dead"),
    [
        (HERE, 30, "running", False),
        (HERE, 31, "running", True),
        (HERE, 0, "gone", True),
        (HERE, 0, "reused pid", True),
        (HERE, -3600, "running", False),  # the clock was set back
        (HERE, -3600, "gone", True),
        (HERE, 3600, "running, clock set", False),  # forward, or the machine slept
        (ELSEWHERE, 30, "gone", False),  # its pid means nothing here
        (ELSEWHERE, 31, "gone", True),
        (ELSEWHERE, -30, "gone", False),
        (ELSEWHERE, -3600, "gone", True),  # must not be immortal
    ],
)
def test_which_workers_count_as_dead(
    queue: WorkQueue,
    database: Database,
    clock: Clock,
    worker: str,
    item: WorkItem,
    host: str,
    age_seconds: float,
    process: str,
    is_dead: bool,
) -> None:
    change_worker(database, worker, host=host)
    if process == "gone":
        ended = subprocess.Popen([sys.executable, "-c", ""])
        ended.wait()
        change_worker(database, worker, pid=ended.pid)
    elif process == "reused pid":
        change_worker(database, worker, process_started_at=1.0)
    if process == "running, clock set" or age_seconds < 0:
        clock.set_by(age_seconds)
    else:
        clock.advance(age_seconds)
    report = queue.upkeep.rescue()
    after = queue.overview.get(item.id)
    if is_dead:
        assert report == RescueReport(1, (DeadWorker(worker, "flow-run"),), ())
        assert (after.status, after.stage, after.payload) == (
            Status.PENDING,
            Stage.TAG,
            {"path": "x"},
        )
        assert (after.attempt, after.lease_owner, after.run_after) == (1, None, clock.now)
        assert claim_one(queue, queue.workers.register()).attempt == 2
    else:
        assert report == RescueReport(0, (), ())
        assert after == item


def test_a_lease_registers_beats_and_gives_back(
    queue: WorkQueue, database: Database, clock: Clock
) -> None:
    [track_id] = add_tracks(database, 1)
    item_id = enqueue(queue, database, track_id)
    with pytest.raises(KeyboardInterrupt), Lease(queue, "run-7", beat_seconds=0.02) as lease:
        assert queue.workers.list_live()[0].flow_run_id == "run-7"
        assert claim_one(queue, lease.worker_id).id == item_id
        clock.advance(60)
        wait_until(lambda: queue.workers.list_live() != [])
        assert not lease.is_lost
        raise KeyboardInterrupt
    assert queue.workers.list_live() == []
    back = queue.overview.get(item_id)
    assert (back.status, back.attempt, back.lease_owner) == (Status.PENDING, 0, None)
    with database.read() as connection:
        assert connection.execute(select(workers)).all() == []


def test_a_lease_notices_that_it_was_taken_for_dead(queue: WorkQueue, clock: Clock) -> None:
    with Lease(queue, beat_seconds=0.02) as lease:
        queue.workers.unregister(lease.worker_id)
        wait_until(lambda: lease.is_lost)


def test_a_lease_goes_on_beating_after_a_failure(
    queue: WorkQueue, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([DatabaseError("gone"), RuntimeError("a bug")])
    beat = queue.workers.heartbeat

    def fail_twice(worker_id: str) -> None:
        error = next(failures, None)
        if error is not None:
            raise error
        beat(worker_id)

    monkeypatch.setattr(queue.workers, "heartbeat", fail_twice)
    with Lease(queue, beat_seconds=0.02):
        clock.advance(60)
        wait_until(lambda: queue.workers.list_live() != [])


def wait_until(condition: object, seconds: float = 20.0) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
