"""Searches in the offline world: in order, as few as needed, and not repeated for a retry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from shanty.catalog import Catalog
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.demo.offers import RIGHT_KINDS
from shanty.demo.world import SEARCH_PREFIX, World
from shanty.matching import plan_queries
from shanty.models import Candidate, Status, TrackStatus
from shanty.music.entities import Recording
from shanty.providers.ytdlp.stall import StoppedError
from shanty.sources.budgets import Budgets
from shanty.sources.circuits import Circuits
from shanty.sources.opening import open_musicbrainz
from shanty.sources.supply import Supply
from shanty.sources.ytdlp_source import YtDlpSource
from shanty.stages.execution import Fate
from shanty.watching.watch import watch_track
from tests.world.databases import Clock
from tests.world.shell import Shell, file_everything
from tests.world.stage_bench import Bench

pytestmark = pytest.mark.usefixtures("world")

HOPELESS = 1
# Both databases store the same, and the searches do not depend on the database.
on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with (
        World(4, tmp_path_factory.getbasetemp() / "audio", with_scene=True) as made,
        made.activated(),
    ):
        mbid = made.recordings[HOPELESS]
        decoys = [offer for offer in made.offers(mbid) if offer.kind not in RIGHT_KINDS]
        made.replace_offers(mbid, tuple(decoys))
        yield made


@pytest.fixture(autouse=True)
def fresh_world(world: World) -> Iterator[None]:
    world.requests.reset()
    yield
    world.faults.clear()


@pytest.fixture
def bench(world: World, database: Database, settings: Settings, clock: Clock) -> Bench:
    made = Bench(world, database, settings)
    made.catalog = made.services.catalog = Catalog(database, clock)
    return made


def plan_of(world: World, number: int, prefix: str = SEARCH_PREFIX) -> list[str]:
    placement = world.expected(world.recordings[number])
    plan = plan_queries(placement.recording, placement.release.title, prefix)
    return [query.text for query in plan]


def asked(world: World) -> list[str]:
    counts = world.requests.as_dict().get("search", {})
    assert all(number == 1 for number in counts.values()), counts
    return list(counts)


def retry(bench: Bench, track_id: int) -> Fate:
    """Do what a person's `queue retry` does, and the run after it."""
    (item,) = [item for item in bench.queue.overview.list_items() if item.track_id == track_id]
    assert item.status in (Status.FAILED, Status.CANCELLED)
    with bench.database.begin() as tx:
        bench.catalog.tracks.revive(tx, bench.queue.by_hand.retry_within(tx, item.id))
    return bench.run(bench.claim()).fate


@on_one_database
def test_one_search_is_enough_when_it_finds_the_recording(world: World, bench: Bench) -> None:
    track_id = bench.want(0)
    assert bench.run(bench.claim()).fate is Fate.ADVANCED
    plan = plan_of(world, 0)
    assert len(plan) > 1
    assert asked(world) == plan[:1]
    (search,) = bench.catalog.searches.of_track(track_id)
    assert (search.prefix, search.query) == (SEARCH_PREFIX, plan[0])
    assert search.result_count == len(bench.catalog.candidates.of_track(track_id))


@on_one_database
def test_all_searches_are_asked_once_and_never_again_by_a_retry(world: World, bench: Bench) -> None:
    track_id = bench.want(HOPELESS)
    outcome = bench.run(bench.claim())
    assert outcome.fate is Fate.FAILED
    assert "looked at again on 2026-01-0" in outcome.message
    assert asked(world) == sorted(plan_of(world, HOPELESS), key=asked(world).index)
    number = len(asked(world))
    assert number == len(plan_of(world, HOPELESS))
    for _ in range(5):
        assert retry(bench, track_id) is Fate.FAILED
    assert world.requests.total("search") == number
    assert bench.status(track_id) is TrackStatus.FAILED


def test_after_months_a_person_s_retry_searches_anew(
    world: World, bench: Bench, clock: Clock
) -> None:
    track_id = bench.want(HOPELESS)
    bench.run(bench.claim())
    number = world.requests.total("search")
    clock.advance(29 * 86400)
    retry(bench, track_id)
    assert world.requests.total("search") == number
    clock.advance(2 * 86400)
    retry(bench, track_id)
    assert world.requests.total("search") == 2 * number
    assert {search.asked_at for search in bench.catalog.searches.of_track(track_id)} == {clock.now}
    # A clock that was set back for years does not keep it from searching.
    clock.set_by(-3000 * 86400)
    retry(bench, track_id)
    assert world.requests.total("search") == 3 * number


@on_one_database
def test_a_plan_goes_on_at_the_search_that_failed(world: World, bench: Bench) -> None:
    plan = plan_of(world, HOPELESS)
    world.faults.set("server_error", target=plan[1], times=1)
    bench.want(HOPELESS)
    item = bench.claim()
    assert bench.run(item).fate is Fate.WAITING
    bench.queue.by_hand.retry(item.id)
    assert bench.run(bench.claim()).fate is Fate.FAILED
    counts = world.requests.as_dict()["search"]
    assert counts == {**dict.fromkeys(plan, 1), plan[1]: 2}


