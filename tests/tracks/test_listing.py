"""The list of tracks: one state and one reason for each, whatever holds it up."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from shanty.catalog import Catalog
from shanty.clock import utc_now
from shanty.config.settings import Settings, load_settings
from shanty.db import Database
from shanty.errors import NotFoundError
from shanty.models import Stage, TrackStatus
from shanty.sources.circuits import Circuits
from shanty.tracks.listing import ListedTrack, TrackState, list_tracks
from shanty.tracks.waits import WaitKind, Waits
from shanty.workqueue import WorkQueue
from tests.world.databases import add_tracks, enqueue


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(home=tmp_path / "home", library={"path": tmp_path / "library"})


@pytest.fixture
def queue(database: Database) -> WorkQueue:
    return WorkQueue(database)


def listed(settings: Settings, database: Database, queue: WorkQueue) -> dict[int, ListedTrack]:
    return {one.track.id: one for one in list_tracks(settings, database, queue)}


def set_status(database: Database, track_id: int, status: TrackStatus, reason: str = "") -> None:
    with database.begin() as tx:
        Catalog(database).tracks.set_status(tx, track_id, status, reason)


def test_every_status_of_a_track_has_its_state() -> None:
    assert {one.value for one in TrackStatus} < {one.value for one in TrackState}


def test_a_track_tells_its_state_and_the_next_step(
    settings: Settings, database: Database, queue: WorkQueue
) -> None:
    wanted, due, later, failed, asked, removed, gone = add_tracks(database, 7)
    enqueue(queue, database, due)
    enqueue(queue, database, later, run_after=utc_now() + timedelta(hours=3, seconds=5))
    set_status(database, failed, TrackStatus.FAILED, "nothing is like it")
    set_status(database, asked, TrackStatus.NEEDS_REVIEW, "the best is unsure")
    set_status(database, removed, TrackStatus.REMOVED)
    set_status(database, gone, TrackStatus.WITHDRAWN)
    found = listed(settings, database, queue)
    assert {number: (one.state, one.why) for number, one in found.items()} == {
        wanted: (TrackState.WANTED, "the next run takes it up"),
        due: (TrackState.WANTED, "the next run takes it up"),
        later: (TrackState.WAITING, "in 3 h"),
        failed: (TrackState.FAILED, "nothing is like it"),
        asked: (TrackState.NEEDS_REVIEW, "the best is unsure"),
        removed: (TrackState.REMOVED, ""),
    }
    by_state = {
        state: [one.track.id for one in list_tracks(settings, database, queue, state=state)]
        for state in TrackState
    }
    assert by_state[TrackState.WANTED] == [wanted, due, later], "what waits is wanted all the same"
    assert by_state[TrackState.WAITING] == [later]
    assert by_state[TrackState.WITHDRAWN] == [gone]


def test_what_holds_a_track_up_is_named(
    settings: Settings, database: Database, queue: WorkQueue
) -> None:
    held, tagged = add_tracks(database, 2)
    with database.begin() as tx:
        queue.items.enqueue_wanted(tx, source="youtube")
        queue.by_hand.cancel_tracks(tx, [tagged], "made room")
    item_id = queue.overview.live_of_tracks()[held].id
    enqueue(queue, database, tagged, Stage.TAG)
    Circuits(database).open("youtube", "asked to wait")
    assert "waits for youtube until" in listed(settings, database, queue)[held].why
    queue.by_hand.pause(Stage.DOWNLOAD)
    found = listed(settings, database, queue)
    assert (found[held].state, found[held].why) == (TrackState.WAITING, "download is paused")
    assert found[tagged].state is TrackState.WANTED, "only the stage that is paused"
    queue.by_hand.pause()
    assert listed(settings, database, queue)[tagged].why == "tag is paused"
    assert Waits(settings, database, queue).blocking(item_id) is not None


def test_quiet_hours_hold_downloads_up_and_nothing_else(
    settings: Settings, database: Database, queue: WorkQueue
) -> None:
    held, tagged = add_tracks(database, 2)
    enqueue(queue, database, held)
    enqueue(queue, database, tagged, Stage.TAG)
    now = utc_now().astimezone()
    hours = f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=1):%H:%M}"
    quiet = load_settings(home=settings.home, download={"quiet_hours": hours})
    found = listed(quiet, database, queue)
    assert found[held].why.startswith("quiet hours until ")
    assert found[held].state is TrackState.WAITING
    assert found[tagged].state is TrackState.WANTED


def test_work_of_a_dead_process_is_not_under_way(
    settings: Settings, database: Database, queue: WorkQueue
) -> None:
    lost, held = add_tracks(database, 2)
    enqueue(queue, database, lost)
    dying = queue.workers.register()
    (item,) = queue.items.claim(dying, 1)
    queue.workers.unregister(dying)
    enqueue(queue, database, held)
    queue.items.claim(queue.workers.register(), 1)
    found = listed(settings, database, queue)
    assert found[lost].why == "its process died; the next run takes it up"
    assert found[held].why == "download is under way"
    wait = Waits(settings, database, queue).of(item)
    assert wait is not None
    assert wait.kind is WaitKind.DIED


def test_a_worker_holds_more_than_it_works_on(
    settings: Settings, database: Database, queue: WorkQueue
) -> None:
    for track_id in add_tracks(database, 6):
        enqueue(queue, database, track_id)
    first, second = queue.workers.register(), queue.workers.register()
    held = [*queue.items.claim(first, 5), *queue.items.claim(second, 1)]
    beyond = Waits(settings, database, queue).beyond_pools(held)
    assert beyond == {held[4].id}, "four downloads at a time, in each process"


def test_albums_are_found_by_a_part_of_their_title(
    settings: Settings, database: Database, queue: WorkQueue
) -> None:
    add_tracks(database, 2)
    assert len(list_tracks(settings, database, queue, album="aLbÜm")) == 2
    assert list_tracks(settings, database, queue, album="other") == []
    with pytest.raises(NotFoundError, match="no watch rule 99"):
        list_tracks(settings, database, queue, rule_id=99)
