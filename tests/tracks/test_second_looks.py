"""What came to nothing is looked at again by itself, less and less often, and for ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from shanty.catalog import Catalog
from shanty.catalog.distances import DAY, NOT_FOUND, find_distance
from shanty.catalog.releases import release_moment
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.db.tables import looks, tracks
from shanty.demo.offers import RIGHT_KINDS, Offer
from shanty.demo.world import World
from shanty.models import CandidateStatus, Priority, Stage, Status, TrackStatus
from shanty.stages import download
from shanty.stages.execution import Fate
from shanty.tracks.review import accept, reject
from shanty.tracks.second_looks import MOST_AT_A_TIME, begin_looks
from shanty.workqueue import WorkQueue
from shanty.workqueue.item_numbers import name_item
from tests.world.databases import ON_SQLITE, Clock, add_tracks
from tests.world.shell import Shell, file_everything
from tests.world.stage_bench import Bench

pytestmark = pytest.mark.usefixtures("no_faults", "world")

LATE = 1


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(4, tmp_path_factory.getbasetemp() / "audio") as made, made.activated():
        yield made


@pytest.fixture
def uploads(world: World) -> Iterator[tuple[Offer, ...]]:
    """The right uploads of a recording, which nobody has put there yet."""
    mbid = world.recordings[LATE]
    before = world.offers(mbid)
    world.replace_offers(mbid, tuple(one for one in before if one.kind not in RIGHT_KINDS))
    yield before
    world.replace_offers(mbid, before)


@pytest.fixture
def bench(world: World, database: Database, settings: Settings, clock: Clock) -> Bench:
    made = Bench(world, database, settings)
    made.catalog = made.services.catalog = Catalog(database, clock)
    return made


def look(bench: Bench) -> int:
    return begin_looks(bench.catalog, bench.queue, bench.database)


def run_through(bench: Bench) -> Fate:
    outcome = bench.run(bench.claim())
    while outcome.next_item is not None:
        outcome = bench.run(outcome.next_item)
    return outcome.fate


def wait_for_look(bench: Bench, clock: Clock, track_id: int) -> timedelta:
    """Let time pass until a track is to be looked at again; returns how long that was."""
    at = bench.catalog.looks.next_of(track_id)
    assert at is not None, "nobody will look at it again"
    waited = at - clock.now
    clock.advance(waited.total_seconds() - 1)
    assert look(bench) == 0, "before its time"
    clock.advance(2)
    return waited


@ON_SQLITE
def test_an_upload_that_came_later_is_found_by_itself(
    bench: Bench, clock: Clock, world: World, uploads: tuple[Offer, ...]
) -> None:
    track_id = bench.want(LATE)
    outcome = bench.run(bench.claim())
    assert outcome.fate is Fate.FAILED
    assert "looked at again on 2026-01-0" in outcome.message
    assert bench.catalog.tracks.get(track_id).reason == outcome.message
    number = world.requests.total("search")
    wait_for_look(bench, clock, track_id)
    world.replace_offers(world.recordings[LATE], uploads)
    assert look(bench) == 1
    assert look(bench) == 0, "it is in the queue already"
    assert run_through(bench) is Fate.FINISHED
    assert world.requests.total("search") > number, "the old answers counted"
    assert bench.status(track_id) is TrackStatus.IN_LIBRARY
    assert bench.catalog.looks.next_of(track_id) is None


@ON_SQLITE
def test_it_is_looked_at_less_and_less_often_and_for_ever(
    bench: Bench, clock: Clock, world: World, uploads: tuple[Offer, ...]
) -> None:
    track_id = bench.want(LATE)
    bench.run(bench.claim())
    searches = [world.requests.total("search")]
    for distance in (*NOT_FOUND, NOT_FOUND[-1], NOT_FOUND[-1]):
        waited = wait_for_look(bench, clock, track_id)
        assert 0.9 * distance <= waited <= distance
        assert look(bench) == 1
        assert bench.run(bench.claim()).fate is Fate.FAILED
        searches.append(world.requests.total("search"))
    assert searches == sorted(set(searches)), "a look has searched nothing"
    (item,) = bench.queue.overview.list_items(Stage.DOWNLOAD)
    assert item.priority == Priority.LOOKED_AT_AGAIN


@ON_SQLITE
def test_one_in_review_is_searched_again_and_stays_there_meanwhile(
    bench: Bench, clock: Clock, world: World
) -> None:
    mbid = world.recordings[2]
    before = world.offers(mbid)
    doubtful = replace(before[0], title=world.expected(mbid).recording.title, channel="uploads",
                       sound="somebody else", track="", artists=(), album="")  # fmt: skip
    world.replace_offers(mbid, (doubtful,))
    track_id = bench.want(2)
    assert bench.run(bench.claim()).fate is Fate.REVIEW
    wait_for_look(bench, clock, track_id)
    assert look(bench) == 1
    assert bench.status(track_id) is TrackStatus.NEEDS_REVIEW
    assert bench.run(bench.claim()).fate is Fate.REVIEW
    assert wait_for_look(bench, clock, track_id) > 2 * DAY
    world.replace_offers(mbid, before)
    assert look(bench) == 1
    assert run_through(bench) is Fate.FINISHED
    assert bench.status(track_id) is TrackStatus.IN_LIBRARY


@ON_SQLITE
def test_a_person_can_decide_while_it_is_looked_at(
    bench: Bench, clock: Clock, world: World
) -> None:
    mbid = world.recordings[3]
    before = world.offers(mbid)
    doubtful = replace(before[0], title=world.expected(mbid).recording.title, channel="uploads",
                       track="", artists=(), album="")  # fmt: skip
    world.replace_offers(mbid, (doubtful,))
    track_id = bench.want(3)
    assert bench.run(bench.claim()).fate is Fate.REVIEW
    wait_for_look(bench, clock, track_id)
    assert look(bench) == 1
    track = bench.catalog.tracks.get(track_id)
    accept(track, database=bench.database, queue=bench.queue)
    assert run_through(bench) is Fate.FINISHED
    world.replace_offers(mbid, before)


@ON_SQLITE
def test_what_a_person_has_rejected_stays_rejected_and_new_uploads_are_found(
    bench: Bench, clock: Clock, world: World
) -> None:
    mbid = world.recordings[3]
    before = world.offers(mbid)
    doubtful = replace(before[0], title=world.expected(mbid).recording.title, channel="uploads",
                       sound="somebody else", track="", artists=(), album="")  # fmt: skip
    world.replace_offers(mbid, (doubtful,))
    track_id = bench.want(3)
    bench.run(bench.claim())
    track = bench.catalog.tracks.get(track_id)
    reject(track, database=bench.database, queue=bench.queue, is_all=True,
           thresholds=bench.services.settings.download)  # fmt: skip
    assert bench.status(track_id) is TrackStatus.FAILED
    at = bench.catalog.looks.next_of(track_id)
    assert at is not None
    clock.now = at
    assert look(bench) == 1
    assert bench.run(bench.claim()).fate is Fate.FAILED, "what was rejected has been taken"
    world.replace_offers(mbid, before[1:])
    clock.advance(32 * 86400)
    assert look(bench) == 1
    assert run_through(bench) is Fate.FINISHED


@ON_SQLITE
def test_what_was_set_aside_is_a_candidate_again(
    bench: Bench, clock: Clock, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_AGAIN_SECONDS", 0.01)
    ids = [bench.want(number) for number in (0, 2)]
    world.faults.set("server_error", world.recordings[0])
    for _ in range(9):
        if bench.status(ids[0]) is TrackStatus.FAILED:
            break
        for item in bench.queue.items.claim(bench.worker_id, 4):
            outcome = bench.run(item)
            while outcome.next_item is not None:
                outcome = bench.run(outcome.next_item)
        bench.queue.by_hand.retry(status="waiting", stage=Stage.DOWNLOAD)
        bench.services.circuits.refusals.note_through("shantydemo", "another", "delivery")
    assert bench.status(ids[0]) is TrackStatus.FAILED
    assert wait_for_look(bench, clock, ids[0]) <= timedelta(hours=1), "it is there, after all"
    world.faults.clear()
    assert look(bench) == 1
    assert run_through(bench) is Fate.FINISHED
    chosen = [one for one in bench.catalog.candidates.of_track(ids[0]) if one.status == "chosen"]
    assert [one.source_id for one in chosen] == [world.truth[world.recordings[0]]]
    assert CandidateStatus.REJECTED not in {
        one.status for one in bench.catalog.candidates.of_track(ids[0]) if one.score >= 0.9
    }


def test_thousands_that_failed_together_do_not_come_back_together(
    database: Database, clock: Clock
) -> None:
    catalog, queue = Catalog(database, clock), WorkQueue(database, clock=clock)
    ids = add_tracks(database, 3 * MOST_AT_A_TIME)
    with database.begin() as tx:
        tx.execute(tracks.update().values(status=TrackStatus.FAILED))
        moments = [catalog.looks.plan(tx, one, Stage.DOWNLOAD, NOT_FOUND) for one in ids]
    assert max(moments) - min(moments) > timedelta(hours=2)
    assert begin_looks(catalog, queue, database) == 0
    clock.advance(86400)
    assert begin_looks(catalog, queue, database) == MOST_AT_A_TIME
    assert begin_looks(catalog, queue, database) == 0, "those of before have not ended"
    worker_id = queue.workers.register()
    for item in queue.items.claim(worker_id, 10):
        with database.begin() as tx:
            queue.items.fail(tx, item, "permanent", "nothing was found")
            catalog.looks.plan(tx, item.track_id, Stage.DOWNLOAD, NOT_FOUND)
    assert begin_looks(catalog, queue, database) == 10


@pytest.mark.parametrize("status", [TrackStatus.WITHDRAWN, TrackStatus.REMOVED])
def test_what_a_person_has_ended_is_left_alone(
    database: Database, clock: Clock, status: TrackStatus
) -> None:
    catalog, queue = Catalog(database, clock), WorkQueue(database, clock=clock)
    (track_id,) = add_tracks(database, 1)
    with database.begin() as tx:
        catalog.looks.plan(tx, track_id, Stage.DOWNLOAD, NOT_FOUND)
        tx.execute(tracks.update().values(status=status))
    clock.advance(400 * 86400)
    assert begin_looks(catalog, queue, database) == 0


def test_every_failed_track_has_a_next_look_whatever_failed_it(
    database: Database, clock: Clock
) -> None:
    catalog, queue = Catalog(database, clock), WorkQueue(database, clock=clock)
    (track_id,) = add_tracks(database, 1)
    with database.begin() as tx:
        tx.execute(tracks.update().values(status=TrackStatus.NEEDS_REVIEW))
    assert begin_looks(catalog, queue, database) == 0
    assert catalog.looks.next_of(track_id) == catalog.looks.next_unsettled() == clock.now + DAY


def test_the_distance_never_ends_and_is_the_same_for_what_belongs_together() -> None:
    spans = [find_distance(times, NOT_FOUND, "a seed") for times in (0, 1, 2, 3, 4, 5, 500)]
    assert spans == sorted(spans)
    assert spans[-1] == spans[-2]
    assert find_distance(1, NOT_FOUND, "one") != find_distance(1, NOT_FOUND, "two")


def test_at_the_day_of_its_release_it_is_looked_at(
    world: World, database: Database, clock: Clock
) -> None:
    release = world.expected(world.recordings[0]).release
    moment = release_moment(replace(release, date="2026-01-02"))
    assert moment is not None
    catalog = Catalog(database, clock)
    (track_id,) = add_tracks(database, 1)
    clock.now = moment - timedelta(hours=3)
    with database.begin() as tx:
        at = catalog.looks.plan(tx, track_id, Stage.DOWNLOAD, NOT_FOUND, not_after=moment)
        assert at == moment
        clock.now = moment + timedelta(hours=3)
        at = catalog.looks.plan(tx, track_id, Stage.DOWNLOAD, NOT_FOUND, not_after=moment)
    assert at > moment + 2 * DAY


def test_a_person_is_told_and_may_ask_at_once(
    world: World, shanty: Shell, uploads: tuple[Offer, ...]
) -> None:
    mbid = world.recordings[LATE]
    assert shanty("watch", "add", "track", mbid) == 0
    file_everything()
    (item,) = shanty.json("queue", "ls", "--status", "failed")  # type: ignore[misc]
    explained = shanty.json("explain", mbid)
    assert isinstance(explained, dict)
    assert item["next_look_at"] == explained["track"]["next_look_at"]
    assert item["next_look_at"] > "2026"
    status = shanty.json("status")
    assert isinstance(status, dict)
    assert status["next_look_at"] == item["next_look_at"]
    assert shanty("queue", "ls") == 0
    assert "again in 2" in shanty.out, "in some 23 hours"
    assert shanty("explain", mbid) == 0
    assert "looked at again in 2" in shanty.out
    assert shanty("status") == 0
    assert "looked at again, next in 2" in shanty.out
    world.replace_offers(mbid, uploads)
    assert shanty("queue", "retry", name_item(item["id"])) == 0
    file_everything()
    explained = shanty.json("explain", mbid)
    assert isinstance(explained, dict)
    assert explained["track"]["status"] == TrackStatus.IN_LIBRARY
    assert explained["track"]["next_look_at"] is None


def test_what_failed_before_this_release_is_looked_at_soon(database: Database) -> None:
    """The look of a track whose last work failed at a later stage is that stage's."""
    queue = WorkQueue(database)
    (track_id,) = add_tracks(database, 1)
    with database.begin() as tx:
        queue.items.enqueue(tx, track_id, Stage.TAG, priority=0)
    (item,) = queue.items.claim(queue.workers.register(), 1)
    with database.begin() as tx:
        queue.items.fail(tx, item, "transient", "the disk was full")
        tx.execute(tracks.update().values(status=TrackStatus.FAILED))
        tx.execute(
            looks.insert().values(track_id=track_id, task_type="tag", times=0, at=item.run_after)
        )
    assert begin_looks(Catalog(database), queue, database) == 1
    again = queue.overview.get(item.id)
    assert (again.status, again.stage, again.attempt) == (Status.PENDING, Stage.TAG, 0)
