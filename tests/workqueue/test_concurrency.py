"""Many workers on one queue: claims stay disjoint, and a kill neither loses nor doubles work."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shanty.db import Database, open_database
from shanty.models import Stage, Status
from shanty.workqueue import WorkQueue
from tests.world.databases import add_tracks, claim_one, enqueue

REPOSITORY = Path(__file__).parent.parent.parent

# Claims until nothing is left, handing some on, in several threads. Each has claimed something
# before it goes on, so that no process can have done everything before the other began.
DRAIN = """
import json, sys, threading
from shanty.db import open_database
from shanty.models import Stage
from shanty.workqueue import WorkQueue

database = open_database(sys.argv[1])
queue = WorkQueue(database)
claimed = []
threads = int(sys.argv[2])
all_have_claimed = threading.Barrier(threads + 1)
go_on = threading.Event()

def drain():
    worker = queue.workers.register()
    items = queue.items.claim(worker, 3)
    all_have_claimed.wait()
    go_on.wait()
    while items:
        for item in items:
            claimed.append(item.id)
            with database.begin() as tx:
                following = queue.items.complete(tx, item, next_stage=Stage.INDEX)
            claimed.append(following.id)
            with database.begin() as tx:
                queue.items.complete(tx, following, next_stage=None)
        items = queue.items.claim(worker, 3)

running = [threading.Thread(target=drain) for _ in range(threads)]
for thread in running: thread.start()
all_have_claimed.wait()
print("claimed", flush=True)
sys.stdin.readline()
go_on.set()
for thread in running: thread.join()
print(json.dumps(claimed))
"""


@contextmanager
def process(program: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start a process and wait for its first line."""
    started = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )
    try:
        assert started.stdout is not None
        assert started.stdout.readline()
        yield started
    finally:
        started.kill()
        started.communicate()


def enqueue_many(database: Database, count: int) -> None:
    add_tracks(database, count)
    with database.begin() as tx:
        assert WorkQueue(database).items.enqueue_wanted(tx) == count


def assert_all_done_once(database: Database, claimed: list[int], tracks: int) -> None:
    assert [number for number in Counter(claimed).values() if number != 1] == []
    items = WorkQueue(database).overview.list_items()
    assert {item.id for item in items} == set(claimed)
    assert {(item.status, item.attempt) for item in items} == {(Status.COMPLETED, 1)}
    assert len(items) == 2 * tracks


def test_claims_of_eight_threads_are_disjoint(database: Database) -> None:
    enqueue_many(database, 100)
    queue = WorkQueue(database)
    claimed: list[int] = []
    errors: list[BaseException] = []
    together = threading.Barrier(8)

    def drain() -> None:
        try:
            worker = queue.workers.register()
            together.wait()
            while items := queue.items.claim(worker, 2):
                for item in items:
                    with database.begin() as tx:
                        following = queue.items.complete(tx, item, next_stage=Stage.INDEX)
                    assert following is not None
                    claimed.extend((item.id, following.id))
                    with database.begin() as tx:
                        queue.items.complete(tx, following, next_stage=None)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=drain) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert_all_done_once(database, claimed, 100)


def test_claims_of_two_processes_are_disjoint(database: Database, database_url: str) -> None:
    enqueue_many(database, 100)
    with process(DRAIN, database_url, "4") as one, process(DRAIN, database_url, "4") as two:
        # Both have claimed, in whatever order; from here on they compete.
        for started in (one, two):
            assert started.stdin is not None
            started.stdin.write("\n")
            started.stdin.flush()
        shares = [json.loads(started.communicate(timeout=60)[0]) for started in (one, two)]
    assert all(shares), "one process did everything: nothing was shown"
    assert_all_done_once(database, shares[0] + shares[1], 100)


# Completes an item and stops at the given point, to be killed there.
STOP = """
import sys, time
from shanty.db import open_database
from shanty.models import Stage
from shanty.workqueue import WorkQueue

def stop():
    print("there", flush=True)
    time.sleep(60)

database = open_database(sys.argv[1])
queue = WorkQueue(database)
[item] = queue.items.claim(queue.workers.register("run-of-the-killed"), 1)
if sys.argv[2] == "claimed": stop()
with database.begin() as tx:
    queue.items.complete(tx, item, next_stage=Stage.INDEX)
    if sys.argv[2] == "uncommitted": stop()
stop()
"""


@pytest.mark.parametrize("point", ["claimed", "uncommitted", "committed"])
def test_a_killed_process_loses_and_doubles_nothing(
    database: Database, database_url: str, point: str
) -> None:
    [track_id] = add_tracks(database, 1)
    queue = WorkQueue(database)
    first = enqueue(queue, database, track_id)
    with process(STOP, database_url, point):
        pass  # killed at once: SIGKILL
    report = queue.upkeep.rescue()  # no waiting: the process was on this host and is gone
    assert report.items == 1
    assert [dead.flow_run_id for dead in report.workers] == ["run-of-the-killed"]
    items = {item.stage: item for item in queue.overview.list_items()}
    reached = Stage.INDEX if point == "committed" else Stage.DOWNLOAD
    assert set(items) == {Stage.DOWNLOAD, reached}
    assert items[reached].status is Status.PENDING
    assert items[reached].attempt == 1  # a crash costs one
    if point == "committed":
        assert items[Stage.DOWNLOAD].status is Status.COMPLETED
    assert items[Stage.DOWNLOAD].id == first
    assert claim_one(queue, queue.workers.register()).stage is reached


def test_work_goes_on_while_another_connection_reads(database: Database, database_url: str) -> None:
    enqueue_many(database, 5)
    queue = WorkQueue(database)
    reader = open_database(database_url)
    with reader.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM work_queue").scalar() == 5
        assert len(queue.items.claim(queue.workers.register(), 5)) == 5
    reader.dispose()
