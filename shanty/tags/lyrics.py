"""Lyrics beside a file and in it: ``.lrc`` with times, ``.txt`` without, and each format's tag.

Owns the form of a timed line, and where each format keeps the words. Refuses to know where lyrics
come from. Lyrics that exist already belong to a person, and stay.
"""

# mypy: allow-untyped-calls
# mutagen claims to be typed, but is not.

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mutagen.id3 import SYLT, USLT, Encoding
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4

from shanty.errors import TransientError
from shanty.files.atomic import BeforeReplacing
from shanty.models import Lyrics
from shanty.tags.edit import edit_tags, open_tagged

_TIME = re.compile(r"\[(\d{1,3}):(\d{2})(?:[.:](\d{1,3}))?\]")
_TIMED_LINE = re.compile(rf"^[^\S\n]*((?:{_TIME.pattern}[^\S\n]*)+)(.*)$", re.MULTILINE)
_TIMED, _PLAIN = ".lrc", ".txt"
_MP4_KEY = "\xa9lyr"
_VORBIS_KEYS = ("LYRICS", "UNSYNCEDLYRICS", "SYNCEDLYRICS")
_MILLISECONDS, _LYRICS, _UNKNOWN_LANGUAGE = 2, 1, "XXX"  # ID3v2.4, 4.9; "XXX" is no ISO 639-2 code


def parse_timed(text: str) -> list[tuple[str, int]]:
    """Return the lines of an LRC text with their milliseconds from the start, in order of time."""
    lines = []
    for match in _TIMED_LINE.finditer(text):
        for minutes, seconds, fraction in _TIME.findall(match[1]):
            thousandths = int(fraction.ljust(3, "0")) if fraction else 0
            at_ms = (int(minutes) * 60 + int(seconds)) * 1000 + thousandths
            lines.append((match.groups()[-1].strip(), at_ms))
    return sorted(lines, key=lambda line: line[1])


def lyrics_beside(path: Path) -> Lyrics | None:
    """Return the lyrics that lie beside a track under its name; None if there are none.

    Raises:
        TransientError: the file with the lyrics cannot be read.
    """
    for suffix in (_TIMED, _PLAIN):
        beside = path.with_suffix(suffix)
        try:
            text = beside.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            continue
        except OSError as error:
            raise TransientError(f"cannot read {beside}: {error.strerror or error}") from error
        return Lyrics(synced=text) if parse_timed(text) else Lyrics(plain=text)
    return None


def spell_beside(path: Path, lyrics: Lyrics) -> tuple[Path, bytes]:
    """Return the path of the lyrics file beside a track, and its content."""
    text = (lyrics.synced or lyrics.plain).strip() + "\n"
    return path.with_suffix(_TIMED if lyrics.synced else _PLAIN), text.encode()


def has_lyrics(path: Path) -> bool:
    """Whether a file holds lyrics.

    Raises:
        PermanentError, TransientError: as ``edit.open_tagged``.
    """
    audio = open_tagged(path)
    tags = audio.tags
    if tags is None:
        return False
    if isinstance(audio, MP3):
        return bool(tags.getall("USLT") or tags.getall("SYLT"))
    return any(key in tags for key in ([_MP4_KEY] if isinstance(audio, MP4) else _VORBIS_KEYS))


def embed_lyrics(
    path: Path, lyrics: Lyrics, *, before_replacing: BeforeReplacing | None = None
) -> bool:
    """Put lyrics into a file that has none; return whether it had none.

    ID3 has one frame for timed and one for plain lyrics. In a Vorbis comment the text includes the
    times, because players that show them expect that. In an MP4 atom it does not, because Apple's
    players would show the numbers.

    Raises:
        PermanentError, WaitError, TransientError: as ``edit.edit_tags``.
    """
    if has_lyrics(path):
        return False
    lines = parse_timed(lyrics.synced)
    plain = (lyrics.plain or "\n".join(line for line, _ in lines)).strip()

    def change(audio: Any) -> None:
        tags = audio.tags
        if isinstance(audio, MP4):
            tags[_MP4_KEY] = [plain]
        elif not isinstance(audio, MP3):
            tags[_VORBIS_KEYS[0]] = [(lyrics.synced or plain).strip()]
        else:
            shared = {"encoding": Encoding.UTF8, "lang": _UNKNOWN_LANGUAGE, "desc": ""}
            tags.add(USLT(text=plain, **shared))
            if lines:
                tags.add(SYLT(format=_MILLISECONDS, type=_LYRICS, text=lines, **shared))

    def is_right(written: Any) -> bool:
        tags = written.tags
        if isinstance(written, MP4):
            return list(tags[_MP4_KEY]) == [plain]
        if not isinstance(written, MP3):
            return list(tags[_VORBIS_KEYS[0]]) == [(lyrics.synced or plain).strip()]
        timed = [line for frame in tags.getall("SYLT") for line in frame.text]
        return [frame.text for frame in tags.getall("USLT")] == [plain] and timed == lines

    return edit_tags(path, change, is_right=is_right, before_replacing=before_replacing)
