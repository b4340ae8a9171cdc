"""Two sites that yt-dlp searches one after the other, while one of them gives nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shanty.config.settings import Settings, load_settings
from shanty.db import Database
from shanty.demo.world import World
from shanty.models import CandidateStatus, Stage, Status, TrackStatus
from shanty.sources.circuit_rows import OPEN
from shanty.stages.execution import Fate
from tests.world.stage_bench import Bench

# Its use of the database is tested on both kinds in tests/sources and tests/workqueue.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FIRST, SECOND = "shantydemo", "shantymirror"
PLUGIN_DIR = Path(__file__).parent.parent / "world" / "mirror_site"


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, World]]:
    """Two sites with the same music."""
    audio = tmp_path_factory.getbasetemp() / "audio"
    with World(6, audio) as first, World(6, audio) as second, pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(PLUGIN_DIR))
        with first.activated():
            patch.setenv("SHANTY_MIRROR", second.base_url)
            _load_again()
            yield first, second


def _load_again() -> None:
    """Let yt-dlp look for plug-ins again: it looks once, and another test may have been first."""
    from yt_dlp.globals import plugin_dirs
    from yt_dlp.plugins import load_all_plugins

    assert plugin_dirs.value
    load_all_plugins()


@pytest.fixture(autouse=True)
def no_faults(worlds: tuple[World, World]) -> Iterator[None]:
    yield
    for world in worlds:
        world.faults.clear()
        world.requests.reset()


@pytest.fixture
def settings(worlds: tuple[World, World], tmp_path: Path) -> Settings:
    (tmp_path / "library").mkdir()
    return load_settings(
        home=tmp_path / "home",
        library={"path": tmp_path / "library"},
        download={
            "search": ["demosearch8", "mirrorsearch8"],
            "interval": "0s",
            "request_interval": "0s",
        },
    )


@pytest.fixture
def bench(worlds: tuple[World, World], database: Database, settings: Settings) -> Bench:
    return Bench(worlds[0], database, settings)


def asked(world: World) -> int:
    return sum(world.requests.total(kind) for kind in ("search", "watch", "media"))


def withhold(worlds: tuple[World, World], number: int) -> None:
    """Let the first site have only private pages for a recording."""
    worlds[0].faults.set("private", worlds[0].recordings[number])


def drain(bench: Bench) -> list[Fate]:
    """Run everything that can be claimed, each item to its end; returns their last fates."""
    fates = []
    while items := bench.queue.items.claim(bench.worker_id, 1):
        outcome = bench.run(items[0])
        while outcome.next_item is not None:
            outcome = bench.run(outcome.next_item)
        fates.append(outcome.fate)
    return fates


def filed_from(bench: Bench, source: str) -> set[int]:
    return {
        track.id
        for track in bench.catalog.tracks.list_tracks(TrackStatus.IN_LIBRARY)
        for one in bench.catalog.candidates.of_track(track.id)
        if (one.status, one.source) == (CandidateStatus.CHOSEN, source)
    }


def paused(bench: Bench) -> set[str]:
    return {one.name for one in bench.services.circuits.list_all() if one.state == OPEN}


def test_while_the_second_is_paused_the_first_one_s_tracks_arrive(
    bench: Bench, worlds: tuple[World, World]
) -> None:
    second = worlds[1]
    withhold(worlds, 0)
    withhold(worlds, 1)
    second.faults.set("bot_check", "watch")
    mine = [bench.want(number) for number in range(6)]
    fates = drain(bench)
    assert sorted(fates) == [Fate.FINISHED] * 4 + [Fate.WAITING] * 2
    assert paused(bench) == {SECOND}
    assert filed_from(bench, "ShantyDemo") == set(mine[2:])
    waiting = bench.queue.overview.list_items(status="waiting")
    assert {item.track_id for item in waiting} == set(mine[:2])
    assert {item.attempt for item in waiting} == {0}
    assert bench.queue.overview.count_held() == {SECOND: 2}
    assert asked(second) == 2, "a search and a page; then nothing more"


def test_while_the_first_is_paused_known_tracks_of_the_second_arrive(
    bench: Bench, worlds: tuple[World, World]
) -> None:
    first, second = worlds
    withhold(worlds, 0)
    withhold(worlds, 1)
    second.faults.set("rate_limited", "watch", value=600)
    known = [bench.want(number) for number in range(2)]
    assert drain(bench) == [Fate.WAITING] * 2
    for world in worlds:
        world.faults.clear()
    first.faults.set("bot_check", "watch")
    fresh = [bench.want(number) for number in range(2, 5)]
    assert drain(bench) == [Fate.WAITING] * 3
    assert paused(bench) == {FIRST, SECOND}
    assert bench.services.circuits.resume(SECOND)
    asked_before = asked(first)
    fates = drain(bench)
    if Fate.WAITING in fates:  # the other one came while the probe was under way
        fates += drain(bench)
    # The track that waits has its own candidate there; the search for the other one was refused.
    assert fates.count(Fate.FINISHED) == 2
    assert filed_from(bench, "ShantyMirror") == set(known)
    assert asked(first) == asked_before
    assert paused(bench) == {FIRST}
    waiting = bench.queue.overview.list_items(Stage.DOWNLOAD, "waiting")
    assert {(item.track_id, item.attempt, item.status) for item in waiting} == {
        (track_id, 0, Status.PENDING) for track_id in fresh
    }
    # And the other way round: the second site works, then the first one again.
    first.faults.clear()
    assert bench.services.circuits.resume(FIRST)
    assert drain(bench) == [Fate.FINISHED] * 3
    assert filed_from(bench, "ShantyDemo") == set(fresh)
