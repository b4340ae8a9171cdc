"""Sixty songs with one bad upload, and with an outage, in real time through the real yt-dlp.

The short forms are in ``test_bad_uploads``. ``SHANTY_TEST_OUTAGE_SECONDS`` makes the outage longer.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from shanty.config.settings import Settings, load_settings
from shanty.db import Database
from shanty.demo.world import World
from shanty.models import Stage, Status
from shanty.sources.opening import open_musicbrainz
from shanty.sources.pauses import AWAY
from shanty.sources.states import list_source_states
from shanty.sources.supply import first_site
from shanty.watching.watch import watch_track
from shanty.workqueue import WorkQueue
from tests.world.databases import ON_SQLITE
from tests.world.work_pool import WorkPool

pytestmark = [pytest.mark.proof, ON_SQLITE]

SONGS = 60
MOST_TIMES_AS_LONG = 1.3
OUTAGE_SECONDS = float(os.environ.get("SHANTY_TEST_OUTAGE_SECONDS", "60"))


def settings_for(folder: Path, **download: Any) -> Settings:
    (folder / "library").mkdir(parents=True)
    download = {"interval": "0.6s", "request_interval": "0.1s", **download}
    return load_settings(
        home=folder / "home", library={"path": folder / "library"}, download=download
    )


def want(world: World, database: Database, settings: Settings, songs: int) -> None:
    musicbrainz = open_musicbrainz(settings, database)
    for mbid in world.recordings[:songs]:
        watch_track(mbid, database=database, musicbrainz=musicbrainz)
    with database.begin() as tx:
        WorkQueue(database).items.enqueue_wanted(tx, source=first_site(settings))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with (
        pytest.MonkeyPatch.context() as patch,
        World(SONGS, tmp_path_factory.getbasetemp() / "audio") as made,
        made.activated(),
    ):
        patch.setenv("SHANTY_MUSICBRAINZ__RATE", "100")
        for mbid in made.recordings:  # rendering one looks like a slow site
            for offer in made.offers(mbid)[:2]:
                made._origin.studio.read_audio(offer)
        yield made


@pytest.fixture(autouse=True)
def no_faults(world: World) -> Iterator[None]:
    yield
    world.faults.clear()


_usual_seconds: dict[int, float] = {}


def time_songs(world: World, database: Database, folder: Path, downloads: int) -> float:
    settings = settings_for(folder)
    want(world, database, settings, SONGS)
    pool = WorkPool(settings, database, downloads)
    seconds = pool.fill_library(SONGS, 900)
    assert pool.count() == SONGS
    return seconds


@pytest.mark.parametrize("downloads", [1, 4])
def test_without_a_bad_upload(
    world: World, database: Database, tmp_path: Path, downloads: int
) -> None:
    _usual_seconds[downloads] = time_songs(world, database, tmp_path, downloads)


@pytest.mark.parametrize("downloads", [1, 4])
@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("unavailable", {"value": 0}),
        ("unavailable", {"value": 5}),
        ("session_limit", {}),
        ("forbidden", {}),
        ("server_error", {}),
    ],
)
def test_with_one_bad_upload_it_takes_hardly_longer(
    world: World, database: Database, tmp_path: Path, downloads: int, kind: str, how: dict[str, int]
) -> None:
    world.faults.set(kind, world.truth[world.recordings[0]], **how)
    seconds = time_songs(world, database, tmp_path, downloads)
    usual = _usual_seconds[downloads]
    print(f"{kind} {how}, {downloads} at a time: {seconds:.1f} s, {usual:.1f} s without")
    assert seconds <= MOST_TIMES_AS_LONG * usual


@contextmanager
def cut(world: World) -> Iterator[None]:
    with world.away():
        yield


@contextmanager
def no_names(world: World) -> Iterator[None]:
    """Fail every name lookup, as on a machine without a resolver."""

    def fail(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", fail)
        yield


@pytest.mark.parametrize("after", [0, 4], ids=["at the start", "in the middle"])
@pytest.mark.parametrize("outage", [cut, no_names])
def test_after_an_outage_everything_arrives_by_itself(
    world: World, database: Database, tmp_path: Path, outage: Any, after: int
) -> None:
    songs = 12
    settings = settings_for(tmp_path, interval="0.3s")
    want(world, database, settings, songs)
    queue = WorkQueue(database)
    pool = WorkPool(settings, database, 4)
    seen: list[str] = []

    def break_off() -> None:
        while pool.count() < after:
            time.sleep(0.02)
        with outage(world):
            time.sleep(OUTAGE_SECONDS)
            seen.extend(
                one.describe()
                for one in list_source_states(database, queue)
                if one.kind == AWAY and one.name == first_site(settings)  # covers may be away too
            )

    trouble = threading.Thread(target=break_off)
    trouble.start()
    if not after:
        time.sleep(0.5)
    seconds = pool.fill_library(songs, OUTAGE_SECONDS + 400)
    trouble.join()
    assert pool.count() == songs
    (said,) = seen
    assert "cannot be reached since" in said
    items = queue.overview.list_items(Stage.DOWNLOAD)
    assert {item.status for item in items} == {Status.COMPLETED}
    print(
        f"{outage.__name__}: {OUTAGE_SECONDS:.0f} s away, all there after {seconds:.0f} s: {said}"
    )
    print(f"attempts: {sorted(item.attempt for item in items)}")
