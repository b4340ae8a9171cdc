"""The library file of beets, as beets 1.6 and 2.14 have made it: read, also while it is in use."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from shanty.errors import ShantyError
from shanty.providers import beets_library
from shanty.providers.beets_library import BeetsAlbum, read_beets_library

QUEEN = "0383dadf-2a4e-4d10-a46a-e9e041da8eb3"
DUMPS = sorted((Path(__file__).parent / "beets_libraries").glob("*.sql"))


@pytest.fixture(params=DUMPS, ids=lambda path: path.stem)
def library(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return make(request.param, tmp_path)


def make(dump: Path, folder: Path) -> Path:
    path = folder / "my library #1 ?.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(dump.read_text(encoding="utf-8"))
    return path


def test_albums_are_read_with_their_ids_types_and_dates(library: Path) -> None:
    found = read_beets_library(library)
    assert (found.songs, found.singles) == (7, 1)
    jazz, live, sampler, discogs, without = found.albums
    assert jazz == BeetsAlbum(
        QUEEN,
        "Queen",
        "Queen",
        "9dccb5d3-ebe9-3f9b-b2e4-4dcbd43bff5e",
        "Jazz",
        "Album",
        (),
        "1978-11-10",
    )
    assert (live.primary_type, live.secondary_types) == ("Album", ("Live",))
    assert live.first_release_date == "1979-06"
    assert sampler.secondary_types == ("Compilation",)
    assert (discogs.artist_mbid, discogs.group_mbid) == ("", "")
    assert (without.artist, without.artist_mbid) == ("Brüder", "")
    is_old = "1.6" in library.parent.name or found.folder is not None
    assert found.folder == (Path("/srv/music") if is_old else None)


def test_it_is_not_written(library: Path) -> None:
    before = library.read_bytes()
    library.chmod(0o400)
    read_beets_library(library)
    assert library.read_bytes() == before
    assert [path.name for path in library.parent.iterdir()] == [library.name]


def test_it_is_read_while_somebody_writes_to_it(tmp_path: Path) -> None:
    library = make(DUMPS[0], tmp_path)
    with closing(sqlite3.connect(library, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("UPDATE albums SET album = 'Changed' WHERE album = 'Jazz'")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM albums")
        assert read_beets_library(library).albums[0].title == "Changed"


def test_one_that_is_locked_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beets_library, "_WAIT_SECONDS", 0.1)
    library = make(DUMPS[0], tmp_path)
    with closing(sqlite3.connect(library, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ShantyError, match=r"cannot be read .* locked"):
            read_beets_library(library)


def test_what_is_no_library_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ShantyError, match="there is no file"):
        read_beets_library(tmp_path)
    for content in (b"", b"text", b"SQLite format 3\0" + bytes(4096)):
        path = tmp_path / "other.db"
        path.write_bytes(content)
        with pytest.raises(ShantyError, match="cannot be read as a library of beets"):
            read_beets_library(path)


def test_one_that_never_ends_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beets_library, "_BOUND_SECONDS", 0.2)
    path = tmp_path / "endless.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE VIEW albums AS WITH RECURSIVE n(id) AS "
            "(SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id, 'A' AS album FROM n WHERE id < 0;"
            "CREATE TABLE items (path, album_id);"
        )
    with pytest.raises(ShantyError, match="takes more than"):
        read_beets_library(path)


def test_values_of_other_kinds_and_older_columns_will_do(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE albums (id INTEGER PRIMARY KEY, album, albumartist, original_year);"
            "CREATE TABLE items (id INTEGER PRIMARY KEY, path BLOB, album_id INTEGER);"
            "INSERT INTO albums VALUES (1, CAST(x'ff41' AS TEXT), 3, 'x'), (2, NULL, x'00', 1e300);"
            "INSERT INTO items VALUES (1, NULL, NULL), (2, 'rel/a.mp3', 1), (3, 7, 1);"
        )
    found = read_beets_library(path)
    assert [(album.title, album.artist) for album in found.albums] == [("\ufffdA", ""), ("", "")]
    assert found.folder is None
