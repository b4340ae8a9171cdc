"""The stages and what becomes of their work items, through real parts and without Prefect."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import mutagen
import pytest

from shanty.catalog import Catalog
from shanty.circuits import circuit_name
from shanty.config import Settings, load_settings
from shanty.db import Database
from shanty.demo.world import World
from shanty.errors import LIBRARY, BadCandidateError
from shanty.library.tags import build_tags, read_cover, read_recording_mbid, read_tags
from shanty.models import CandidateStatus, Stage, Status, TrackStatus, WorkItem
from shanty.services import open_musicbrainz, open_services
from shanty.sources import YtDlpSource
from shanty.stages import Services, download_watch, load_stages
from shanty.stages.execution import MAX_RESTARTS, Fate, Outcome, execute
from shanty.stages.pictures import fetch_cover
from shanty.watching import watch_track
from shanty.workqueue import WorkQueue


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(24, tmp_path_factory.getbasetemp() / "audio") as made, made.activated():
        yield made


@pytest.fixture(autouse=True)
def no_faults(world: World) -> Iterator[None]:
    yield
    world.faults.clear()


class Bench:
    """One track at a time through the stages, with everything real but Prefect."""

    def __init__(self, world: World, database: Database, settings: Settings):
        self.world = world
        self.database = database
        self.services: Services = open_services(settings, database, run_id="test")
        self.catalog: Catalog = self.services.catalog
        self.queue: WorkQueue = self.services.queue
        self.worker_id = self.queue.register_worker()
        self._musicbrainz = open_musicbrainz(settings, database)

    def want(self, number: int = 0) -> int:
        mbid = self.world.recordings[number]
        track = watch_track(mbid, database=self.database, musicbrainz=self._musicbrainz)
        with self.database.begin() as tx:
            self.queue.enqueue_wanted(tx)
        return track.id

    def claim(self, stage: Stage = Stage.DOWNLOAD) -> WorkItem:
        (item,) = self.queue.claim(self.worker_id, 1, stages=[stage])
        return item

    def run(self, item: WorkItem) -> Outcome:
        return execute(item, self.services, load_stages())

    def run_until(self, stage: Stage) -> WorkItem:
        """Run a fresh track up to a stage; returns the item that stands there."""
        item = self.claim()
        while item.stage is not stage:
            outcome = self.run(item)
            assert outcome.next_item is not None, outcome
            item = outcome.next_item
        return item

    def run_to_the_end(self) -> Outcome:
        return self.run(self.run_until(Stage.ENRICH))

    def status(self, track_id: int) -> TrackStatus:
        return self.catalog.get_track(track_id).status

    def library_files(self) -> list[Path]:
        library = self.services.settings.library.path
        return sorted(path for path in library.rglob("*") if path.is_file())


@pytest.fixture
def settings(world: World, tmp_path: Path) -> Settings:
    library = tmp_path / "library"
    library.mkdir()
    return load_settings(home=tmp_path / "home", library={"path": library})


@pytest.fixture
def bench(world: World, database: Database, settings: Settings) -> Bench:
    return Bench(world, database, settings)


def switch_on(settings: Settings, *stages: Stage) -> Settings:
    """The settings with these stages used, as far as they may be switched off."""
    sections = {stage.value: getattr(settings, stage.value, None) for stage in stages}
    changed = {
        name: section.model_copy(update={"enabled": True})
        for name, section in sections.items()
        if hasattr(section, "enabled")
    }
    return settings.model_copy(update=changed)


def test_a_track_goes_through_all_stages(bench: Bench) -> None:
    track_id = bench.want()
    outcome = bench.run_to_the_end()
    assert outcome.fate is Fate.FINISHED
    assert bench.status(track_id) is TrackStatus.IN_LIBRARY
    file = bench.catalog.file_of(track_id)
    assert file is not None
    assert file.is_placed
    placement = bench.world.expected(bench.world.recordings[0])
    assert read_tags(file.path) == build_tags(placement)
    assert read_cover(file.path) is not None
    assert "ENCODER" not in mutagen.File(file.path), "ffmpeg's, from a fresh download"
    assert [path.suffix for path in bench.library_files()] in ([".opus", ".jpg"], [".opus", ".png"])
    assert not list(bench.services.settings.incoming_dir.rglob("*.*")), "staging is not empty"
    truth = bench.world.truth[bench.world.recordings[0]]
    chosen = [c for c in bench.catalog.candidates_of(track_id) if c.status == "chosen"]
    assert [candidate.source_id for candidate in chosen] == [truth]


@pytest.mark.parametrize("stage", list(Stage), ids=str)
def test_every_stage_can_run_again_after_a_crash(
    world: World, database: Database, settings: Settings, stage: Stage
) -> None:
    """A crash before the commit leaves the stage's work done and the item not moved on."""
    bench = Bench(world, database, switch_on(settings, *Stage))
    track_id = bench.want()
    item = bench.run_until(stage)
    downloads = bench.world.requests.total("media")
    load_stages()[stage](item, bench.services)  # what the stage does, and then the crash
    outcome = bench.run(item)
    while outcome.next_item is not None:
        outcome = bench.run(outcome.next_item)
    assert outcome.fate is Fate.FINISHED, outcome
    assert bench.status(track_id) is TrackStatus.IN_LIBRARY
    assert len([path for path in bench.library_files() if path.suffix == ".opus"]) == 1
    assert bench.world.requests.total("media") <= downloads + 1, "downloaded twice"


