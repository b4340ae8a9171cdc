"""The stages and the fate of their work items, through real parts but without Prefect."""

from __future__ import annotations

import mutagen
import pytest

from shanty.config.settings import Settings
from shanty.db import Database
from shanty.demo.world import SEARCH_PREFIX, World
from shanty.models import Candidate, CandidateStatus, Stage, Status, TrackStatus
from shanty.stages import load_stages
from shanty.stages.execution import MAX_RESTARTS, Fate
from shanty.tags.tagging import build_tags, read_cover, read_recording_mbid, read_tags
from tests.world.stage_bench import Bench

pytestmark = pytest.mark.usefixtures("no_faults")


def switch_on(settings: Settings, *stages: Stage) -> Settings:
    """The settings, with those of these stages switched on that can be switched off."""
    sections = {stage.value: getattr(settings, stage.value, None) for stage in stages}
    changed = {
        name: section.model_copy(update={"enabled": True})
        for name, section in sections.items()
        if hasattr(section, "enabled")
    }
    return settings.model_copy(update=changed)


@pytest.mark.postgresql_too
def test_a_track_goes_through_all_stages(bench: Bench) -> None:
    track_id = bench.want()
    outcome = bench.run_to_the_end()
    assert outcome.fate is Fate.FINISHED
    assert bench.status(track_id) is TrackStatus.IN_LIBRARY
    file = bench.catalog.files.of_track(track_id)
    assert file is not None
    assert file.is_placed
    placement = bench.world.expected(bench.world.recordings[0])
    assert read_tags(file.path) == build_tags(placement)
    assert read_cover(file.path) is not None
    assert "ENCODER" not in mutagen.File(file.path), "ffmpeg's, from a fresh download"
    assert [path.suffix for path in bench.library_files()] in ([".opus", ".jpg"], [".opus", ".png"])
    assert not list(bench.services.settings.incoming_dir.rglob("*.*")), "staging is not empty"
    truth = bench.world.truth[bench.world.recordings[0]]
    chosen = [c for c in bench.catalog.candidates.of_track(track_id) if c.status == "chosen"]
    assert [candidate.source_id for candidate in chosen] == [truth]


@pytest.mark.parametrize("stage", list(Stage), ids=str)
def test_every_stage_can_run_again_after_a_crash(
    world: World, database: Database, settings: Settings, stage: Stage
) -> None:
    """After a crash before the commit, the stage's work is done but the item has not moved on."""
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
    """An old failure may be retried after all newer items of the track were pruned."""
    track_id = bench.want()
    assert bench.run_to_the_end().fate is Fate.FINISHED
    file = bench.catalog.files.of_track(track_id)
    assert file is not None
    before = {path: (path.read_bytes(), path.stat().st_ino) for path in bench.library_files()}
    with bench.database.begin() as tx:
        bench.queue.items.enqueue(tx, track_id, stage, priority=0)
    outcome = bench.run(bench.claim(stage))
    while outcome.next_item is not None and outcome.next_item.stage is not Stage.ENRICH:
        outcome = bench.run(outcome.next_item)
    assert outcome.fate is Fate.ADVANCED, outcome
    after = {path: (path.read_bytes(), path.stat().st_ino) for path in bench.library_files()}
    assert after == before
    assert bench.catalog.files.of_track(track_id) == file
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
    candidates = {c.source_id: c for c in bench.catalog.candidates.of_track(track_id)}
    assert candidates[best].status is CandidateStatus.REJECTED
    assert candidates[best].reject_reason
    chosen = [c.source_id for c in candidates.values() if c.status is CandidateStatus.CHOSEN]
    assert [bench.world.is_right(mbid, source_id) for source_id in chosen] == [True]


@pytest.mark.postgresql_too
def test_one_upload_serves_no_two_recordings_without_a_question(bench: Bench) -> None:
    first = bench.want(0)
    assert bench.run_to_the_end().fate is Fate.FINISHED
    second = bench.want(1)
    recording = bench.world.expected(bench.world.recordings[1]).recording
    shared = Candidate(
        "ShantyDemo",
        bench.world.truth[bench.world.recordings[0]],
        "https://example.org/shared",
        f"{recording.artist_credit.name} - {recording.title}",
        channel=recording.artist_credit.name,
        duration_seconds=(recording.length_ms or 0) / 1000,
        score=1.0,
    )
    # The recording's own upload is out of reach.
    found = bench.services.source.search(recording, "", SEARCH_PREFIX, recording.title)
    with bench.database.begin() as tx:
        bench.catalog.candidates.record(tx, second, [shared, *found])
        (label,) = bench.catalog.candidates.taken_elsewhere(tx, second).values()
    for one in bench.catalog.candidates.of_track(second):
        if one.key != shared.key:
            with bench.database.begin() as tx:
                assert one.id is not None
                bench.catalog.candidates.reject(tx, one.id, "out of reach")
    outcome = bench.run(bench.claim())
    assert label == bench.catalog.tracks.get(first).label
    assert bench.status(second) is TrackStatus.NEEDS_REVIEW, outcome
    assert f"already the file of {label}" in outcome.message


