"""An upload's own page is judged before anything of it is downloaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from shanty.demo.offers import Offer, OfferKind
from shanty.demo.world import World
from shanty.models import Candidate, CandidateStatus
from shanty.stages.execution import Fate
from tests.world.stage_bench import Bench

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(4, tmp_path_factory.getbasetemp() / "audio") as made, made.activated():
        yield made


@pytest.fixture
def offers(world: World) -> Iterator[tuple[Offer, Offer]]:
    """The right upload of the second recording by its artist, and one that only looks like it."""
    mbid = world.recordings[1]
    before = world.offers(mbid)
    placement = world.expected(mbid)
    names = placement.recording.artist_credit.names
    title = before[0].title.replace(" (Official Audio)", "")
    right = replace(
        before[0], title=f"{title} (Lyrics)", channel=names[0], track="", artists=(), album=""
    )
    twin = replace(
        right,
        id="twin_twin_0",
        kind=OfferKind.COVER,
        title=title,
        channel=f"{names[0]} - Topic",
        sound="somebody else's",
    )
    yield right, twin
    world.replace_offers(mbid, before)


def find(bench: Bench, track_id: int, offer: Offer) -> Candidate:
    candidates = bench.catalog.candidates.of_track(track_id)
    return next(one for one in candidates if one.source_id == offer.id)


OTHERS = [
    {"track": "Quite Another Song", "artists": ("Tom",), "album": "Elsewhere"},
    {"track": "Low Water", "artists": ("The Tribute Band",), "album": "Played on the Piano"},
    {"track": "Жизнь", "artists": ("Хор",), "album": "Хор"},
]


@pytest.mark.parametrize("said", OTHERS)
def test_a_page_that_names_another_recording_is_passed_over_unfetched(
    world: World, bench: Bench, offers: tuple[Offer, Offer], said: dict[str, str]
) -> None:
    right, twin = offers
    world.requests.reset()
    world.replace_offers(world.recordings[1], (replace(twin, **said), right))
    track_id = bench.want(1)
    assert bench.run(bench.claim()).fate is Fate.ADVANCED
    assert world.requests.of("watch", twin.id) == 1
    assert world.requests.of("media", twin.id) == 0, "it was downloaded"
    assert find(bench, track_id, right).status is CandidateStatus.CHOSEN
    # It is not rejected: its score is lower, which is shown, and a person may still take it.
    passed = find(bench, track_id, twin)
    assert passed.status is CandidateStatus.FOUND
    assert passed.score < bench.services.settings.download.accept_score
    assert (passed.track, passed.album) == (said["track"], said["album"])


def test_a_page_that_says_it_came_out_before_is_passed_over_unfetched(
    world: World, bench: Bench, offers: tuple[Offer, Offer]
) -> None:
    right, twin = offers
    placement = world.expected(world.recordings[1])
    said = {
        "track": placement.recording.title,
        "artists": placement.recording.artist_credit.names,
        "album": placement.release.title,
    }
    world.requests.reset()
    old = replace(twin, **said, release_year=1957)
    world.replace_offers(world.recordings[1], (old, right))
    track_id = bench.want(1)
    assert bench.run(bench.claim()).fate is Fate.ADVANCED
    assert (world.requests.of("watch", old.id), world.requests.of("media", old.id)) == (1, 0)
    assert find(bench, track_id, old).score_parts[-1].name == "came out too early"


def test_a_contradicted_candidate_alone_is_for_a_person_or_nothing(
    world: World, bench: Bench, offers: tuple[Offer, Offer]
) -> None:
    _, twin = offers
    world.requests.reset()
    world.replace_offers(world.recordings[1], (replace(twin, **OTHERS[0]),))
    track_id = bench.want(1)
    assert bench.run(bench.claim()).fate in (Fate.REVIEW, Fate.FAILED)
    assert world.requests.total("media") == 0
    watched = world.requests.total("watch")
    # The page's evidence is stored, so a retry does not look at the page again.
    (item,) = bench.queue.overview.list_items()
    with bench.database.begin() as tx:
        bench.catalog.tracks.revive(tx, bench.queue.by_hand.retry_within(tx, item.id))
    assert bench.run(bench.claim()).fate in (Fate.REVIEW, Fate.FAILED)
    assert world.requests.total("watch") == watched
    # The page does not overrule a person's decision.
    candidate = find(bench, track_id, twin)
    assert candidate.id is not None
    with bench.database.begin() as tx:
        bench.catalog.decisions.accept_candidate(tx, track_id, candidate.id)
        bench.catalog.tracks.revive(tx, bench.queue.by_hand.retry_within(tx, item.id))
    assert bench.run(bench.claim()).fate is Fate.ADVANCED
    assert world.requests.of("media", twin.id) == 1


def test_a_page_that_agrees_is_kept_with_the_candidate(
    world: World, bench: Bench, offers: tuple[Offer, Offer]
) -> None:
    placement = world.expected(world.recordings[1])
    names = placement.recording.artist_credit.names
    album = placement.release.title
    right = replace(
        offers[0], track=placement.recording.title, artists=names, album=album, release_year=2019
    )
    world.replace_offers(world.recordings[1], (right,))
    track_id = bench.want(1)
    assert bench.run(bench.claim()).fate is Fate.ADVANCED
    chosen = find(bench, track_id, right)
    assert (chosen.track, chosen.artists) == (placement.recording.title, names)
    assert (chosen.album, chosen.release_year) == (album, 2019)


def test_what_the_other_results_say_counts_when_the_page_is_judged(
    world: World, bench: Bench, offers: tuple[Offer, Offer]
) -> None:
    placement = world.expected(world.recordings[1])
    artist, song = placement.recording.artist_credit.name, placement.recording.title
    cover = replace(offers[0], title=f"{artist} - {song} (Toto cover)", channel="someone")
    first = replace(offers[1], title=f"Toto - {song}", channel="Toto")
    world.replace_offers(world.recordings[1], (cover, first))
    track_id = bench.want(1)
    assert bench.run(bench.claim()).fate is Fate.ADVANCED
    assert find(bench, track_id, cover).status is CandidateStatus.CHOSEN
    assert find(bench, track_id, first).status is CandidateStatus.FOUND
