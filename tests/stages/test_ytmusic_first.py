"""The offline world with YouTube Music searched first, switched off, and failing in mid-run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shanty.config.settings import load_settings
from shanty.db import Database
from shanty.demo.offers import OfferKind
from shanty.demo.world import World
from shanty.errors import ConfigError
from shanty.models import CandidateStatus, Stage, TrackStatus, UploadKind
from shanty.sources.circuit_rows import OPEN
from shanty.sources.supply import first_site
from shanty.stages import load_stages
from shanty.stages.execution import Fate
from tests.world.stage_bench import Bench

# Its use of the database is tested on both kinds in tests/sources and tests/workqueue.
pytestmark = [
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("fresh_world"),
]

TRACKS = 4
BOTH = ("ytmusic", "demosearch8")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(TRACKS, tmp_path_factory.getbasetemp() / "audio") as made, made.activated():
        yield made


@pytest.fixture
def fresh_world(world: World) -> Iterator[None]:
    world.requests.reset()
    yield
    world.faults.clear()


def open_bench(world: World, database: Database, tmp_path: Path, *search: str) -> Bench:
    library = tmp_path / "library"
    library.mkdir()
    return Bench(
        world,
        database,
        load_settings(
            home=tmp_path / "home",
            library={"path": library},
            download={"search": search, "interval": "0s", "request_interval": "0s"},
        ),
    )


def drain(bench: Bench) -> list[Fate]:
    """Download whatever can be claimed; what became of each. Later stages need no source."""
    fates = []
    while items := bench.queue.items.claim(bench.worker_id, 1, stages=[Stage.DOWNLOAD]):
        fates.append(bench.run(items[0]).fate)
    return fates


def labels_own(world: World, number: int) -> bool:
    """Whether the right upload is the label's: then an ISRC finds it."""
    return bool(world.offers(world.recordings[number])[0].track)


def places(bench: Bench, track_id: int) -> list[str]:
    return [search.prefix for search in bench.catalog.searches.of_track(track_id)]


def test_one_request_is_enough_if_an_isrc_finds_the_recording(
    world: World, database: Database, tmp_path: Path
) -> None:
    bench = open_bench(world, database, tmp_path, *BOTH)
    track_ids = [bench.want(number) for number in range(TRACKS)]
    assert drain(bench) == [Fate.ADVANCED] * TRACKS
    asked = []
    for number, track_id in enumerate(track_ids):
        asked += places(bench, track_id)
        (chosen,) = [
            one
            for one in bench.catalog.candidates.of_track(track_id)
            if one.status is CandidateStatus.CHOSEN
        ]
        mbid = world.recordings[number]
        assert world.is_right(mbid, chosen.source_id)
        assert chosen.source == "ShantyDemo"
        if labels_own(world, number):
            assert places(bench, track_id) == ["ytmusic:songs"]
            placement = world.expected(mbid)
            assert chosen.kind is UploadKind.AUDIO
            assert chosen.album == placement.release.title
            assert set(placement.recording.artist_credit.names) <= set(chosen.artists)
    counts = world.requests.as_dict()
    assert sum(counts["music"].values()) == len(asked)
    assert "search" not in counts, "nobody else was needed"
    assert any(labels_own(world, number) for number in range(TRACKS))
    assert not all(labels_own(world, number) for number in range(TRACKS))


def test_a_source_that_is_switched_off_is_not_asked(
    world: World, database: Database, tmp_path: Path
) -> None:
    bench = open_bench(world, database, tmp_path, "demosearch8")
    bench.want(0)
    assert drain(bench) == [Fate.ADVANCED]
    assert world.requests.total("music") == 0


@pytest.mark.parametrize(
    "fault",
    [
        "incomplete",
        *(
            pytest.param(kind, marks=pytest.mark.proof)
            for kind in ("rate_limited", "server_error", "forbidden", "html")
        ),
    ],
)
def test_if_it_fails_in_mid_run_the_next_source_serves(
    world: World, database: Database, tmp_path: Path, fault: str
) -> None:
    bench = open_bench(world, database, tmp_path, *BOTH)
    for number in range(TRACKS):
        bench.want(number)
    world.faults.set(fault, "music", after=1, value=600)
    assert drain(bench) == [Fate.ADVANCED] * TRACKS
    # The site is left alone by then, which holds up nothing.
    assert world.requests.total("music") <= 1 + 4
    assert world.requests.total("search") >= 1
    assert {one.attempt for one in bench.queue.overview.list_items()} <= {1}
    states = {one.name: one.state for one in bench.services.circuits.list_all()}
    assert states == {"ytmusic": OPEN}


