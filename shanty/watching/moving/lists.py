"""Lists of music by name: a text file, a table of Exportify, or a file that spotDL saves.

Owns how such a file is read, and which recording an entry means. A name alone is seldom enough:
code, album and length decide, and where several recordings are left, somebody is asked.
Sources: https://github.com/watsonbox/exportify and https://spotdl.readthedocs.io (``save``).
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from shanty.catalog.releases import filing_key
from shanty.errors import ShantyError, one_line
from shanty.music.names import fold_name
from shanty.providers.musicbrainz import MusicBrainz
from shanty.providers.musicbrainz_values import Hit, RecordingLookup
from shanty.watching.find import Choice, track_choice

_MOST_BYTES = 32 * 1024 * 1024
_LONGEST_NAME = 500
_NEAR_SECONDS = 4.0
_CHOICES = 25
_COLUMNS = {
    "title": ("track name", "title", "song", "name", "track"),
    "artist": ("artist name(s)", "artist name", "artists", "artist"),
    "album": ("album name", "album_name", "album"),
    "isrc": ("isrc",),
    "milliseconds": ("track duration (ms)", "duration (ms)", "duration_ms"),
    "seconds": ("duration",),
}


class ListedKind(StrEnum):
    """What the names of a list are."""

    ARTIST = "artist"
    ALBUM = "album"
    TRACK = "track"


@dataclass(frozen=True, slots=True)
class ListedSong:
    """A song, or something else, as a list names it.

    ``artist`` may be several; what is not known is empty. ``reference`` is what stands there in
    place of a name: an id or an address.
    """

    title: str = ""
    artist: str = ""
    album: str = ""
    isrc: str = ""
    seconds: float | None = None
    reference: str = ""

    @property
    def name(self) -> str:
        """It for people: ``Artist – Title``."""
        if self.reference:
            return self.reference
        return f"{self.artist} – {self.title}" if self.artist else self.title

    @property
    def artists(self) -> frozenset[str]:
        """What may be the artist's name, as it is compared: all that stands there, or the first."""
        first = re.split(r";|(?<!\\),", self.artist)[0]
        return frozenset(map(fold_name, (self.artist, first)))


def read_list(path: Path, is_reference: Callable[[str], bool]) -> list[ListedSong]:
    """What a file lists, in its order; what is there twice comes once.

    ``is_reference`` tells an id or an address from a name.

    Raises:
        ShantyError: it cannot be read, or it is no such list.
    """
    if not path.is_file():
        raise ShantyError(f"there is no file {path}")
    if path.stat().st_size > _MOST_BYTES:
        raise ShantyError(f"{path} is larger than any list: {_MOST_BYTES // 2**20} MB are the most")
    text = path.read_bytes().decode("utf-8-sig", "replace")
    if path.suffix.lower() in (".json", ".spotdl"):
        songs = list(_read_spotdl(text, path))
    elif path.suffix.lower() in (".csv", ".tsv"):
        songs = list(_read_table(text, path))
    else:
        songs = [
            _read_line(line, is_reference) for line in map(one_line, text.splitlines()) if line
        ]
    found = [song for song in dict.fromkeys(songs) if song.reference or song.title]
    if not found:
        raise ShantyError(f"{path} lists nothing")
    return found


def _read_line(line: str, is_reference: Callable[[str], bool]) -> ListedSong:
    if is_reference(line):
        return ListedSong(reference=line)
    for dash in (" – ", " — ", " - "):
        artist, found, title = line.partition(dash)
        if found:
            return ListedSong(title[:_LONGEST_NAME], artist[:_LONGEST_NAME])
    return ListedSong(line[:_LONGEST_NAME])