@pytest.mark.parametrize("stage", [Stage.INDEX, Stage.TAG, Stage.ORGANIZE], ids=str)
def test_old_work_of_a_filed_track_leaves_its_file_alone(bench: Bench, stage: Stage) -> None:
    """What failed long ago may be retried after all newer items of the track were pruned."""
    track_id = bench.want()
    assert bench.run_to_the_end().fate is Fate.FINISHED
    file = bench.catalog.file_of(track_id)
    assert file is not None
    before = {path: (path.read_bytes(), path.stat().st_ino) for path in bench.library_files()}
    with bench.database.begin() as tx:
        bench.queue.enqueue(tx, track_id, stage, priority=0)
    outcome = bench.run(bench.claim(stage))
    while outcome.next_item is not None and outcome.next_item.stage is not Stage.ENRICH:
        outcome = bench.run(outcome.next_item)
    assert outcome.fate is Fate.ADVANCED, outcome
    after = {path: (path.read_bytes(), path.stat().st_ino) for path in bench.library_files()}
    assert after == before
    assert bench.catalog.file_of(track_id) == file
    assert bench.status(track_id) is TrackStatus.IN_LIBRARY


@pytest.mark.parametrize(
    "fault", ["gone", "geo", "wrong_length", "silent", "filled_up", "corrupt", "html"]
)
def test_a_bad_candidate_gives_way_to_the_next_at_once(bench: Bench, fault: str) -> None:
    mbid = bench.world.recordings[1]
    best = bench.world.truth[mbid]
    bench.world.faults.set(fault, target=best)
    track_id = bench.want(1)
    item = bench.claim()
    outcome = bench.run(item)
    assert outcome.fate is Fate.ADVANCED, outcome
    candidates = {c.source_id: c for c in bench.catalog.candidates_of(track_id)}
    assert candidates[best].status is CandidateStatus.REJECTED
    assert candidates[best].reject_reason
    chosen = [c.source_id for c in candidates.values() if c.status is CandidateStatus.CHOSEN]
    assert [bench.world.is_right(mbid, source_id) for source_id in chosen] == [True]


def test_without_a_candidate_left_the_track_fails_with_a_sentence(bench: Bench) -> None:
    bench.world.faults.set("gone", target=bench.world.recordings[2])
    track_id = bench.want(2)
    outcome = bench.run(bench.claim())
    assert outcome.fate is Fate.FAILED
    assert "candidates will do" in outcome.message
    track = bench.catalog.get_track(track_id)
    assert (track.status, track.reason) == (TrackStatus.FAILED, outcome.message)
    with bench.database.begin() as tx:
        assert bench.queue.enqueue_wanted(tx) == 0, "a failed track was queued again"


def test_a_manual_retry_makes_a_failed_track_wanted_again(bench: Bench) -> None:
    bench.world.faults.set("gone", target=bench.world.recordings[2])
    track_id = bench.want(2)
    item = bench.claim()
    bench.run(item)
    with bench.database.begin() as tx:
        bench.catalog.revive_tracks(tx, bench.queue.retry_within(tx, item.id))
    assert bench.status(track_id) is TrackStatus.WANTED
    assert bench.claim().id == item.id


@pytest.mark.parametrize("fault", ["bot_check", "rate_limited"])
def test_waiting_costs_no_attempt(bench: Bench, fault: str) -> None:
    bench.world.faults.set(fault, target="watch", times=1)
    track_id = bench.want(3)
    item = bench.claim()
    outcome = bench.run(item)
    assert outcome.fate is Fate.WAITING, outcome
    after = bench.queue.get(item.id)
    assert (after.status, after.attempt, after.error_class) == (Status.PENDING, 0, "wait")
    assert bench.status(track_id) is TrackStatus.WANTED
    assert not bench.queue.claim(bench.worker_id, 1), "claimed although it waits"


