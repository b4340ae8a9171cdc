"""The library file of beets: which albums it has, read and never written.

Owns the tables of that file and how it is opened: it may be in use, from any version, or no such
file at all. Source: https://beets.readthedocs.io/en/stable/dev/library.html, and the database that
beets 2 makes.
"""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shanty.errors import ShantyError, one_line
from shanty.music.entities import MBID_PATTERN
from shanty.music.release_types import parse_primary_type, parse_secondary_type

_WAIT_SECONDS = 5.0
_BOUND_SECONDS = 60.0
_STEPS = 100_000  # of SQLite's machine, between two looks at the clock
_LONGEST_NAME = 500
_COLUMNS = (
    "mb_albumartistid",
    "albumartist",
    "albumartist_sort",
    "mb_releasegroupid",
    "album",
    "albumtype",
    "albumtypes",
    "original_year",
    "original_month",
    "original_day",
)


@dataclass(frozen=True, slots=True)
class BeetsAlbum:
    """An album that beets has. Both ids are MusicBrainz', or empty.

    The date is as in :class:`shanty.music.entities.ReleaseGroup`.
    """

    artist_mbid: str
    artist: str
    artist_sort: str
    group_mbid: str
    title: str
    primary_type: str
    secondary_types: tuple[str, ...]
    first_release_date: str


@dataclass(frozen=True, slots=True)
class BeetsLibrary:
    """What a library file lists. ``singles`` are songs that belong to no album.

    ``folder`` holds all files; None if there are none, or they have no folder in common.
    """

    albums: tuple[BeetsAlbum, ...]
    songs: int
    singles: int
    folder: Path | None


def read_beets_library(path: Path) -> BeetsLibrary:
    """Read the library file of beets, as it is at one moment.

    Raises:
        ShantyError: it is no such file, it is locked, or it cannot be read in time.
    """
    if not path.is_file():
        raise ShantyError(f"there is no file {path}; `beet config` says where the library is")
    ends_at = time.monotonic() + _BOUND_SECONDS
    try:
        with closing(_open(path)) as connection:
            connection.set_progress_handler(lambda: time.monotonic() > ends_at, _STEPS)
            connection.execute("BEGIN")  # so that all of it is of one moment
            albums = tuple(_albums(connection))
            songs, singles = connection.execute(
                "SELECT count(*), count(*) FILTER (WHERE album_id IS NULL) FROM items"
            ).fetchone()
            paths = (row[0] for row in connection.execute("SELECT path FROM items"))
            return BeetsLibrary(albums, songs, singles, _common_folder(paths))
    except (sqlite3.Error, OverflowError) as error:
        why = one_line(str(error))
        if time.monotonic() > ends_at:
            why = f"it takes more than {_BOUND_SECONDS:.0f} s"
        raise ShantyError(f"{path} cannot be read as a library of beets: {why}") from error


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_WAIT_SECONDS, isolation_level=None
    )
    # What is no text in UTF-8 must not end the whole.
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _albums(connection: sqlite3.Connection) -> Iterator[BeetsAlbum]:
    there = {row[1] for row in connection.execute("PRAGMA table_info(albums)")}
    columns = ", ".join(name if name in there else f"NULL AS {name}" for name in _COLUMNS)
    for row in connection.execute(f"SELECT {columns} FROM albums ORDER BY id"):
        values = dict(zip(_COLUMNS, row, strict=True))
        words = re.split(r"[^\w/ -]+", f"{_text(values['albumtypes'])};{values['albumtype'] or ''}")
        yield BeetsAlbum(
            _mbid(values["mb_albumartistid"]),
            _text(values["albumartist"]),
            _text(values["albumartist_sort"]),
            _mbid(values["mb_releasegroupid"]),
            _text(values["album"]),
            next(_known(words, parse_primary_type), ""),
            tuple(dict.fromkeys(_known(words, parse_secondary_type))),
            _date(*(values[f"original_{part}"] for part in ("year", "month", "day"))),
        )


def _known(words: Iterable[str], parse: Any) -> Iterator[str]:
    """Those of the words that are types, as MusicBrainz writes them."""
    for word in words:
        try:
            yield parse(word)
        except ValueError:
            continue


def _text(value: object) -> str:
    return one_line(value)[:_LONGEST_NAME] if isinstance(value, str) else ""


def _mbid(value: object) -> str:
    """An id of MusicBrainz: other services' stand in the same column."""
    text = _text(value).lower()
    return text if MBID_PATTERN.fullmatch(text) else ""


def _date(year: object, month: object, day: object) -> str:
    """``1999-12-31``, ``1999-12`` or ``1999``: what beets does not know is 0."""
    text = ""
    for value, last, form in ((year, 9999, "{:04}"), (month, 12, "-{:02}"), (day, 31, "-{:02}")):
        if not isinstance(value, int) or not 1 <= value <= last:
            break
        text += form.format(value)
    return text


def _common_folder(paths: Iterable[object]) -> Path | None:
    common: str | None = None
    for path in paths:
        raw = path if isinstance(path, bytes) else str(path or "").encode("utf-8", "replace")
        if not raw.startswith(b"/"):
            continue  # newer versions write them below a folder that stands in their settings
        folder = str(Path(os.fsdecode(raw)).parent)
        common = folder if common is None else os.path.commonpath((common, folder))
    return Path(common) if common and common != "/" else None
