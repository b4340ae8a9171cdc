"""Pulls the plug in the middle of tagging, filing, renaming and undoing: every file stays whole.

The killed process is a fork of this one. It begins at once, so a hundred of them can die.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from shanty.db import Database
from tests.world.filed_library import FiledLibrary
from tests.world.killed_acts import crash_through


def test_killed_now_and_then_every_file_is_whole(
    database: Database, tmp_path: Path, made_audio: dict[str, Path]
) -> None:
    library = FiledLibrary(tmp_path, database)
    crash_through(library, made_audio, tmp_path, kills=1, at_least=5)


@pytest.mark.proof
def test_killed_a_hundred_times_every_file_is_whole(
    database: Database, tmp_path: Path, made_audio: dict[str, Path]
) -> None:
    library = FiledLibrary(tmp_path, database)
    crash_through(library, made_audio, tmp_path, kills=8, at_least=100)
