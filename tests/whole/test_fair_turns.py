"""Which track comes next: artists take turns, and a track that a person wants now goes first."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import select

from shanty.db import Database
from shanty.db.tables import artist_groups, artists, release_groups, releases, tracks
from shanty.models import Priority, Stage, Status, TrackStatus, WorkItem
from shanty.workqueue import WorkQueue
from tests.world.crash_world import ROOT, crash_world
from tests.world.databases import Clock, add_tracks, enqueue

pytestmark = pytest.mark.takes(seconds=20)

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def want(
    database: Database,
    artist: str,
    count: int,
    *,
    priority: int = Priority.BACK_CATALOGUE,
    release: str = "r",
    label: str = "",
) -> None:
    """Add wanted tracks of an artist; ``label`` tells them from the artist's other tracks."""
    with database.begin() as tx:
        if tx.execute(select(releases.c.key).where(releases.c.key == release)).first() is None:
            row = {"key": release, "release_group_mbid": release, "document": {}}
            tx.execute(releases.insert(), row | {"fetched_at": NOW})
        number = len(tx.execute(tracks.select()).all())
        rows = [
            {
                "recording_mbid": f"recording-{number + one}",
                "release_key": release,
                "release_track_mbid": "",
                "title": f"{label or artist} {one + 1}",
                "artist": artist,
                "album": "Album",
                "status": TrackStatus.WANTED,
                "priority": priority,
                "created_at": NOW,
                "updated_at": NOW,
            }
            for one in range(count)
        ]
        tx.execute(tracks.insert(), rows)


def sync(queue: WorkQueue, database: Database) -> int:
    with database.begin() as tx:
        return queue.items.enqueue_wanted(tx)


def claim_titles(queue: WorkQueue, worker: str, number: int) -> list[str]:
    items = queue.items.claim(worker, number)
    return [item.label.partition(" – ")[2] for item in items]


def test_one_song_is_not_buried_by_a_discography(
    queue: WorkQueue, database: Database, worker: str
) -> None:
    want(database, "Prolific", 4000)
    assert sync(queue, database) == 4000
    assert claim_titles(queue, worker, 3) == ["Prolific 1", "Prolific 2", "Prolific 3"]
    want(database, "Rare", 1)
    want(database, "Seldom", 2)
    assert sync(queue, database) == 3
    assert claim_titles(queue, worker, 5) == [
        "Prolific 4",
        "Rare 1",
        "Seldom 1",
        "Prolific 5",
        "Seldom 2",
    ]
    assert claim_titles(queue, worker, 2) == ["Prolific 6", "Prolific 7"]


def test_artists_take_turns(queue: WorkQueue, database: Database, worker: str) -> None:
    for artist in ("A", "B", "C"):
        want(database, artist, 40)
    sync(queue, database)
    for _ in range(10):
        taken = claim_titles(queue, worker, 3)
        assert {title[0] for title in taken} == {"A", "B", "C"}


def test_an_artist_with_more_tracks_does_not_get_more_turns(
    queue: WorkQueue, database: Database, worker: str
) -> None:
    """Tracks that wait already count, and an artist does not make up for turns that have passed."""
    want(database, "A", 10)
    want(database, "B", 10)
    sync(queue, database)
    claim_titles(queue, worker, 6)
    want(database, "A", 20, label="A more")
    want(database, "C", 10)
    sync(queue, database)
    taken = claim_titles(queue, worker, 21)
    assert Counter(title[0] for title in taken) == {"A": 7, "B": 7, "C": 7}


def test_later_in_the_same_way_on_an_empty_queue(
    queue: WorkQueue, database: Database, worker: str
) -> None:
    want(database, "A", 3)
    sync(queue, database)
    claim_titles(queue, worker, 3)
    want(database, "A", 2, label="A more")
    want(database, "B", 2)
    sync(queue, database)
    assert claim_titles(queue, worker, 9) == ["A more 1", "B 1", "A more 2", "B 2"]


