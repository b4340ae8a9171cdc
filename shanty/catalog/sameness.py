"""Whether an existing file is the recording of a track, by what its tags and its length say.

Pure. Owns what speaks for a file, what speaks against it, and which of several tracks is meant. The
file's own recording MBID counts most, and an ISRC never beats it, the title or the length.

What knows titles is imported when two are compared: most commands open the catalogue and compare
none.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

LENGTH_TOLERANCE_MS = 3000


class Claims(Protocol):
    """What a file says about itself."""

    @property
    def recording_mbid(self) -> str:
        """The recording that it names, or nothing."""

    @property
    def artist(self) -> str:
        """The artists, as in the tag."""

    @property
    def title(self) -> str:
        """The title of the song."""

    @property
    def album(self) -> str:
        """The title of the album."""

    @property
    def length_ms(self) -> int | None:
        """How long it plays, if that is known."""


@dataclass(frozen=True, slots=True)
class MatchableTrack:
    """What a file's tags are compared with. ``titles`` are the track's and the recording's."""

    id: int
    recording_mbid: str
    isrcs: tuple[str, ...]
    artist: str
    titles: tuple[str, ...]
    album: str
    length_ms: int | None


def make_name_key(artist: str, title: str) -> str:
    """Return what the titles of one song have in common; ``""`` if artist or title is unknown."""
    from shanty.matching.same_song import fold_song_title

    folded = fold_song_title(title)
    if not artist.strip() or not folded:
        return ""
    return hashlib.sha256(folded.encode()).hexdigest()


def is_named_alike(track: MatchableTrack, file: Claims) -> bool:
    """Whether a file's artist and title are those of a track."""
    from shanty.matching.same_song import is_same_song

    return any(is_same_song(file.artist, file.title, track.artist, one) for one in track.titles)


def doubt_by_name(track: MatchableTrack, file: Claims) -> str:
    """Why a file with the track's artist and title may be another recording; ``""`` if it is not.

    Both lengths have to be known and close.
    """
    if track.length_ms is None or file.length_ms is None:
        return "its length is not known"
    return _doubt_recording(track, file) or _doubt_length(track, file)


def doubt_by_isrc(track: MatchableTrack, file: Claims) -> str:
    """Why a file with an ISRC of the track may be another recording; ``""`` if nothing says so.

    ISRCs are often copied from one file to another, and labels have given one to two recordings.
    """
    from shanty.matching.same_song import is_like_title

    if doubt := _doubt_recording(track, file) or _doubt_length(track, file):
        return doubt
    if file.title and not any(is_like_title(file.title, title) for title in track.titles):
        return f"its title is {file.title!r}"
    return ""


def _doubt_recording(track: MatchableTrack, file: Claims) -> str:
    """A file that names another recording is believed, unless it is from the same album.

    Then that recording was merged into ours later.
    """
    from shanty.music.names import fold_name

    mbid = file.recording_mbid
    is_other = mbid and mbid != track.recording_mbid
    if is_other and fold_name(file.album) != fold_name(track.album):
        return f"it names another recording, {mbid}"
    return ""


def _doubt_length(track: MatchableTrack, file: Claims) -> str:
    if track.length_ms is None or file.length_ms is None:
        return ""
    if abs(track.length_ms - file.length_ms) <= LENGTH_TOLERANCE_MS:
        return ""
    return f"it is {file.length_ms / 1000:.0f} s long, not {track.length_ms / 1000:.0f} s"


def distance(track: MatchableTrack, file: Claims) -> tuple[bool, bool, int]:
    """Return how far a file is from a track, to choose among several: album, title, length."""
    from shanty.music.names import fold_name

    difference = abs((track.length_ms or 0) - (file.length_ms or 0))
    is_exact = fold_name(file.title) in map(fold_name, track.titles)
    return fold_name(file.album) != fold_name(track.album), not is_exact, difference
