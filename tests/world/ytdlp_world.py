"""The offline world for yt-dlp: its plug-in is loaded, and each test finds the world as new."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yt_dlp

from shanty.demo.offers import Offer
from shanty.demo.world import World
from shanty.models import Candidate


@pytest.fixture(scope="module")
def running_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(cache_dir=tmp_path_factory.getbasetemp() / "audio") as world, world.activated():
        # Another test may have used yt-dlp in this process before the plug-in was on the path.
        yt_dlp.plugins.load_all_plugins()
        yield world


@pytest.fixture
def world(running_world: World) -> Iterator[World]:
    running_world.faults.clear()
    running_world.requests.reset()
    yield running_world
    running_world.faults.clear()


def find(world: World, container: str) -> tuple[Candidate, Offer]:
    """The right upload of a recording in this container, as a candidate."""
    offer = next(
        offers[0]
        for offers in map(world.offers, world.recordings)
        if offers[0].container == container
    )
    url = f"{world.base_url}/watch?v={offer.id}"
    return Candidate("ShantyDemo", offer.id, url, offer.title), offer
