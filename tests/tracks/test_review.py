"""Choosing, explaining, and being overruled: in the offline world, through the real stages."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pytest

from shanty.config.sections import DownloadSettings
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.demo.offers import RIGHT_KINDS, Offer, OfferKind
from shanty.demo.world import SEARCH_PREFIX, World
from shanty.errors import NotFoundError, ShantyError
from shanty.matching import plan_queries, search_query
from shanty.models import Candidate, CandidateStatus, Priority, Stage, Status, TrackStatus
from shanty.providers.ytdlp.search import search
from shanty.stages.execution import Fate
from shanty.tracks import review as review_module
from tests.world.shell import Shell, file_everything
from tests.world.stage_bench import Bench

pytestmark = [pytest.mark.usefixtures("no_faults", "world"), pytest.mark.takes(seconds=60)]

TRACKS = 12
HOPELESS = 5


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(TRACKS, tmp_path_factory.getbasetemp() / "audio") as made, made.activated():
        hopeless = made.recordings[HOPELESS]
        offers = made.offers(hopeless)
        decoys = [offer for offer in offers if offer.kind not in RIGHT_KINDS]
        # Two whose titles give no artist: they might be it, and are not.
        unnamed = [
            replace(
                offers[0],
                id=f"unnamed_id{number}",
                kind=OfferKind.COVER,
                title=made.expected(hopeless).recording.title,
                channel=f"uploads {number}",
                sound=f"somebody else {number}",
                track="",
                artists=(),
                album="",
            )
            for number in range(2)
        ]
        made.replace_offers(hopeless, (*unnamed, *decoys))
        yield made


def park(bench: Bench) -> int:
    """The hopeless track, in review."""
    track_id = bench.want(HOPELESS)
    assert bench.run(bench.claim()).fate is Fate.REVIEW
    return track_id


def candidates_by_id(bench: Bench, track_id: int) -> dict[str, Candidate]:
    return {one.source_id: one for one in bench.catalog.candidates.of_track(track_id)}


def accept(bench: Bench, track_id: int, **choice: Any) -> Candidate:
    track = bench.catalog.tracks.get(track_id)
    return review_module.accept(track, database=bench.database, queue=bench.queue, **choice)


def reject(bench: Bench, track_id: int, **choice: Any) -> tuple[int, TrackStatus]:
    track = bench.catalog.tracks.get(track_id)
    thresholds = bench.services.settings.download
    return review_module.reject(
        track, database=bench.database, queue=bench.queue, thresholds=thresholds, **choice
    )


def test_no_decoy_enters_the_library_and_the_hopeless_track_is_in_review(
    world: World, shanty: Shell
) -> None:
    hopeless = world.recordings[HOPELESS]
    first_is_decoy = 0
    for mbid in world.recordings:
        assert shanty("watch", "add", "track", mbid) == 0, shanty.err
        results = search(SEARCH_PREFIX, search_query(world.expected(mbid).recording))
        first_is_decoy += not world.is_right(mbid, results[0].source_id)
    assert first_is_decoy >= TRACKS / 4
    file_everything()
    library = shanty.json("library", "ls")
    assert isinstance(library, list)
    assert {row["recording_mbid"] for row in library} == set(world.recordings) - {hopeless}
    for mbid in world.recordings:
        explained = shanty.json("explain", mbid)
        assert isinstance(explained, dict)
        taken = [one for one in explained["candidates"] if one["verdict"] == "taken"]
        ids = [one["url"].rpartition("=")[2].rpartition("/")[2] for one in taken]
        assert all(world.is_right(mbid, found) for found in ids), taken
        assert len(taken) == (mbid != hopeless)
    # The hopeless one: what is there to decide on, and why everything else is not.
    (review,) = shanty.json("review", "ls")
    assert (review["recording_mbid"], review["score"] < 0.75) == (hopeless, True)
    explained = shanty.json("explain", hopeless)
    assert isinstance(explained, dict)
    assert explained["track"]["status"] == "needs_review"
    scores = [one["score"] for one in explained["candidates"]]
    assert scores == sorted(scores, reverse=True)
    whys = {one["title"].rpartition("(")[2].rstrip(")"): one for one in explained["candidates"]}
    assert "unwanted version (sped up" in whys["sped up"]["why"]
    assert "wrong length (+23 s)" in whys["Official Video"]["why"]
    assert explained["candidates"][0]["verdict"] == "unsure"
    assert "artist not named" in explained["candidates"][0]["why"]
    for one in explained["candidates"]:
        points = sum(part["contribution"] for part in one["parts"])
        assert points == pytest.approx(one["score"], abs=0.002)


def test_explain_and_review_for_people(world: World, shanty: Shell) -> None:
    recording = world.expected(world.recordings[HOPELESS]).recording
    assert shanty("watch", "add", "track", recording.mbid) == 0
    assert shanty("explain", recording.title) == 0
    assert "nothing has been found for it yet" in shanty.out
    assert shanty("review", "ls") == 0
    assert shanty.out == "nothing to review\n"
    file_everything()
    (asked,) = cast(list[dict[str, Any]], shanty.json("review", "ls"))
    assert shanty("review", "ls") == 0
    for words in (recording.title, asked["candidate_url"], "artist not named", "review accept"):
        assert words in shanty.out, "what it is, where, why it is asked about, and how to decide"
    assert shanty("explain", recording.title) == 0
    assert "+0.370  title" not in shanty.out
    assert asked["candidate_url"] in shanty.out
    assert shanty.out.count("\ncandidate ") == 1, "the one that matters; the others are counted"
    assert "`--all` shows each" in shanty.out
    assert shanty("explain", recording.title, "--all") == 0
    for words in ("unsure", "artist not named", "; wrong length", "+0.370  title"):
        assert words in shanty.out
    assert shanty("review", "reject", recording.title) == 0
    assert "there is another to decide on" in shanty.out
    assert shanty("review", "accept", recording.title) == 0
    assert "will be downloaded next" in shanty.out
    assert "`shanty run` downloads it" in shanty.out, "no service does"
    assert "is not in review: it is wanted" in shanty.fails("review", "accept", recording.title)
    file_everything()
    library = shanty.json("library", "ls")
    assert isinstance(library, list)
    assert [row["recording_mbid"] for row in library] == [recording.mbid]
    assert shanty("explain", recording.title) == 0
    assert "· taken\n" in shanty.out
    assert library[0]["path"] in shanty.out
    assert "format: " in shanty.out
    assert shanty("explain", recording.title, "--all") == 0
    assert "rejected: rejected by hand" in shanty.out


def test_what_has_failed_names_the_uploads_that_proved_useless(world: World, shanty: Shell) -> None:
    recording = world.expected(world.recordings[HOPELESS - 1]).recording
    world.faults.set("gone", target=recording.mbid)
    assert shanty("watch", "add", "track", recording.mbid) == 0
    file_everything()
    world.faults.clear()
    assert shanty("explain", recording.title) == 0
    told = shanty.out
    assert "failed: none of " in told and "says why" not in told, "this is where it is said"
    assert "rejected: " in told and "has been removed" in told
    assert 1 < told.count("\ncandidate ") <= 4


def test_many_are_decided_on_at_once(world: World, shanty: Shell) -> None:
    recording = world.expected(world.recordings[HOPELESS]).recording
    assert shanty("watch", "add", "track", recording.mbid) == 0
    file_everything()
    (asked,) = cast(list[dict[str, Any]], shanty.json("review", "ls"))
    score = asked["score"]
    assert "no track in review" in shanty.fails("review", "accept", "--above", f"{score + 0.01}")
    assert "no track in review" in shanty.fails("review", "reject", "--below", f"{score - 0.01}")
    assert shanty("review", "accept", recording.title, "--above", "0.1") == 2
    assert shanty("review", "accept") == 2
    assert shanty("review", "accept", "--above", f"{score - 0.01}") == 0
    assert recording.title in shanty.out
    assert shanty.json("review", "ls") == []


def test_what_is_no_track_is_one_sentence(world: World, shanty: Shell) -> None:
    assert "there is no track 'nonsense'" in shanty.fails("explain", "nonsense")
    assert "there is no track ''" in shanty.fails("explain", "")
    for mbid in world.recordings[:2]:
        assert shanty("watch", "add", "track", mbid) == 0
    artist = world.expected(world.recordings[0]).recording.artist_credit.name
    sentence = shanty.fails("explain", artist)
    assert "2 tracks match" in sentence
    assert "1 (" in sentence and "2 (" in sentence
    assert shanty("explain", "2") == 0
    assert "is not in review: it is wanted" in shanty.fails("review", "reject", "1", "--all")
    assert "has no candidate left" in shanty.fails("review", "accept", "1")
    assert "is no address" in shanty.fails("review", "accept", "1", "--url", "ftp://x")
    feed = "https://www.youtube.com/playlist?list=PL0123456789abcdef"
    assert "is a list, a feed" in shanty.fails("review", "accept", "1", "--url", feed)
    assert shanty("review", "accept", "1", "--url", "http://x/", "--candidate", "3") == 2
    assert shanty("review", "reject", "1", "--all", "--candidate", "3") == 2


@pytest.mark.postgresql_too
def test_accepting_queues_that_candidate_at_the_head(bench: Bench) -> None:
    track_id = park(bench)
    other = candidates_by_id(bench, track_id)["unnamed_id1"]
    accepted = accept(bench, track_id, candidate_id=other.id)
    assert (accepted.id, accepted.status) == (other.id, CandidateStatus.ACCEPTED)
    item = bench.claim()
    assert (item.track_id, item.priority) == (track_id, Priority.FORCED)
    outcome = bench.run(item)
    while outcome.next_item is not None:
        outcome = bench.run(outcome.next_item)
    assert outcome.fate is Fate.FINISHED
    assert bench.status(track_id) is TrackStatus.IN_LIBRARY
    assert candidates_by_id(bench, track_id)["unnamed_id1"].status is CandidateStatus.CHOSEN


def test_an_accepted_candidate_stays_so_when_its_file_is_lost(bench: Bench) -> None:
    track_id = park(bench)
    accept(bench, track_id)
    item = bench.run_until(Stage.INDEX)
    file = bench.catalog.files.of_track(track_id)
    assert file is not None
    file.path.unlink()
    assert bench.run(item).fate is Fate.RESTARTED
    assert bench.run_to_the_end().fate is Fate.FINISHED


def test_what_a_person_accepts_may_have_another_length(world: World, bench: Bench) -> None:
    track_id = park(bench)
    video = next(o for o in world.offers(world.recordings[HOPELESS]) if o.kind is OfferKind.VIDEO)
    accept(bench, track_id, candidate_id=candidates_by_id(bench, track_id)[video.id].id)
    assert bench.run_to_the_end().fate is Fate.FINISHED


def test_an_accepted_candidate_that_is_useless_leads_back_to_review(
    world: World, bench: Bench
) -> None:
    track_id = park(bench)
    world.faults.set("gone", target="unnamed_id0")
    accept(bench, track_id, candidate_id=candidates_by_id(bench, track_id)["unnamed_id0"].id)
    assert bench.run(bench.claim()).fate is Fate.REVIEW
    assert candidates_by_id(bench, track_id)["unnamed_id0"].status is CandidateStatus.REJECTED
    assert bench.status(track_id) is TrackStatus.NEEDS_REVIEW


def test_an_address_is_a_candidate(world: World, bench: Bench) -> None:
    track_id = park(bench)
    right = world.offers(world.recordings[0])[0]
    url = candidate_url(world, right)
    accept(bench, track_id, url=url)
    assert bench.run_to_the_end().fate is Fate.FINISHED
    chosen = [
        one
        for one in bench.catalog.candidates.of_track(track_id)
        if one.status is CandidateStatus.CHOSEN
    ]
    assert [one.url for one in chosen] == [url]


def candidate_url(world: World, offer: Offer) -> str:
    results = search(SEARCH_PREFIX, search_query(world.expected(offer.recording_mbid).recording))
    return next(one.url for one in results if one.source_id == offer.id)


def test_rejecting_goes_on_to_the_next_and_then_fails(bench: Bench) -> None:
    track_id = park(bench)
    assert reject(bench, track_id) == (1, TrackStatus.NEEDS_REVIEW)
    assert bench.status(track_id) is TrackStatus.NEEDS_REVIEW
    assert reject(bench, track_id) == (1, TrackStatus.FAILED)
    track = bench.catalog.tracks.get(track_id)
    assert track.status is TrackStatus.FAILED
    assert "rejected" in track.reason
    with pytest.raises(ShantyError, match="it is failed"):
        reject(bench, track_id)
    with bench.database.begin() as tx:
        assert bench.queue.items.enqueue_wanted(tx) == 0
    # A rejected one is remembered: also when everything is searched anew.
    (item,) = bench.queue.overview.list_items()
    with bench.database.begin() as tx:
        bench.catalog.tracks.revive(tx, bench.queue.by_hand.retry_within(tx, item.id))
    assert bench.run(bench.claim()).fate is Fate.FAILED


def test_rejecting_all_fails_at_once_and_an_address_still_helps(world: World, bench: Bench) -> None:
    track_id = park(bench)
    number = len(bench.catalog.candidates.of_track(track_id))
    assert reject(bench, track_id, is_all=True) == (number, TrackStatus.FAILED)
    assert all(
        one.status is CandidateStatus.REJECTED
        for one in bench.catalog.candidates.of_track(track_id)
    )
    accept(bench, track_id, url=candidate_url(world, world.offers(world.recordings[0])[0]))
    assert bench.status(track_id) is TrackStatus.WANTED
    assert bench.run_to_the_end().fate is Fate.FINISHED


def test_rejecting_takes_the_next_when_that_is_good_enough(bench: Bench) -> None:
    track_id = park(bench)
    eager = DownloadSettings(accept_score=0.56)
    track = bench.catalog.tracks.get(track_id)
    number, status = review_module.reject(
        track, database=bench.database, queue=bench.queue, thresholds=eager
    )
    assert (number, status) == (1, TrackStatus.WANTED)
    assert bench.claim().track_id == track_id


def test_nothing_is_written_when_one_part_is_refused(bench: Bench) -> None:
    track_id = park(bench)
    for change in (accept, reject):
        with pytest.raises(NotFoundError, match="has no candidate 987654"):
            change(bench, track_id, candidate_id=987654)
    assert bench.status(track_id) is TrackStatus.NEEDS_REVIEW
    with bench.database.begin() as tx:
        bench.queue.items.enqueue(tx, track_id, Stage.DOWNLOAD, priority=Priority.BACK_CATALOGUE)
    with pytest.raises(ShantyError, match="in the queue already"):
        accept(bench, track_id)
    assert bench.status(track_id) is TrackStatus.NEEDS_REVIEW
    assert {one.status for one in bench.catalog.candidates.of_track(track_id)} == {
        CandidateStatus.FOUND
    }


def test_a_title_cut_in_the_middle_of_an_emoji_spoils_nothing(world: World, bench: Bench) -> None:
    mbid = world.recordings[7]
    before = world.offers(mbid)
    broken = [replace(o, title=f"{o.title} \ud83d\0", channel="\udc00\0") for o in before[1:]]
    world.replace_offers(mbid, (before[0], *broken))
    try:
        track_id = bench.want(7)
        assert bench.run(bench.claim()).fate is Fate.ADVANCED
        titles = [one.title for one in bench.catalog.candidates.of_track(track_id)]
        assert any(title.endswith(" ??") for title in titles), titles
    finally:
        world.replace_offers(mbid, before)


@pytest.mark.postgresql_too
def test_two_people_deciding_at_once_are_one_decision(bench: Bench) -> None:
    track_id = park(bench)
    errors: list[ShantyError] = []
    start = threading.Barrier(4)

    def decide() -> None:
        start.wait()
        try:
            accept(bench, track_id)
        except ShantyError as error:
            errors.append(error)

    threads = [threading.Thread(target=decide) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(errors) == 3
    live = [item for item in bench.queue.overview.list_items() if item.status is Status.PENDING]
    assert len(live) == 1


def test_the_next_source_is_searched_when_one_has_nothing_like_it(
    world: World, database: Database, settings: Settings
) -> None:
    def first_result(number: int) -> str:
        recording = world.expected(world.recordings[number]).recording
        return search("demosearch1", search_query(recording))[0].source_id

    number = next(
        number
        for number in range(TRACKS)
        if not world.is_right(world.recordings[number], first_result(number))
    )
    placement = world.expected(world.recordings[number])
    plan = plan_queries(placement.recording, placement.release.title, "demosearch1")
    # A person asks a second time: the first source is asked anew; of the other, one search will do.
    for prefixes, fate, asked in (
        (("demosearch1",), Fate.FAILED, len(plan)),
        (("demosearch1", "demosearch8"), Fate.ADVANCED, len(plan) + 1),
    ):
        download = settings.download.model_copy(update={"search": prefixes})
        bench = Bench(world, database, settings.model_copy(update={"download": download}))
        track_id = bench.want(number)
        with database.begin() as tx:
            bench.catalog.tracks.revive(tx, [track_id])
            bench.queue.items.enqueue_wanted(tx)
        searches = world.requests.total("search")
        outcome = bench.run(bench.claim())
        assert outcome.fate is fate, outcome
        assert world.requests.total("search") == searches + asked