def test_a_transient_error_costs_an_attempt_and_waits(bench: Bench) -> None:
    bench.world.faults.set("server_error", target="search")
    bench.want(3)
    item = bench.claim()
    outcome = bench.run(item)
    assert outcome.fate is Fate.WAITING, outcome
    after = bench.queue.get(item.id)
    assert (after.status, after.attempt, after.error_class) == (Status.PENDING, 1, "transient")
    assert bench.queue.counts()[Stage.DOWNLOAD]["waiting"] == 1


def test_a_retry_costs_no_second_search(bench: Bench) -> None:
    bench.world.faults.set("cut", target="media", times=20)
    bench.want(4)
    item = bench.claim()
    searches = bench.world.requests.total("search")
    assert bench.run(item).fate is Fate.WAITING
    assert bench.world.requests.total("search") == searches + 1
    bench.world.faults.clear()
    bench.queue.retry(item.id)
    assert bench.run(bench.claim()).fate is Fate.ADVANCED
    assert bench.world.requests.total("search") == searches + 1


def test_an_unsure_match_is_parked_for_a_person(
    world: World, database: Database, settings: Settings
) -> None:
    careful = settings.model_copy(
        update={"download": settings.download.model_copy(update={"accept_score": 1.0})}
    )
    bench = Bench(world, database, careful)
    world.faults.set("gone", target=world.truth[world.recordings[1]])  # what is left is not exact
    track_id = bench.want(1)
    item = bench.claim()
    outcome = bench.run(item)
    assert outcome.fate is Fate.REVIEW, outcome
    assert bench.status(track_id) is TrackStatus.NEEDS_REVIEW
    assert bench.queue.get(item.id).status is Status.CANCELLED
    with database.begin() as tx:
        assert bench.queue.enqueue_wanted(tx) == 0


def test_a_paused_stage_holds_the_chain(bench: Bench) -> None:
    bench.want()
    item = bench.claim()
    bench.queue.pause(Stage.INDEX)
    outcome = bench.run(item)
    assert outcome.fate is Fate.HELD
    assert outcome.message.endswith("index is paused")
    assert not bench.queue.claim(bench.worker_id, 5)
    bench.queue.resume(Stage.INDEX)
    assert bench.claim(Stage.INDEX).track_id == item.track_id


def test_a_next_stage_of_its_own_is_not_called_paused(bench: Bench) -> None:
    track_id = bench.want()
    item = bench.claim()
    with bench.database.begin() as tx:
        bench.queue.enqueue(tx, track_id, Stage.INDEX, priority=item.priority)
    outcome = bench.run(item)
    assert outcome.fate is Fate.HELD
    assert outcome.message.endswith("index is in the queue already")


def test_a_lost_staged_file_is_downloaded_again_but_not_for_ever(bench: Bench) -> None:
    track_id = bench.want()
    for number in range(MAX_RESTARTS + 1):
        outcome = bench.run(bench.claim())
        assert outcome.next_item is not None
        file = bench.catalog.file_of(track_id)
        assert file is not None
        file.path.unlink()
        outcome = bench.run(outcome.next_item)
        assert outcome.fate is (Fate.RESTARTED if number < MAX_RESTARTS else Fate.FAILED)
    assert bench.status(track_id) is TrackStatus.FAILED


def test_a_file_that_index_refuses_is_a_bad_candidate(bench: Bench) -> None:
    track_id = bench.want()
    item = bench.run_until(Stage.INDEX)
    file = bench.catalog.file_of(track_id)
    assert file is not None
    file.path.write_bytes(b"<html>not audio</html>")
    assert bench.run(item).fate is Fate.RESTARTED
    rejected = [c for c in bench.catalog.candidates_of(track_id) if c.status == "rejected"]
    assert [candidate.id for candidate in rejected] == [file.candidate_id]
    outcome = bench.run_to_the_end()
    assert outcome.fate is Fate.FINISHED
    assert bench.status(track_id) is TrackStatus.IN_LIBRARY


@pytest.mark.parametrize("fault", ["server_error", "unavailable"])
def test_cover_trouble_leaves_the_track_in_the_library(bench: Bench, fault: str) -> None:
    bench.world.faults.set(fault, target="coverart")
    track_id = bench.want()
    item = bench.run_until(Stage.ENRICH)
    assert bench.run(item).fate is Fate.WAITING
    assert bench.status(track_id) is TrackStatus.IN_LIBRARY
    with bench.database.begin() as tx:
        assert bench.queue.enqueue_wanted(tx) == 0