def test_without_a_candidate_left_the_track_fails_with_a_sentence(bench: Bench) -> None:
    bench.world.faults.set("gone", target=bench.world.recordings[2])
    track_id = bench.want(2)
    outcome = bench.run(bench.claim())
    assert outcome.fate is Fate.FAILED
    assert "candidates will do" in outcome.message
    track = bench.catalog.tracks.get(track_id)
    assert (track.status, track.reason) == (TrackStatus.FAILED, outcome.message)
    with bench.database.begin() as tx:
        assert bench.queue.items.enqueue_wanted(tx) == 0, "a failed track was queued again"


def test_a_manual_retry_makes_a_failed_track_wanted_again(bench: Bench) -> None:
    bench.world.faults.set("gone", target=bench.world.recordings[2])
    track_id = bench.want(2)
    item = bench.claim()
    bench.run(item)
    with bench.database.begin() as tx:
        bench.catalog.tracks.revive(tx, bench.queue.by_hand.retry_within(tx, item.id))
    assert bench.status(track_id) is TrackStatus.WANTED
    assert bench.claim().id == item.id


@pytest.mark.parametrize("fault", ["bot_check", "rate_limited"])
def test_waiting_costs_no_attempt(bench: Bench, fault: str) -> None:
    bench.world.faults.set(fault, target="watch", times=1)
    track_id = bench.want(3)
    item = bench.claim()
    outcome = bench.run(item)
    assert outcome.fate is Fate.WAITING, outcome
    after = bench.queue.overview.get(item.id)
    assert (after.status, after.attempt, after.error_class) == (Status.PENDING, 0, "wait")
    assert bench.status(track_id) is TrackStatus.WANTED
    assert not bench.queue.items.claim(bench.worker_id, 1), "claimed although it waits"


def test_a_transient_error_costs_an_attempt_and_waits(bench: Bench) -> None:
    bench.world.faults.set("server_error", target="search")
    bench.want(3)
    item = bench.claim()
    outcome = bench.run(item)
    assert outcome.fate is Fate.WAITING, outcome
    after = bench.queue.overview.get(item.id)
    assert (after.status, after.attempt, after.error_class) == (Status.PENDING, 1, "transient")
    assert bench.queue.overview.counts()[Stage.DOWNLOAD]["waiting"] == 1


def test_a_retry_costs_no_second_search(bench: Bench) -> None:
    bench.world.faults.set("cut", target="media", times=20)
    bench.want(4)
    item = bench.claim()
    searches = bench.world.requests.total("search")
    assert bench.run(item).fate is Fate.WAITING
    assert bench.world.requests.total("search") == searches + 1
    bench.world.faults.clear()
    bench.queue.by_hand.retry(item.id)
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
    assert bench.queue.overview.get(item.id).status is Status.CANCELLED
    with database.begin() as tx:
        assert bench.queue.items.enqueue_wanted(tx) == 0


def test_a_paused_stage_holds_the_chain(bench: Bench) -> None:
    bench.want()
    item = bench.claim()
    bench.queue.by_hand.pause(Stage.INDEX)
    outcome = bench.run(item)
    assert outcome.fate is Fate.HELD
    assert outcome.message.endswith("index is paused")
    assert not bench.queue.items.claim(bench.worker_id, 5)
    bench.queue.by_hand.resume(Stage.INDEX)
    assert bench.claim(Stage.INDEX).track_id == item.track_id


def test_a_next_stage_already_queued_is_not_called_paused(bench: Bench) -> None:
    track_id = bench.want()
    item = bench.claim()
    with bench.database.begin() as tx:
        bench.queue.items.enqueue(tx, track_id, Stage.INDEX, priority=item.priority)
    outcome = bench.run(item)
    assert outcome.fate is Fate.HELD
    assert outcome.message.endswith("index is in the queue already")


def test_a_lost_staged_file_is_downloaded_again_but_not_for_ever(bench: Bench) -> None:
    track_id = bench.want()
    for number in range(MAX_RESTARTS + 1):
        outcome = bench.run(bench.claim())
        assert outcome.next_item is not None
        file = bench.catalog.files.of_track(track_id)
        assert file is not None
        file.path.unlink()
        outcome = bench.run(outcome.next_item)
        assert outcome.fate is (Fate.RESTARTED if number < MAX_RESTARTS else Fate.FAILED)
    assert bench.status(track_id) is TrackStatus.FAILED


def test_a_file_that_index_refuses_is_a_bad_candidate(bench: Bench) -> None:
    track_id = bench.want()
    item = bench.run_until(Stage.INDEX)
    file = bench.catalog.files.of_track(track_id)
    assert file is not None
    file.path.write_bytes(b"<html>not audio</html>")
    assert bench.run(item).fate is Fate.RESTARTED
    rejected = [c for c in bench.catalog.candidates.of_track(track_id) if c.status == "rejected"]
    assert [candidate.id for candidate in rejected] == [file.candidate_id]
    outcome = bench.run_to_the_end()
    assert outcome.fate is Fate.FINISHED
    assert bench.status(track_id) is TrackStatus.IN_LIBRARY


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


def test_every_stage_is_complete() -> None:
    """A stage is a line in the enum, a module with ``run``, and a Prefect task."""
    from tasks.stages import STAGE_TASKS

    assert list(load_stages()) == list(Stage)
    assert list(STAGE_TASKS) == list(Stage)
    assert [task.name for task in STAGE_TASKS.values()] == [stage.value for stage in Stage]