class Silent:
    """A source that finds nothing, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def search(
        self, recording: Recording, album: str, prefix: str, query: str, **_: object
    ) -> Sequence[Candidate]:
        self.asked.append((prefix, query))
        return []


@on_one_database
def test_an_empty_search_is_repeated_after_days(bench: Bench, clock: Clock) -> None:
    bench.services.source = source = Silent()  # type: ignore[assignment]
    track_id = bench.want(2)
    outcome = bench.run(bench.claim())
    assert outcome.fate is Fate.FAILED
    assert "nothing was found" in outcome.message
    assert "looked at again on 2026-01-0" in outcome.message
    number = len(source.asked)
    assert len(set(source.asked)) == number > 0
    clock.advance(2 * 86400)
    retry(bench, track_id)
    assert len(source.asked) == number
    clock.advance(2 * 86400)
    retry(bench, track_id)
    assert len(source.asked) == 2 * number


@on_one_database
def test_each_source_has_its_own_plan_and_age(
    world: World, database: Database, settings: Settings
) -> None:
    download = settings.download.model_copy(
        update={"search": ("ytsearch3", "scsearch3"), "search_age": timedelta(days=1)}
    )
    bench = Bench(world, database, settings.model_copy(update={"download": download}))
    bench.services.source = source = Silent()  # type: ignore[assignment]
    track_id = bench.want(3)
    mbid = world.recordings[3]
    assert bench.run(bench.claim()).fate is Fate.FAILED
    assert source.asked == [
        (prefix, text)
        for prefix in ("ytsearch3", "scsearch3")
        for text in plan_of(world, 3, prefix)
    ]
    isrcs = world.expected(mbid).recording.isrcs
    assert [text for prefix, text in source.asked if '"' in text] == [f'"{isrc}"' for isrc in isrcs]
    assert len(bench.catalog.searches.of_track(track_id)) == len(source.asked)


@on_one_database
def test_an_artist_is_asked_for_by_an_alias_that_is_known(world: World, bench: Bench) -> None:
    assert world.scene is not None
    mbid, placement = next(
        (mbid, placement)
        for mbid, placement in world.scene.by_recording.items()
        if placement.recording.artist_credit.name == "Полярная Станция"
    )
    bench.services.source = source = Silent()  # type: ignore[assignment]
    musicbrainz = open_musicbrainz(bench.services.settings, bench.database)
    watch_track(mbid, database=bench.database, musicbrainz=musicbrainz)
    artist = placement.recording.artist_credit.parts[0].artist
    with bench.database.begin() as tx:
        bench.catalog.discographies.store_artist(
            tx, replace(artist, aliases=("Полярка", "North Station"))
        )
        bench.queue.items.enqueue_wanted(tx)
    bench.run(bench.claim())
    assert any(text.startswith("North Station - ") for _, text in source.asked), source.asked
    assert not any("Полярка" in text for _, text in source.asked)


@on_one_database
def test_a_search_takes_a_turn_of_its_source(
    world: World, database: Database, settings: Settings
) -> None:
    download = settings.download.model_copy(update={"request_interval": timedelta(minutes=1)})
    budgets = Budgets(database)
    source = YtDlpSource(
        settings.model_copy(update={"download": download}), budgets, Circuits(database)
    )
    recording = world.expected(world.recordings[0]).recording
    assert source.search(recording, "", SEARCH_PREFIX, recording.title)
    with pytest.raises(StoppedError, match="given up"):
        source.search(recording, "", SEARCH_PREFIX, "more", should_stop=lambda: True)
    assert asked(world) == [recording.title]
    assert budgets.reserve("request:shantydemo", 1) > 30


def test_stored_candidates_are_scored_by_what_is_known_now(world: World, bench: Bench) -> None:
    """A stored score of an older program or an older catalogue must not stay in force."""
    track_id = bench.want(2)
    placement = bench.catalog.tracks.get_placement(track_id)
    (first, *_) = plan_queries(placement.recording, placement.release.title, SEARCH_PREFIX)
    source = bench.services.source
    assert isinstance(source, Supply)
    found = source.search(placement.recording, "", SEARCH_PREFIX, first.text)
    stale = [replace(candidate, score=0.1, score_parts=()) for candidate in found]
    with bench.database.begin() as tx:
        bench.catalog.searches.record(
            tx, track_id, SEARCH_PREFIX, first.text, stale, reason=first.reason
        )
    assert bench.run(bench.claim()).fate is Fate.ADVANCED
    assert world.requests.total("search") == 1
    scores = [candidate.score for candidate in bench.catalog.candidates.of_track(track_id)]
    assert max(scores) > 0.9


def test_a_track_s_searches_go_with_it(bench: Bench) -> None:
    track_id = bench.want(0)
    with bench.database.begin() as tx:
        bench.catalog.searches.record(tx, track_id, "p", "hostile \u2028 '; --", [], reason="why")
    assert [one.query for one in bench.catalog.searches.of_track(track_id)] == [
        "hostile \u2028 '; --"
    ]
    assert bench.catalog.searches.of_track(track_id + 1) == []


def test_explain_shows_what_was_searched(world: World, shanty: Shell) -> None:
    mbid = world.recordings[HOPELESS]
    assert shanty("watch", "add", "track", mbid) == 0
    file_everything()
    explained = shanty.json("explain", mbid)
    assert isinstance(explained, dict)
    searches = explained["searches"]
    assert [one["query"] for one in searches] == plan_of(world, HOPELESS)
    assert searches[0]["reason"] == "artist and title"
    assert {one["prefix"] for one in searches} == {SEARCH_PREFIX}
    assert all(one["result_count"] > 0 and one["asked_at"] for one in searches)
    assert shanty("explain", mbid, "--all") == 0
    for query in plan_of(world, HOPELESS):
        assert f"in {SEARCH_PREFIX} for {query!r}" in shanty.out
