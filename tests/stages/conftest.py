"""The world of the stages' tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shanty.db import Database
from shanty.demo.listener import Listener
from shanty.demo.world import World
from tests.world.art_library import ArtLibrary, PictureServer


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(24, tmp_path_factory.getbasetemp() / "audio") as made, made.activated():
        yield made


@pytest.fixture
def server() -> Iterator[PictureServer]:
    made = PictureServer()
    with Listener(made.answer) as listener:
        made.url = listener.base_url
        yield made


@pytest.fixture
def library(tmp_path: Path, sqlite_database: Database, server: PictureServer) -> ArtLibrary:
    return ArtLibrary(tmp_path, sqlite_database, server)
