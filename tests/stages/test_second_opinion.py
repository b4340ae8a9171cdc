"""A close decision: a second upload is listened to, and both have to sound the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.explain import describe_sounds
from shanty.config.settings import Settings, load_settings
from shanty.demo.offers import Offer
from shanty.demo.world import World
from shanty.errors import BadCandidateError, SourcePausedError
from shanty.models import Candidate, CandidateStatus, Stage, TrackStatus
from shanty.sources.ytdlp_source import YtDlpSource
from shanty.stages.execution import Fate
from shanty.stages.second_opinion import SecondOpinion
from shanty.tracks.explanation import Explanation, explain_track
from tests.world.stage_bench import Bench

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

_SECONDS = 42.0  # of shorter ones, nothing is 2 s off


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(2, tmp_path_factory.getbasetemp() / "audio") as made, made.activated():
        yield made


class Two:
    """The second recording with two uploads that fit: one of a listener, 2 s off, and another."""

    def __init__(self, world: World, bench: Bench):
        self.world, self.bench = world, bench
        mbid = world.recordings[1]
        made = world.offers(mbid)[0]
        self.first = replace(
            made, channel="LyricLane", duration_seconds=_SECONDS + 2, track="", album=""
        )
        self.other = replace(
            self.first,
            id="second_one0",
            title=made.title.replace("(Official Audio)", "(Lyrics)"),
            channel="Velvet Uploads",
            container="mp3",
        )
        self.strange = replace(self.other, sound="somebody else's")
        world.requests.reset()

    def want(self, *offers: Offer) -> int:
        """Want the recording, of which there are these uploads."""
        self.world.replace_offers(self.world.recordings[1], offers)
        track_id = self.bench.want(1)
        placement = self.bench.catalog.tracks.get_placement(track_id)
        length_ms = int(_SECONDS * 1000)
        recording = replace(placement.recording, length_ms=length_ms)
        track = replace(placement.track, recording=recording, length_ms=length_ms)
        tracks = tuple(track if one.mbid == track.mbid else one for one in placement.medium.tracks)
        media = (replace(placement.medium, tracks=tracks),)
        with self.bench.database.begin() as tx:
            self.bench.catalog.editions.store(tx, replace(placement.release, media=media))
        return track_id

    def fetched(self, offer: Offer) -> int:
        return self.world.requests.of("media", offer.id)

    def staged(self) -> set[Path]:
        """The folders in staging in which something lies."""
        found = self.bench.services.settings.incoming_dir.rglob("*")
        return {one.parent for one in found if one.is_file() and one.suffix != ".lock"}

    def candidate(self, track_id: int, offer: Offer) -> Candidate:
        found = self.bench.catalog.candidates.of_track(track_id)
        return next(one for one in found if one.source_id == offer.id)

    def explain(self, track_id: int) -> Explanation:
        track = self.bench.catalog.tracks.get(track_id)
        thresholds = self.bench.services.settings.download
        return explain_track(track, self.bench.catalog, thresholds)

    def decide(self, track_id: int, act: Callable[[Any, int, int], object], offer: Offer) -> None:
        """Decide on an upload and let the track be tried again."""
        candidate_id = self.candidate(track_id, offer).id
        assert candidate_id is not None
        (item,) = self.bench.queue.overview.list_items()
        with self.bench.database.begin() as tx:
            act(tx, track_id, candidate_id)
            self.bench.catalog.tracks.revive(tx, self.bench.queue.by_hand.retry_within(tx, item.id))


@pytest.fixture
def two(world: World, bench: Bench) -> Iterator[Two]:
    before = world.offers(world.recordings[1])
    yield Two(world, bench)
    world.replace_offers(world.recordings[1], before)


def test_the_same_sound_strengthens_and_leaves_no_second_file(two: Two) -> None:
    track_id = two.want(two.first, two.other)
    outcome = two.bench.run(two.bench.claim())
    assert outcome.fate is Fate.ADVANCED, outcome
    assert f"{two.other.title!r} by Velvet Uploads sounds the same" in outcome.message
    assert (two.fetched(two.first), two.fetched(two.other)) == (1, 1)
    (staged,) = two.staged()
    file = two.bench.catalog.files.of_track(track_id)
    assert file is not None
    assert staged == file.path.parent
    assert two.candidate(track_id, two.first).status is CandidateStatus.CHOSEN
    assert two.candidate(track_id, two.other).status is CandidateStatus.FOUND
    (compared,) = two.explain(track_id).compared
    assert compared.candidate.source_id == two.other.id
    assert compared.describe() == "the same, 0% of their bits differ"


def test_different_sound_is_a_question_that_costs_nothing_again(two: Two) -> None:
    track_id = two.want(two.first, two.strange)
    outcome = two.bench.run(two.bench.claim())
    assert outcome.fate is Fate.REVIEW, outcome
    assert "two uploads fit and do not sound alike" in outcome.message
    assert f"{two.first.title!r} by LyricLane" in outcome.message
    assert f"{two.strange.title!r} by Velvet Uploads" in outcome.message
    assert two.bench.status(track_id) is TrackStatus.NEEDS_REVIEW
    assert not two.staged()
    (item,) = two.bench.queue.overview.list_items()
    with two.bench.database.begin() as tx:  # the next look at the track
        two.bench.catalog.tracks.revive(tx, two.bench.queue.by_hand.retry_within(tx, item.id))
    again = two.bench.run(two.bench.claim())
    assert again.fate is Fate.REVIEW
    assert again.message.partition(";")[0] == outcome.message.partition(";")[0]
    explained = two.explain(track_id)
    (compared,) = explained.compared
    assert compared.describe().startswith("different, ")
    told = "\n".join(describe_sounds(explained))
    assert f"{two.strange.title!r} by Velvet Uploads" in told
    assert compared.candidate.url in told and compared.describe() in told
    assert (two.fetched(two.first), two.fetched(two.strange)) == (1, 1)


def test_a_person_who_accepts_one_is_not_asked_again(two: Two) -> None:
    track_id = two.want(two.first, two.strange)
    assert two.bench.run(two.bench.claim()).fate is Fate.REVIEW
    two.decide(track_id, two.bench.catalog.decisions.accept_candidate, two.strange)
    assert two.bench.run(two.bench.claim()).fate is Fate.ADVANCED
    assert two.candidate(track_id, two.strange).status is CandidateStatus.CHOSEN
    assert two.fetched(two.first) == 1


def test_for_a_track_it_is_done_once(two: Two) -> None:
    third = replace(two.strange, id="third_one00", channel="Third Uploads")
    track_id = two.want(two.first, two.strange, third)
    assert two.bench.run(two.bench.claim()).fate is Fate.REVIEW
    asked = two.fetched(two.strange) + two.fetched(third)
    assert asked == 1
    other = two.strange if two.fetched(two.strange) else third

    def reject(tx: Any, track_id: int, candidate_id: int) -> None:
        two.bench.catalog.candidates.reject(tx, candidate_id, "it is another song")

    two.decide(track_id, reject, other)
    assert two.bench.run(two.bench.claim()).fate is Fate.ADVANCED
    assert two.fetched(two.strange) + two.fetched(third) == 1


@pytest.mark.parametrize(
    "case",
    [
        "sure",
        "switched off",
        pytest.param("same uploader", marks=pytest.mark.proof),
        pytest.param("does not fit", marks=pytest.mark.proof),
    ],
)
def test_where_it_is_not_close_or_nobody_fits_nothing_more_is_fetched(
    two: Two, world: World, settings: Settings, tmp_path: Path, case: str
) -> None:
    first, other = two.first, two.strange
    if case == "sure":
        first = replace(first, duration_seconds=_SECONDS)
    elif case == "same uploader":
        other = replace(other, channel=first.channel)
    elif case == "does not fit":
        other = replace(other, title=f"{two.first.title} (Live in Riga)")
    else:
        off = load_settings(
            home=settings.home,
            library={"path": settings.library.path},
            download={"second_opinion": False},
        )
        two.bench = Bench(world, two.bench.database, off)
    two.want(first, other)
    assert two.bench.run(two.bench.claim()).fate is Fate.ADVANCED
    assert (two.fetched(first), two.fetched(other)) == (1, 0)


TROUBLES = [
    SourcePausedError("these are quiet hours"),
    pytest.param(BadCandidateError("it is gone"), marks=pytest.mark.proof),
    pytest.param(RuntimeError("a bug"), marks=pytest.mark.proof),
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda one: type(one).__name__)
def test_a_second_one_that_cannot_be_had_never_fails_the_first(
    two: Two, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    fetch = YtDlpSource.fetch

    def refuse(self: YtDlpSource, candidate: Candidate, folder: Path, **options: Any) -> Path:
        path = fetch(self, candidate, folder, **options)
        if candidate.source_id == two.strange.id:
            raise trouble
        return path

    monkeypatch.setattr(YtDlpSource, "fetch", refuse)
    track_id = two.want(two.first, two.strange)
    outcome = two.bench.run(two.bench.claim())
    assert outcome.fate is Fate.ADVANCED, outcome
    assert len(two.staged()) == 1
    assert two.candidate(track_id, two.first).status is CandidateStatus.CHOSEN


@pytest.mark.parametrize("is_fetched", [False, pytest.param(True, marks=pytest.mark.proof)])
def test_a_run_that_ends_in_between_is_gone_on_with(
    two: Two, monkeypatch: pytest.MonkeyPatch, is_fetched: bool
) -> None:
    two.want(two.first, two.strange)
    listen, stop = SecondOpinion._listen_to, two.bench.services.stop

    def end(self: SecondOpinion, other: Candidate) -> Any:
        if is_fetched:
            listen(self, other)
        stop.set()
        return listen(self, other)

    item = two.bench.claim()
    with monkeypatch.context() as patch:
        patch.setattr(SecondOpinion, "_listen_to", end)
        assert two.bench.run(item).fate is Fate.LOST
    stop.clear()
    two.bench.queue.items.give_back(two.bench.worker_id)
    assert two.bench.run(two.bench.claim()).fate is Fate.REVIEW
    assert two.fetched(two.first) == 1, "the first one was fetched again"
    assert not two.staged()


def test_a_worker_that_lost_the_item_leaves_the_files_to_the_other(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    two.want(two.first, two.strange)
    verify = YtDlpSource.verify

    def lose(self: YtDlpSource, path: Path, placement: Any, **options: bool) -> Any:
        if two.fetched(two.strange):
            two.bench.queue.items.give_back(two.bench.worker_id)
        return verify(self, path, placement, **options)

    with monkeypatch.context() as patch:
        patch.setattr(YtDlpSource, "verify", lose)
        assert two.bench.run(two.bench.claim()).fate is Fate.LOST
    assert len(two.staged()) == 2
    assert two.bench.run(two.bench.claim()).fate is Fate.REVIEW
    assert (two.fetched(two.first), two.fetched(two.strange)) == (1, 1)
    assert not two.staged()


def test_nothing_of_it_is_left_once_the_track_is_filed(two: Two) -> None:
    two.want(two.first, two.other)
    assert two.bench.run(two.bench.run_until(Stage.ORGANIZE)).fate is Fate.ADVANCED
    assert not [one for one in two.bench.services.settings.incoming_dir.rglob("*") if one.is_file()]
