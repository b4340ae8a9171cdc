"""The tags that tell a player how loud a track and its album are, in each format.

Owns their names and spelling. Refuses to know how loudness is measured (``shanty.music.loudness``).

Sources: the ReplayGain 2.0 specification for ID3 and Vorbis
(https://wiki.hydrogenaud.io/index.php?title=ReplayGain_2.0_specification#Metadata_format). MP4 has
the names that mediafile and most scanners write. For Opus, RFC 7845, 5.2.1: it has a reference
level of its own and forbids the other tags.
"""

# mypy: allow-untyped-calls
# mutagen claims to be typed, but is not.

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from mutagen.id3 import TXXX, Encoding
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4, MP4FreeForm
from mutagen.oggopus import OggOpus

from shanty.files.atomic import BeforeReplacing
from shanty.music.loudness import REFERENCE_LUFS, Gain
from shanty.tags.edit import edit_tags, open_tagged

_NAMES = (
    "REPLAYGAIN_TRACK_GAIN",
    "REPLAYGAIN_TRACK_PEAK",
    "REPLAYGAIN_ALBUM_GAIN",
    "REPLAYGAIN_ALBUM_PEAK",
    "R128_TRACK_GAIN",
    "R128_ALBUM_GAIN",
)
_FREEFORM = "----:com.apple.iTunes:"
_R128_OFFSET_DB = -23.0 - REFERENCE_LUFS
_Q7_8 = 256
_Q7_8_RANGE = (-32768, 32767)


Scope = Literal["TRACK", "ALBUM"]


def write_gain(
    path: Path,
    gains: Mapping[Scope, Gain | None],
    *,
    before_replacing: BeforeReplacing | None = None,
) -> bool:
    """Set a file's gain tags of these scopes; return whether anything had to be changed.

    A gain of None removes the scope's tags. All other tags stay. The output gain in the header of
    an Opus file stays too: players apply it first and these tags on top, and loudness is measured
    with it.

    Raises:
        PermanentError, WaitError, TransientError: as ``edit.edit_tags``.
    """

    def change(audio: Any) -> None:
        for key in _owned_keys(audio, gains):
            del audio.tags[key]
        for name, value in _spell(audio, gains).items():
            _set(audio, name, value)

    def is_right(written: Any) -> bool:
        found = {_name_of(key): _text(written.tags[key]) for key in _owned_keys(written, gains)}
        return found == _spell(written, gains)

    return edit_tags(path, change, is_right=is_right, before_replacing=before_replacing)


def read_gain(path: Path) -> dict[str, str]:
    """Return the gain tags of a file, as text under their names in capitals."""
    audio = open_tagged(path)
    return {_name_of(key): _text(audio.tags[key]) for key in _gain_keys(audio)}


def _spell(audio: Any, gains: Mapping[Scope, Gain | None]) -> dict[str, str]:
    spelled = {}
    for scope, gain in gains.items():
        if gain is None:
            continue
        if isinstance(audio, OggOpus):
            spelled[f"R128_{scope}_GAIN"] = _fixed_point(gain.gain_db)
        else:
            spelled[f"REPLAYGAIN_{scope}_GAIN"] = f"{round(gain.gain_db, 2) + 0.0:.2f} dB"
            spelled[f"REPLAYGAIN_{scope}_PEAK"] = f"{gain.peak:.6f}"
    return spelled


def _fixed_point(gain_db: float) -> str:
    lowest, highest = _Q7_8_RANGE
    return str(min(highest, max(lowest, round((gain_db + _R128_OFFSET_DB) * _Q7_8))))


def _owned_keys(audio: Any, gains: Mapping[Scope, Gain | None]) -> list[str]:
    """Return the keys that a write replaces.

    These are the gain tags of the given scopes, and those that do not fit the format: only Opus may
    have R128 tags, and it may have no others.
    """
    is_opus = isinstance(audio, OggOpus)
    return [
        key
        for key in _gain_keys(audio)
        if any(scope in _name_of(key) for scope in gains)
        or _name_of(key).startswith("R128") != is_opus
    ]


def _gain_keys(audio: Any) -> list[str]:
    """Return the keys of all gain tags, ours or another scanner's, in whatever case."""
    keys = {str(key) for key in audio.tags.keys()} if audio.tags is not None else set()  # noqa: SIM118
    return sorted(key for key in keys if _name_of(key) in _NAMES)


def _name_of(key: str) -> str:
    return key.rpartition(":")[2].upper()


def _set(audio: Any, name: str, value: str) -> None:
    tags = audio.tags
    if isinstance(audio, MP3):
        tags.add(TXXX(encoding=Encoding.UTF8, desc=name, text=[value]))
    elif isinstance(audio, MP4):
        tags[_FREEFORM + name.lower()] = [MP4FreeForm(value.encode())]
    else:
        tags[name] = [value]


def _text(value: Any) -> str:
    first = next(iter(value.text if hasattr(value, "text") else value), "")
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)
