"""What a check of the library reports: one discrepancy for each thing that is wrong, and counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from shanty.models import TrackStatus

UNKNOWN = "neither filed by Shanty nor found by a scan; `shanty library scan` reads it"
IS_OWN = "its track has that file, which counts as yours: Shanty never writes to it"
_WITHOUT_ITS_FILE = {
    TrackStatus.WANTED: "its track is wanted again",
    TrackStatus.IN_LIBRARY: "its track has another file",
}


def describe_without_file(status: TrackStatus) -> str:
    """What is to become of a track whose file is gone."""
    return _WITHOUT_ITS_FILE.get(status, "its track is no longer asked for")


class Kind(StrEnum):
    """What can be wrong with a library."""

    MISSING = "missing"  # a filed file is not there
    MOVED = "moved"  # a filed file lies under another name
    CHANGED = "changed"  # a filed file has another content
    CORRUPT = "corrupt"  # a filed file cannot be played
    SAME_SOUND = "same sound"  # two tracks' files sound the same
    FOREIGN = "foreign"  # audio that Shanty has neither filed nor found in a scan
    UNREADABLE = "unreadable"  # it cannot be looked at
    UNFINISHED = "unfinished"  # an interrupted operation has left it
    LEFT_OVER = "left over"  # Shanty put it beside music that is no longer there
    EMPTY_FOLDER = "empty folder"


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One thing that is wrong; ``repair`` says what was done about it, ``""`` if nothing was."""

    kind: Kind
    path: Path
    detail: str
    track: str = ""
    repair: str = ""


@dataclass(slots=True)
class CheckReport:
    """How far a check has come.

    ``met`` counts the audio files that it came across, and ``looked_at`` those of them that are
    among the ``filed`` ones. ``read`` counts files that had to be read, ``sound`` those that are as
    they were filed. ``absence`` says why there is nothing to look at, and is empty if there is
    something.
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