def _read_table(text: str, path: Path) -> Iterator[ListedSong]:
    csv.field_size_limit(_MOST_BYTES)
    first_line = text.partition("\n")[0]
    separator = max(",;\t", key=first_line.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        heads = [head.strip().lower() for head in next(rows, [])]
        places = {
            field: next((heads.index(name) for name in names if name in heads), None)
            for field, names in _COLUMNS.items()
        }
        if places["title"] is None:
            raise ShantyError(f"{path} has no column for the title, such as 'Track Name'")
        for row in rows:
            yield _song(
                {
                    field: row[place]
                    for field, place in places.items()
                    if place is not None and place < len(row)
                }
            )
    except csv.Error as error:
        raise ShantyError(f"{path} is no table: {error}") from error


def _read_spotdl(text: str, path: Path) -> Iterator[ListedSong]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ShantyError(f"{path} is no JSON document") from error
    songs = document.get("songs") if isinstance(document, dict) else document
    if not isinstance(songs, list):
        raise ShantyError(f"{path} is nothing that spotDL saves: it has no list of songs")
    for song in songs:
        if isinstance(song, dict):
            artists = song.get("artists")
            names = artists if isinstance(artists, list) else [song.get("artist")]
            yield _song(
                {
                    "title": song.get("name"),
                    "artist": ";".join(name for name in names if isinstance(name, str)),
                    "album": song.get("album_name"),
                    "isrc": song.get("isrc"),
                    "seconds": song.get("duration"),
                }
            )


def _song(values: dict[str, Any]) -> ListedSong:
    texts = {
        field: one_line(value)[:_LONGEST_NAME]
        for field, value in values.items()
        if isinstance(value, str)
    }
    seconds = _seconds(values.get("milliseconds"), 1000) or _seconds(values.get("seconds"), 1)
    return ListedSong(
        texts.get("title", ""),
        texts.get("artist", ""),
        texts.get("album", ""),
        texts.get("isrc", "").replace("-", "").upper(),
        seconds,
    )


def _seconds(value: object, unit: int) -> float | None:
    try:
        seconds = float(value) / unit  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if 0 < seconds < 86_400 else None


def find_song(song: ListedSong, musicbrainz: MusicBrainz) -> tuple[Choice | None, list[Choice]]:
    """Find the recording that an entry means beyond doubt, and all those that it may mean.

    The first one is None if there is doubt. This costs one request.

    Raises:
        WaitError, TransientError, PermanentError: MusicBrainz does not answer.
    """
    page = musicbrainz.search_recordings(song.title, _CHOICES, artist=song.artist)
    by_code = [hit for hit in page.items if song.isrc and song.isrc in hit.value.recording.isrcs]
    if by_code:  # whatever the title: shops add to it
        return track_choice(by_code[0]), [track_choice(hit) for hit in by_code]
    named = [hit for hit in page.items if _is_named(hit.value, song)]
    left = _narrow(song, named)
    sure = track_choice(left[0]) if len(left) == 1 else None
    return sure, [track_choice(hit) for hit in named or page.items]


def _narrow(song: ListedSong, named: Sequence[Hit[RecordingLookup]]) -> list[Hit[RecordingLookup]]:
    """What is left of recordings of one name: those of that length; if the album is known, the one
    that belongs there most.
    """
    left = [hit for hit in named if not hit.value.recording.is_video]
    if song.seconds is not None:
        left = [hit for hit in left if _is_near(hit.value, song.seconds)]
    if not song.album:
        return left
    on_album = [hit for hit in left if _album(hit.value, song) is not None]
    return sorted(on_album, key=lambda hit: filing_key(_album(hit.value, song)))[:1]


def _is_named(found: RecordingLookup, song: ListedSong) -> bool:
    names = map(
        fold_name, (found.recording.artist_credit.name, *found.recording.artist_credit.names)
    )
    is_theirs = not song.artist or not song.artists.isdisjoint(names)
    return is_theirs and fold_name(found.recording.title) == fold_name(song.title)


def _is_near(found: RecordingLookup, seconds: float) -> bool:
    length_ms = found.recording.length_ms
    return length_ms is None or abs(length_ms / 1000 - seconds) <= _NEAR_SECONDS


def _album(found: RecordingLookup, song: ListedSong) -> Any:
    named = [one for one in found.releases if fold_name(one.title) == fold_name(song.album)]
    return min(named, key=filing_key, default=None)
