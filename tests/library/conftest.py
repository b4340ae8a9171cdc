"""A library filed by the real stages."""

from __future__ import annotations

from pathlib import Path

import pytest

from shanty.db import Database
from tests.world.filed_library import FiledLibrary


@pytest.fixture
def library(tmp_path: Path, database: Database, made_audio: dict[str, Path]) -> FiledLibrary:
    return FiledLibrary(tmp_path, database)