def test_without_ytmusicapi_the_next_source_serves(
    world: World, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ytmusicapi", None)
    bench = open_bench(world, database, tmp_path, *BOTH)
    bench.want(0)
    assert drain(bench) == [Fate.ADVANCED]
    assert world.requests.total("music") == 0


def hide_from_others(world: World, number: int) -> None:
    """Let the other sources have only wrong uploads of a recording."""
    mbid = world.recordings[number]
    covers = [offer for offer in world.offers(mbid) if offer.kind is OfferKind.COVER]
    world.replace_offers(mbid, tuple(covers))


def test_a_track_waits_for_the_absent_source_but_not_for_ever(
    world: World, database: Database, tmp_path: Path
) -> None:
    bench = open_bench(world, database, tmp_path, *BOTH)
    offers = world.offers(world.recordings[1])
    hide_from_others(world, 1)
    try:
        world.faults.set("rate_limited", "music", value=0)
        track_id = bench.want(1)
        for _ in range(3):
            assert drain(bench) == [Fate.WAITING]
            (item,) = bench.queue.overview.list_items(status="waiting")
            assert item.attempt == 0
            assert bench.services.circuits.resume("ytmusic")
            bench.queue.by_hand.retry(item.id)
        # By now the site counts as gone: the others' answer stands, for a person or as final.
        (fate,) = drain(bench)
        assert fate in (Fate.FAILED, Fate.REVIEW)
        assert bench.status(track_id) is not TrackStatus.WANTED
    finally:
        world.replace_offers(world.recordings[1], offers)


def test_a_sole_source_is_waited_for_like_any_other(
    world: World, database: Database, tmp_path: Path
) -> None:
    bench = open_bench(world, database, tmp_path, "ytmusic")
    world.faults.set("rate_limited", "music", times=1, value=600)
    bench.want(0)
    assert drain(bench) == [Fate.WAITING]
    assert bench.queue.overview.count_held() == {"ytmusic": 1}
    assert bench.services.circuits.resume("ytmusic")
    assert drain(bench) == [Fate.ADVANCED]


def test_no_search_while_its_uploads_could_not_be_fetched(
    world: World, database: Database, tmp_path: Path
) -> None:
    bench = open_bench(world, database, tmp_path, *BOTH)
    bench.want(0)
    assert first_site(bench.services.settings) == "shantydemo"
    bench.services.circuits.open("shantydemo", "asked to wait")
    assert drain(bench) == [Fate.WAITING]
    assert world.requests.total("music") == world.requests.total("search") == 0


def test_a_poorer_answer_takes_no_evidence_away(
    world: World, database: Database, tmp_path: Path
) -> None:
    bench = open_bench(world, database, tmp_path, *BOTH)
    track_id = bench.want(0)
    placement = bench.catalog.tracks.get_placement(track_id)
    source = bench.services.source
    found = source.search(
        placement.recording,
        "",
        "ytmusic:songs",
        placement.recording.isrcs[0],
        should_stop=lambda: False,
    )
    with database.begin() as tx:
        bench.catalog.candidates.record(tx, track_id, found)
    world.faults.set("incomplete", "music")
    world.faults.set("private", world.truth[world.recordings[0]])
    drain(bench)
    (again,) = [
        one
        for one in bench.catalog.candidates.of_track(track_id)
        if one.source_id == found[0].source_id
    ]
    assert world.requests.total("search") >= 1
    assert (again.kind, again.album, again.artists) == (
        UploadKind.AUDIO,
        found[0].album,
        found[0].artists,
    )


def test_a_name_that_is_nearly_its_own_is_a_setting_to_correct(
    world: World, database: Database, tmp_path: Path
) -> None:
    bench = open_bench(world, database, tmp_path, "ytmusic8")
    bench.want(0)
    with pytest.raises(ConfigError, match=r"download\.search.*ytmusic8"):
        load_stages()[Stage.DOWNLOAD](bench.claim(), bench.services)
    assert world.requests.total("music") == 0
