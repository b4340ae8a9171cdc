"""What an existing file says it is, so that it can be compared with wanted recordings.

Owns reading that from every format that mutagen knows, even from those that we never write. Refuses
to know what is wanted, and never changes a file.
"""

# mypy: allow-untyped-calls
# mutagen claims to be typed, but is not.

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mutagen import MutagenError
from mutagen.apev2 import APEv2
from mutagen.mp3 import MP3
from mutagen.wave import WAVE

from shanty.errors import BadCandidateError, ShantyError, StageError
from shanty.music.entities import MBID_PATTERN
from shanty.tags import id3
from shanty.tags.audio import open_audio, read_length
from shanty.tags.riff_info import read_riff_info
from shanty.tags.tagging import find_format
from shanty.tags.tagset import TagSet

_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_LONGEST_TEXT = 1000
_MOST_ISRCS = 20
_LONGEST_MS = 2**31 - 1
# Source: https://picard-docs.musicbrainz.org/en/appendices/tag_mapping.html
_APE_NAMES = {
    "recording_mbid": "MUSICBRAINZ_TRACKID",
    "isrcs": "ISRC",
    "artist": "Artist",
    "album_artist": "Album Artist",
    "title": "Title",
    "album": "Album",
}
# Vorbis and APEv2, ID3, MP4, ASF.
_ARTIST_KEYS = ("artist", "TPE1", "\xa9ART", "Author")
_ASF_NAMES = {
    "recording_mbid": "MusicBrainz/Track Id",
    "isrcs": "WM/ISRC",
    "artist": "Author",
    "album_artist": "WM/AlbumArtist",
    "title": "Title",
    "album": "WM/AlbumTitle",
}


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """What a file says it is. A field is empty if the file does not say it, or says it wrongly."""

    recording_mbid: str = ""
    isrcs: tuple[str, ...] = ()
    artist: str = ""
    title: str = ""
    album: str = ""
    length_ms: int | None = None


def read_identity(path: Path) -> FileIdentity:
    """Read what a file says it is.

    Raises:
        BadCandidateError: it is not audio, or too damaged to be read.
        TransientError: the file is not there or cannot be opened.
    """
    audio = open_audio(path)
    try:
        held = _find_tags(audio, path)
        tags = _read_tags(audio, held, path)
        seconds = _find_length(audio, path)
    except StageError:
        raise
    except Exception as error:
        # The tags of a damaged file may have types that no reader expects.
        raise BadCandidateError(f"{path.name} has tags that cannot be read") from error
    mbid = tags.recording_mbid.strip().lower()
    return FileIdentity(
        recording_mbid=mbid if MBID_PATTERN.fullmatch(mbid) else "",
        isrcs=_clean_isrcs(tags.isrcs),
        artist=(_join_artists(held) or tags.artist or tags.album_artist)[:_LONGEST_TEXT],
        title=tags.title[:_LONGEST_TEXT],
        album=tags.album[:_LONGEST_TEXT],
        length_ms=min(round(seconds * 1000), _LONGEST_MS) if seconds else None,
    )


def _find_length(audio: Any, path: Path) -> float:
    """Return the length in seconds; 0 if it cannot be found, which is no reason to skip a file."""
    try:
        return read_length(audio, path)
    except ShantyError:
        return 0.0


def _find_tags(audio: Any, path: Path) -> Any:
    """The tags of a file as mutagen holds them; None if there are none that it knows.

    Some programs put APEv2 tags at the end of an MP3 file instead of ID3.
    """
    if audio.tags is None and isinstance(audio, MP3):
        with suppress(MutagenError):
            return APEv2(path)
    return audio.tags


def _read_tags(audio: Any, held: Any, path: Path) -> TagSet:
    if held is None and isinstance(audio, WAVE):
        return TagSet.from_texts(read_riff_info(path))
    form = find_format(audio)
    if form is not None and held is audio.tags:
        return form.read(audio)
    if hasattr(held, "getall"):  # WAV, AIFF, DSD, True Audio: ID3 in a special place
        return id3.read(audio)
    kind = type(held).__name__
    names = {"APEv2": _APE_NAMES, "ASFTags": _ASF_NAMES}.get(kind, {})
    return TagSet.from_texts({field: _texts(held.get(name)) for field, name in names.items()})


def _join_artists(held: Any) -> str:
    """The artists of a file that names each of them in a value of its own; ``""`` otherwise."""
    for name in _ARTIST_KEYS:
        try:
            values = _texts(held[name])
        except (KeyError, ValueError, TypeError):
            continue
        if len(values) > 1:
            return "; ".join(values)
    return ""


def _texts(values: Any) -> tuple[str, ...]:
    """Return the texts of an APEv2 item, or of a list of ASF attributes."""
    return tuple(str(value) for value in values or ())


def _clean_isrcs(values: tuple[str, ...]) -> tuple[str, ...]:
    """Keep only valid ISRCs: twelve characters. People write them with hyphens or in lower case."""
    parts = [part for value in values for part in re.split(r"[;/,]", value)]
    bare = (re.sub(r"[\s-]", "", part).upper() for part in parts[:_MOST_ISRCS])
    return tuple(dict.fromkeys(isrc for isrc in bare if _ISRC.fullmatch(isrc)))
