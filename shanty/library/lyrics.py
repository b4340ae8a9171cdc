"""The words of a track in the library, as a person reads them."""

from __future__ import annotations

from pathlib import Path

from shanty.errors import TransientError
from shanty.tags.lyrics import lyrics_beside, parse_timed


def read_words(path: Path) -> str:
    """The lyrics that lie beside a file, without their times; empty if there are none to read."""
    try:
        lyrics = lyrics_beside(path)
    except TransientError:
        return ""
    if lyrics is None:
        return ""
    timed = parse_timed(lyrics.synced)
    return "\n".join(line for line, _ in timed) if timed else lyrics.plain.strip()
