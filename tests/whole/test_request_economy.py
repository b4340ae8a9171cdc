"""How many requests to MusicBrainz an artist costs, from the wish to the library."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from cli.opening import open_state
from shanty.demo.names import Album, Song
from shanty.demo.pressing import Press, press_again
from shanty.demo.world import World
from shanty.music.entities import Release
from shanty.stages import load_stages
from shanty.stages.execution import execute
from shanty.stages.services import open_services
from shanty.tags.tagging import build_tags, read_tags
from tests.world.shell import Shell

NAME = "The Twelve"
ALBUMS, TRACKS, EDITIONS = 12, 12, 3


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(1, tmp_path_factory.getbasetemp() / "audio") as made, made.activated():
        for edition in press_editions():
            made.publish(edition)
        yield made


def press_editions() -> list[Release]:
    """Twelve albums, each with a deluxe and a later edition that have the same recordings."""
    press, editions = Press(first_number=20_000), []
    for number in range(ALBUMS):
        songs = tuple(Song(f"Station {number} Track {track}") for track in range(TRACKS))
        year = 1990 + number
        album = Album(
            title=f"Volume {number}",
            credit=(NAME,),
            date=f"{year}-05-05",
            country="GB",
            label="Dozen",
            discs=(songs,),
            reissue_date=f"{year + 9}",
        )
        first = press.press(album)
        deluxe = press_again(first, replace(album, reissue_date=f"{year}-11"))
        editions += [first, deluxe, press_again(first, album)]
    assert len(editions) == ALBUMS * EDITIONS
    assert len({edition.mbid for edition in editions}) == ALBUMS * EDITIONS
    return editions


def file_tracks(limit: int) -> int:
    """Do the work of a pipeline run for a number of tracks, two at a time, without Prefect."""
    state = open_state()
    services = open_services(state.settings, state.database, run_id="test")
    with state.database.begin() as tx:
        state.queue.items.enqueue_wanted(tx)
    worker_id = state.queue.workers.register()
    stages = load_stages()

    def work(_number: int) -> None:
        (item,) = state.queue.items.claim(worker_id, 1)
        outcome = execute(item, services, stages)
        while outcome.next_item is not None:
            outcome = execute(outcome.next_item, services, stages)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(limit)))
    state.queue.workers.unregister(worker_id)
    return len(state.catalog.files.list_library())


@pytest.mark.parametrize("limit", [6, pytest.param(ALBUMS * TRACKS, marks=pytest.mark.proof)])
def test_an_artist_costs_fourteen_requests_up_to_the_library(
    world: World,
    home: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    limit: int,
) -> None:
    world.requests.reset()
    shanty = Shell(capsys, monkeypatch)
    document = shanty.json("watch", "add", "artist", NAME)
    assert (document["albums"], document["wanted"]) == (ALBUMS, ALBUMS * TRACKS)
    asked = world.requests.total("catalogue")
    assert asked == document["requests"] == 1 + 1 + ALBUMS, "a search, a page, and each album"
    assert file_tracks(limit) == limit
    assert shanty.json("watch", "ls")[0]["in_library"] == limit
    assert shanty("watch", "add", "artist", NAME, "--type", "album") == 0
    assert world.requests.total("catalogue") == asked + 1, "the name alone was asked for again"
    catalog = open_state().catalog
    for track, file in catalog.files.list_library():
        placement = catalog.tracks.get_placement(track.id)
        assert read_tags(file.path) == build_tags(placement)
        assert placement.release.date.endswith("-05-05"), "the first edition"
