"""How pages say numbers, sizes and times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote, urlencode
from zlib import crc32

from shanty.clock import describe_moment

_TINTS = 6


def describe_age(at: datetime | None) -> str:
    """A moment as people say it: ``in 5 min``, ``3 h ago``; empty if there is none."""
    return "" if at is None else describe_moment(at)


def format_clock(at: datetime | None) -> str:
    """A moment by the clock and calendar of this machine."""
    return "" if at is None else f"{at.astimezone():%a %d %b %Y, %H:%M}"


def format_length(milliseconds: int | None) -> str:
    """The length of a track: ``3:07``."""
    if milliseconds is None:
        return ""
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return f"{minutes}:{seconds:02}"


def format_number(number: int) -> str:
    """``1,204``."""
    return f"{number:,}"


def in_words(word: object) -> str:
    """A word of ours as a person says it: ``needs review`` for ``needs_review``."""
    return str(word).replace("_", " ").replace("-", " ")


def initial_of(name: str) -> str:
    """The letter that stands for something without a picture."""
    return next((char.upper() for char in name if char.isalnum()), "♪")


def tint_of(name: str) -> int:
    """Which of the stylesheet's tints something without a picture has: always the same one."""
    return crc32(name.encode(errors="replace")) % _TINTS


def path_part(text: object) -> str:
    """A text as one part of a path."""
    return quote(str(text), safe="", errors="replace")


def query_of(values: Mapping[str, object]) -> str:
    """Values as an address carries them behind its ``?``, without the empty ones."""
    kept = {name: str(value) for name, value in values.items() if value not in ("", 0)}
    return urlencode(kept, errors="replace")
