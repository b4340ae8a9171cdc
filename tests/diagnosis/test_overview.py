"""How things stand: counts that are true, and a sentence for whatever holds the work up."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from shanty.catalog import Catalog
from shanty.clock import utc_now
from shanty.config.settings import Settings, load_settings
from shanty.db import Database
from shanty.diagnosis.overview import WorkOverview, count_work, read_overview
from shanty.models import Progress, Stage, TrackStatus
from shanty.sources.circuits import Circuits
from shanty.workqueue import WorkQueue
from tests.world.databases import add_tracks, enqueue


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(home=tmp_path / "home", library={"path": tmp_path / "library"})


@pytest.fixture
def queue(database: Database) -> WorkQueue:
    return WorkQueue(database)


def test_active_never_exceeds_the_pool(
    settings: Settings, database: Database, queue: WorkQueue
) -> None:
    for track_id in add_tracks(database, 7):
        enqueue(queue, database, track_id)
    queue.items.claim(queue.workers.register(), 6)
    found = read_overview(settings, database, queue)
    assert found.counts[Stage.DOWNLOAD]["active"] == settings.workers_of(Stage.DOWNLOAD) == 4
    assert found.counts[Stage.DOWNLOAD]["pending"] == 3
    assert len(found.underway) == 4
    narrow = load_settings(home=settings.home, workers={"download": 1})
    assert count_work(narrow, database, queue)[Stage.DOWNLOAD]["active"] == 1


def test_what_a_dead_process_has_left_is_said(
    settings: Settings, database: Database, queue: WorkQueue
) -> None:
    for track_id in add_tracks(database, 3):
        enqueue(queue, database, track_id)
    worker = queue.workers.register()
    queue.items.claim(worker, 2)
    queue.workers.unregister(worker)
    found = read_overview(settings, database, queue)
    assert found.died == 2
    assert found.underway == ()
    assert found.counts[Stage.DOWNLOAD]["active"] == 0
    assert found.counts[Stage.DOWNLOAD]["pending"] == 3
    assert (
        "2 were under way when their process died; the next run takes them up" in found.hindrances
    )


def hold_up(settings: Settings, database: Database, queue: WorkQueue, how: str) -> Settings:
    if how == "paused":
        queue.by_hand.pause(Stage.DOWNLOAD)
    elif how == "source":
        Circuits(database).open("youtube", "asked to wait")
    else:
        now = utc_now().astimezone()
        hours = f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=1):%H:%M}"
        return load_settings(home=settings.home, download={"quiet_hours": hours})
    return settings


@pytest.mark.parametrize(
    ("how", "sentence", "why"),
    [
        ("paused", "paused: download", "download is paused"),
        ("source", "youtube: paused until", "waits for youtube until"),
        ("quiet hours", "quiet hours", "quiet hours until"),
    ],
)
def test_whatever_holds_downloads_up_is_named_with_each_that_waits(
    settings: Settings, database: Database, queue: WorkQueue, how: str, sentence: str, why: str
) -> None:
    add_tracks(database, 20)
    with database.begin() as tx:
        queue.items.enqueue_wanted(tx, source="youtube")
    before = read_overview(settings, database, queue)
    assert (before.hindrances, before.held) == ((), ())
    assert before.estimate is not None
    assert not before.estimate.is_held
    settings = hold_up(settings, database, queue, how)
    found = read_overview(settings, database, queue)
    assert any(line.startswith(sentence) for line in found.hindrances), found.hindrances
    assert len(found.held) == 12
    assert found.held_more == 8
    assert {one.wait.describe()[: len(why)] for one in found.held} == {why}
    assert found.estimate is not None
    assert found.estimate.is_held


def test_what_has_come_but_cannot_be_filed_holds_the_rest_up_too(
    settings: Settings, database: Database, queue: WorkQueue
) -> None:
    stuck, free = add_tracks(database, 2)
    enqueue(queue, database, stuck, Stage.ORGANIZE)
    download = enqueue(queue, database, free)
    queue.by_hand.pause(Stage.ORGANIZE)
    found = read_overview(settings, database, queue).estimate
    assert found is not None
    assert not found.is_held
    queue.by_hand.cancel(download)
    found = read_overview(settings, database, queue).estimate
    assert found is not None
    assert found.is_held


def test_a_download_that_waits_for_its_turn_says_so(
    settings: Settings, database: Database, queue: WorkQueue
) -> None:
    waiting, loading = add_tracks(database, 2)
    enqueue(queue, database, waiting)
    enqueue(queue, database, loading)
    first, second = queue.items.claim(queue.workers.register(), 2)
    queue.progress.note(first, Progress(0, slot_at=utc_now() + timedelta(seconds=19.9)))
    queue.progress.note(second, Progress(10, 20, 5.0))
    one, other = read_overview(settings, database, queue).underway
    assert re.fullmatch(r"its turn in 1\d s", one.turn)
    assert other.turn == ""
    queue.progress.note(first, Progress(5, 20, 5.0))
    assert read_overview(settings, database, queue).underway[0].turn == "", "it has begun"


def test_what_needs_a_person_is_counted_in_words(
    settings: Settings, database: Database, queue: WorkQueue
) -> None:
    asked, failed, other = add_tracks(database, 3)
    assert needs(read_overview(settings, database, queue)) == []
    catalog = Catalog(database)
    with database.begin() as tx:
        catalog.tracks.set_status(tx, asked, TrackStatus.NEEDS_REVIEW)
        catalog.tracks.set_status(tx, failed, TrackStatus.FAILED)
        catalog.tracks.set_status(tx, other, TrackStatus.FAILED)
    assert needs(read_overview(settings, database, queue)) == [
        "1 track waits for your decision: `shanty review ls`",
        "2 tracks have failed: `shanty tracks ls --status failed`",
    ]


def needs(overview: WorkOverview) -> list[str]:
    return [line for line in overview.needs if not line.startswith("cookies")]
