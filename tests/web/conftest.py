"""A library with files of our own, and the pages that show it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shanty.db import open_database
from tests.world.filed_library import FiledLibrary
from tests.world.page_server import Pages, serve_pages


@pytest.fixture
def library(home: Path) -> Iterator[FiledLibrary]:
    database = open_database(f"sqlite:///{home / 'home' / 'shanty.db'}")
    yield FiledLibrary(home, database)
    database.dispose()


@pytest.fixture
def pages(library: FiledLibrary) -> Iterator[Pages]:
    with serve_pages(library.settings) as served:
        yield served
