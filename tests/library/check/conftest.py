"""A library that is checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from shanty.db import Database
from tests.world.checked_library import SONGS, Checked
from tests.world.filed_library import make_placements


@pytest.fixture
def library(tmp_path: Path, database: Database, made_audio: dict[str, Path]) -> Checked:
    made = Checked(tmp_path, database)
    made.ids = made.file(make_placements(*SONGS), made_audio["flac"])
    return made
