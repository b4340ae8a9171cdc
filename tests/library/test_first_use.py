"""A library is marked at its first use, once, and only if it is the library."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from shanty.catalog import Catalog
from shanty.config.sections import LIBRARY_MARK
from shanty.db import Database, open_database
from shanty.db.tables import known_library
from shanty.errors import WaitError
from shanty.library.presence import open_library
from tests.world.checked_library import Checked
from tests.world.filed_library import make_placements

SONGS = tuple(f"Song {number}" for number in range(6))


@pytest.fixture
def library(tmp_path: Path, sqlite_database: Database) -> Checked:
    return Checked(tmp_path, sqlite_database)


def test_an_empty_library_is_marked_at_its_first_use_and_known_ever_after(
    library: Checked, made_audio: dict[str, Path]
) -> None:
    folder = library.library_dir
    assert list(folder.iterdir()) == []
    with open_library(folder, library.catalog.known_library):
        known = library.catalog.known_library.library_id()
        assert (folder / LIBRARY_MARK).read_text().startswith(f"{known}\n")
    library.file(make_placements("One"), made_audio["opus"])
    assert library.catalog.known_library.library_id() == known
    assert library.check() == []


def test_two_processes_at_the_first_use_agree(library: Checked) -> None:
    found: set[str] = set()
    barrier = threading.Barrier(6)

    def use() -> None:
        barrier.wait()
        with open_library(library.library_dir, Catalog(library.database).known_library) as opened:
            found.add((opened.path / LIBRARY_MARK).read_text())

    threads = [threading.Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1


@pytest.mark.parametrize("number_left", [3, 6])
def test_a_library_of_an_earlier_release_is_marked_only_if_its_files_are_there(
    number_left: int, library: Checked, made_audio: dict[str, Path]
) -> None:
    ids = library.file(make_placements(*SONGS), made_audio["opus"])
    with library.database.begin() as tx:
        tx.execute(known_library.delete())
    (library.library_dir / LIBRARY_MARK).unlink()
    for track_id in ids[number_left:]:
        library.path(track_id).unlink()
    if number_left > 3:
        with open_library(library.library_dir, library.catalog.known_library):
            assert (library.library_dir / LIBRARY_MARK).is_file()
        return
    with (
        pytest.raises(WaitError, match=r"mounted"),
        open_library(library.library_dir, library.catalog.known_library),
    ):
        pytest.fail("it was taken for the library")
    assert not (library.library_dir / LIBRARY_MARK).exists()


def test_a_second_installation_takes_the_mark_that_is_there(
    library: Checked, tmp_path: Path, made_audio: dict[str, Path]
) -> None:
    library.file(make_placements("One"), made_audio["opus"])
    other = Catalog(open_database(f"sqlite:///{tmp_path / 'other.db'}"))
    with open_library(library.library_dir, other.known_library):
        assert other.known_library.library_id() == library.catalog.known_library.library_id()