def test_priority_goes_before_turns(queue: WorkQueue, database: Database, worker: str) -> None:
    want(database, "A", 5)
    want(database, "B", 5, priority=Priority.NEW_RELEASE)
    sync(queue, database)
    assert claim_titles(queue, worker, 6) == ["B 1", "B 2", "B 3", "B 4", "B 5", "A 1"]


def test_a_guest_does_not_count_as_another_artist(
    queue: WorkQueue, database: Database, worker: str
) -> None:
    """A discography belongs to one artist, whatever guests its tracks name."""
    with database.begin() as tx:
        artist = {"mbid": "a", "name": "A", "document": {}, "fetched_at": NOW}
        tx.execute(artists.insert(), artist)
        group = {"mbid": "album", "title": "", "first_release_date": "", "document": {}}
        tx.execute(release_groups.insert(), group | {"seen_at": NOW})
        tie = {"artist_mbid": "a", "group_mbid": "album", "listed_at": NOW}
        tx.execute(artist_groups.insert(), tie)
    want(database, "A", 1, release="album")
    want(database, "A feat. X", 1, release="album")
    want(database, "A feat. Y", 1, release="album")
    want(database, "B", 2)
    sync(queue, database)
    assert claim_titles(queue, worker, 5) == ["A 1", "B 1", "A feat. X 1", "B 2", "A feat. Y 1"]


def test_a_retry_now_is_the_next(queue: WorkQueue, database: Database, worker: str) -> None:
    want(database, "A", 2000)
    sync(queue, database)
    last = queue.overview.list_items(limit=2000)[-1]
    queue.by_hand.retry(last.id, now=True)
    assert queue.items.claim(worker, 1)[0].id == last.id


def test_only_urgent_items_are_claimed(queue: WorkQueue, database: Database, worker: str) -> None:
    want(database, "A", 3)
    sync(queue, database)
    assert queue.items.claim(worker, 5, stages=[Stage.DOWNLOAD], urgent_only=True) == []
    queue.by_hand.retry(queue.overview.list_items()[2].id, now=True)
    (item,) = queue.items.claim(worker, 5, stages=[Stage.DOWNLOAD], urgent_only=True)
    assert item.is_urgent


def test_a_paused_source_is_no_way_around(
    queue: WorkQueue, database: Database, worker: str, clock: Clock
) -> None:
    from shanty.sources.circuits import Circuits

    circuits = Circuits(database, clock=clock)
    want(database, "A", 3)
    with database.begin() as tx:
        queue.items.enqueue_wanted(tx, source="site")
    circuits.open("site", "slow down")
    queue.by_hand.retry(queue.overview.list_items()[0].id, now=True)
    assert queue.items.claim(worker, 5) == []
    assert queue.items.claim(worker, 5, urgent_only=True) == []
    assert queue.overview.count_held() == {"site": 3}
    clock.advance(3600)
    assert len(queue.items.claim(worker, 5)) == 3


PROCESS = """
import sys
from shanty.db import open_database
from shanty.workqueue import WorkQueue
database = open_database(sys.argv[1])
with database.begin() as tx:
    print(WorkQueue(database).items.enqueue_wanted(tx, source="site"))
"""


def test_two_processes_enqueue_each_track_once(database: Database, database_url: str) -> None:
    for artist in "ABCDE":
        want(database, artist, 100)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, database_url],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    queued = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert sum(queued) == 500
    assert len(WorkQueue(database).overview.list_items()) == 500


# --- a forced track under a backlog --------------------------------------------------------------


class FullRunner:
    """A task runner whose pools are full."""

    def __init__(self, backlog: int):
        self.jobs = backlog

    def backlog(self, _: str) -> int:
        return self.jobs


