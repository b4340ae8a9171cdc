"""What a check of the library says: one finding for each thing that is wrong, and counts.

Owns the kinds of things that can be wrong. Refuses to know how they are found.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Kind(StrEnum):
    """What can be wrong with a library."""

    MISSING = "missing"  # it was filed and is not there
    MOVED = "moved"  # it was filed, and lies under another name
    CHANGED = "changed"  # it was filed, and has another content
    CORRUPT = "corrupt"  # it was filed, and cannot be played
    FOREIGN = "foreign"  # audio that Shanty has neither filed nor found in a scan
    UNREADABLE = "unreadable"  # it cannot be looked at
    UNFINISHED = "unfinished"  # what something that was broken off has left
    LEFT_OVER = "left over"  # Shanty put it beside music that is no longer there
    EMPTY_FOLDER = "empty folder"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong; ``repair`` is what was done about it, ``""`` for nothing."""

    kind: Kind
    path: Path
    detail: str
    track: str = ""
    repair: str = ""


@dataclass(slots=True)
class CheckReport:
    """How far a check is. ``met`` are the audio files that it has come across, ``looked_at`` those
    of the ``filed`` ones among them; ``read`` had to be read, ``sound`` are as they were filed.
    ``absence`` says why there is nothing to look at, and is empty if there is.
    """

    folder: Path
    absence: str = ""
    filed: int = 0
    met: int = 0
    looked_at: int = 0
    read: int = 0
    sound: int = 0
    owned: int = 0
    repaired: int = 0
    counts: Counter[Kind] = field(default_factory=Counter)