def test_an_album_without_a_cover_is_finished_without_one(bench: Bench) -> None:
    bare = next(
        number
        for number, mbid in enumerate(bench.world.recordings)
        if bench.world.expected(mbid).release.release_group.mbid
        in bench.world.discography.without_cover
    )
    bench.want(bare)
    outcome = bench.run_to_the_end()
    assert outcome.fate is Fate.FINISHED
    assert len(bench.library_files()) == 1


def test_a_cover_that_appears_later_is_fetched_then(bench: Bench) -> None:
    """That there was none is believed for a while: neither for ever nor for a day only."""
    bench.want()
    item = bench.run_until(Stage.ENRICH)
    placement = bench.catalog.get_placement(item.track_id)
    covers = bench.services.settings.home / "covers"
    covers.mkdir(parents=True)
    none_path = covers / f"{placement.release.release_group.mbid}.none"
    none_path.touch()
    (covers / f"{placement.release.mbid}.none").touch()
    requests = bench.world.requests.total("coverart")
    assert fetch_cover(placement, bench.services) is None
    yesterday = time.time() - 24 * 3600
    os.utime(none_path, (yesterday, yesterday))
    assert fetch_cover(placement, bench.services) is None
    assert bench.world.requests.total("coverart") == requests
    long_ago = time.time() - 31 * 24 * 3600
    os.utime(none_path, (long_ago, long_ago))
    outcome = bench.run(item)
    assert (outcome.fate, outcome.message) == (Fate.FINISHED, "cover embedded")
    assert not none_path.exists()


def test_a_cover_is_fetched_once_per_album(bench: Bench) -> None:
    for number in range(4):
        bench.want(number)
    before = bench.world.requests.total("coverart")
    for _ in range(4):
        assert bench.run_to_the_end().fate is Fate.FINISHED
    assert bench.world.requests.total("coverart") == before + 1
    covers = [path for path in bench.library_files() if path.stem == "cover"]
    assert len(covers) == 1


def test_a_full_disk_waits_and_loses_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    track_id = bench.want()
    item = bench.run_until(Stage.ORGANIZE)

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", full)
        patch.setattr(os, "rename", full)
        outcome = bench.run(item)
    assert outcome.fate is Fate.WAITING
    assert "the disk is full" in outcome.message
    assert bench.queue.get(item.id).attempt == 0
    assert not bench.library_files()
    assert bench.services.circuits.resume(circuit_name(LIBRARY)), "the library is left alone"
    again = bench.run(bench.claim(Stage.ORGANIZE))
    assert again.fate is Fate.ADVANCED
    assert bench.status(track_id) is TrackStatus.IN_LIBRARY