def test_the_full_window_takes_urgent_items(
    queue: WorkQueue, database: Database, worker: str
) -> None:
    from flows.runs.window import Window

    want(database, "A", 2000)
    sync(queue, database)
    settings = SimpleNamespace(
        workers_of=lambda _: 4, download=SimpleNamespace(quiet_hours=None), stages=tuple(Stage)
    )
    services: Any = SimpleNamespace(queue=queue, settings=settings)
    lease: Any = SimpleNamespace(worker_id=worker, is_lost=False)
    window = Window(services, cast(Any, FullRunner(5)), lease)
    assert window._claim(None) == []
    queue.by_hand.retry(queue.overview.list_items(limit=2000)[-1].id, now=True)
    window._next_urgent_at = 0.0
    (item,) = window._claim(None)
    assert item.is_urgent
    queue.by_hand.retry(queue.overview.list_items(limit=2000)[-1].id, now=True)
    assert window._claim(None) == [], "looked again at once"
    window._next_urgent_at = 0.0
    assert window._claim(0) == []
    # Even if much is urgent, not all of it is claimed at once.
    assert Window(services, cast(Any, FullRunner(9)), lease)._claim(None) == []


def test_in_quiet_hours_the_window_claims_no_download(
    queue: WorkQueue, database: Database, worker: str
) -> None:
    from flows.runs.window import Window

    track_ids = add_tracks(database, 2)
    enqueue(queue, database, track_ids[0])
    enqueue(queue, database, track_ids[1], Stage.TAG)
    quiet_hours = SimpleNamespace(until=lambda _: NOW)
    settings = SimpleNamespace(
        workers_of=lambda _: 4,
        download=SimpleNamespace(quiet_hours=quiet_hours),
        stages=tuple(Stage),
    )
    services: Any = SimpleNamespace(queue=queue, settings=settings)
    lease: Any = SimpleNamespace(worker_id=worker, is_lost=False)
    window = Window(services, cast(Any, FullRunner(0)), lease)
    assert [item.stage for item in window._claim(None)] == [Stage.TAG]
    assert queue.overview.next_due_at(but=[Stage.DOWNLOAD]) is None
    assert queue.overview.next_due_at() is not None


def test_urgent_jobs_go_before_ready_ones() -> None:
    import threading

    from tasks.stage_pool import StagePool

    order: list[str] = []
    may_go, has_begun = threading.Event(), threading.Event()
    all_done = threading.Semaphore(0)

    def run(job: Any) -> Any:
        has_begun.set()
        assert may_go.wait(20)
        order.append(job)
        return None

    pool = StagePool("download", 1, run, lambda _job, _state: all_done.release())
    pool.put(cast(Any, "running"))
    assert has_begun.wait(20)
    pool.put(cast(Any, "spare"))
    pool.put(cast(Any, "forced first"), is_urgent=True)
    pool.put(cast(Any, "forced second"), is_urgent=True)
    assert pool.backlog == 4
    may_go.set()
    for _ in range(4):
        assert all_done.acquire(timeout=20)
    assert order == ["running", "forced first", "forced second", "spare"]
    pool.close()


def begun_downloads(log: Path) -> Sequence[int]:
    lines = log.read_text().splitlines() if log.exists() else []
    return [int(line.split()[0]) for line in lines if line.split()[1] == "download"]


@pytest.mark.proof
def test_a_forced_track_begins_within_one_downloads_time(
    prefect_server: str, tmp_path: Path
) -> None:
    """This is the real pipeline; its one thread is busy, and the next item is claimed already."""
    workers, log = 1, tmp_path / "begun.log"
    with crash_world(
        tmp_path / "forced",
        f"sqlite:///{tmp_path / 'forced.db'}",
        prefect_server,
        tracks=6,
        download_seconds=1.5,
    ) as crashing:
        process = crashing.start(SHANTY_TEST_LOG=str(log), SHANTY_WORKERS__DOWNLOAD=str(workers))
        queue = WorkQueue(crashing.database)
        while len(begun_downloads(log)) < workers and process.returncode is None:
            pass
        forced: WorkItem = queue.overview.list_items(stage=Stage.DOWNLOAD, status=Status.PENDING)[
            -1
        ]
        queue.by_hand.retry(forced.id, now=True)
        before = len(begun_downloads(log))
        assert process.wait(timeout=180) == 0, process.output
        place = begun_downloads(log).index(forced.id)
        assert place == before, begun_downloads(log)
        crashing.check()