def test_no_room_to_download_waits(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.want()
    item = bench.claim()
    make_folder = Path.mkdir

    def full(path: Path, *args: Any, **kwargs: Any) -> None:
        if bench.services.settings.incoming_dir in path.parents:
            raise OSError(errno.ENOSPC, "No space left on device")
        make_folder(path, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", full)
        outcome = bench.run(item)
    assert outcome.fate is Fate.WAITING
    assert "the disk is full" in outcome.message
    assert bench.queue.get(item.id).attempt == 0


def test_no_room_for_a_cover_waits(bench: Bench) -> None:
    bench.want()
    item = bench.run_until(Stage.ENRICH)
    placement = bench.catalog.get_placement(item.track_id)
    covers = bench.services.settings.home / "covers"
    covers.mkdir(parents=True)
    part = covers / f"{placement.release.release_group.mbid}.part"
    part.symlink_to("/dev/full")
    outcome = bench.run(item)
    assert outcome.fate is Fate.WAITING
    assert "the disk is full" in outcome.message
    assert bench.queue.get(item.id).attempt == 0


def test_a_different_file_of_that_name_is_never_overwritten(bench: Bench) -> None:
    bench.want()
    item = bench.run_until(Stage.ORGANIZE)
    library = bench.services.settings.library.path
    foreign = library / "Maren Østby" / "Low Water (2019)" / "01 Harbour Lights.opus"
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"something of a person's own")
    outcome = bench.run(item)
    assert outcome.fate is Fate.ADVANCED
    assert foreign.read_bytes() == b"something of a person's own"
    assert read_recording_mbid(foreign.with_name("01 Harbour Lights (2).opus")) is not None


def test_work_that_was_rescued_meanwhile_is_not_settled(bench: Bench) -> None:
    bench.want()
    item = bench.claim()
    bench.queue.give_back(bench.worker_id)
    outcome = bench.run(item)
    assert outcome.fate is Fate.LOST
    assert bench.queue.get(item.id).status is Status.PENDING


def test_an_ending_run_settles_nothing(bench: Bench) -> None:
    bench.want()
    item = bench.claim()
    bench.services.stop.set()
    assert bench.run(item).fate is Fate.LOST
    assert bench.queue.get(item.id).status is Status.ACTIVE, (
        "the lease gives it back, not the stage"
    )


def test_an_ending_run_rejects_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends the processes of a run makes the file in their hands look bad."""
    track_id = bench.want()
    item = bench.claim()

    def verify(self: object, path: Path, placement: object, **options: bool) -> None:
        bench.services.stop.set()
        raise BadCandidateError(f"{path.name} is cut off")

    with monkeypatch.context() as patch:
        patch.setattr(YtDlpSource, "verify", verify)
        assert bench.run(item).fate is Fate.LOST
    assert not [c for c in bench.catalog.candidates_of(track_id) if c.status == "rejected"]
    assert list(bench.services.settings.incoming_dir.rglob("*.opus")), "the download is gone"


def test_who_has_lost_the_item_rejects_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    track_id = bench.want()
    item = bench.claim()

    def verify(self: object, path: Path, placement: object, **options: bool) -> None:
        bench.queue.give_back(bench.worker_id)
        raise BadCandidateError(f"{path.name} is cut off")

    with monkeypatch.context() as patch:
        patch.setattr(YtDlpSource, "verify", verify)
        assert bench.run(item).fate is Fate.LOST
    assert not [c for c in bench.catalog.candidates_of(track_id) if c.status == "rejected"]
    downloads = bench.world.requests.total("media")
    assert bench.run(bench.claim()).fate is Fate.ADVANCED
    assert bench.world.requests.total("media") == downloads, "downloaded twice"


def wait_for_a_part(bench: Bench) -> None:
    while not list(bench.services.settings.incoming_dir.rglob("*.part")):
        time.sleep(0.01)


def test_cancelling_an_active_download_ends_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_watch, "_LOOK_UP_SECONDS", 0.1)
    bench.world.faults.set("slow", target="media", value=1000.0)
    bench.want()
    item = bench.claim()
    complete = bench.world.requests.total("media_complete")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(bench.run, item)
        wait_for_a_part(bench)
        bench.queue.cancel(item.id)
        assert running.result().fate is Fate.LOST
    assert bench.world.requests.total("media_complete") == complete


def test_two_never_download_the_same_file_at_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken for dead, the first is still at it when the second begins: that one goes on."""
    monkeypatch.setattr(download_watch, "_LOOK_UP_SECONDS", 0.5)
    bench.world.faults.set("slow", target="media", value=1000.0, times=1)
    bench.want()
    item = bench.claim()
    before = {name: bench.world.requests.total(name) for name in ("media", "media_complete")}
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(bench.run, item)
        wait_for_a_part(bench)
        bench.queue.give_back(bench.worker_id)
        [theirs] = bench.queue.claim(bench.queue.register_worker(), 1)
        second = pool.submit(bench.run, theirs)
        assert first.result().fate is Fate.LOST
        assert second.result().fate is Fate.ADVANCED
    assert bench.world.requests.total("media") == before["media"] + 2
    assert bench.world.requests.total("media_complete") == before["media_complete"] + 1


def test_staging_is_removed_only_after_the_commit(bench: Bench) -> None:
    """Until then the item may be lost to another, who needs what is there."""
    track_id = bench.want()
    item = bench.run_until(Stage.ORGANIZE)
    staging = bench.services.settings.incoming_dir / str(track_id)
    result = load_stages()[Stage.ORGANIZE](item, bench.services)
    assert staging.is_dir(), "removed before the commit"
    assert result.record is not None
    assert bench.run(item).fate is Fate.ADVANCED
    assert not staging.exists()


def test_every_stage_is_complete() -> None:
    """A stage is a line in the enum, a module with ``run``, and a Prefect task."""
    from tasks.stages import STAGE_TASKS

    assert list(load_stages()) == list(Stage)
    assert list(STAGE_TASKS) == list(Stage)
    assert [task.name for task in STAGE_TASKS.values()] == [stage.value for stage in Stage]
