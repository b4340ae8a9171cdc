"""How tags are written: the version of ID3, and what happens to foreign tags.

Owns which foreign tags stay. Refuses to know how a format spells them: names are those of fields,
frames or atoms, in whatever case.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shanty.config.sections import LibrarySettings


class Foreign(StrEnum):
    """What happens to the tags and pictures in a file that are not ours."""

    KEEP = "keep"
    DROP = "drop"  # except the front cover, and what our extras have added
    DROP_ALL = "drop_all"  # for a fresh download: only its site has tagged it


@dataclass(frozen=True, slots=True)
class TagStyle:
    """How a file's tags are written. ``id3_version`` is 4 for ID3v2.4 and 3 for ID3v2.3."""

    id3_version: int = 4
    foreign: Foreign = Foreign.KEEP


def library_style(settings: LibrarySettings) -> TagStyle:
    """Return the style for files in the library, which a person may have tagged too."""
    foreign = Foreign.KEEP if settings.keep_foreign_tags else Foreign.DROP
    return TagStyle(_id3_version(settings), foreign)


def download_style(settings: LibrarySettings) -> TagStyle:
    """Return the style for a fresh download, which only its site and yt-dlp have tagged."""
    return TagStyle(_id3_version(settings), Foreign.DROP_ALL)


def _id3_version(settings: LibrarySettings) -> int:
    return 3 if settings.id3_version == "2.3" else 4


# This tag tells where the sound begins and ends. Gapless playback needs it.
_OF_THE_SOUND = ("ITUNSMPB",)
_OF_EXTRAS = (
    "REPLAYGAIN_",
    "R128_",
    "RVA2",
    "LYRICS",
    "SYNCEDLYRICS",
    "UNSYNCEDLYRICS",
    "USLT",
    "SYLT",
    "\xa9LYR",
)


def stays(name: str, foreign: Foreign) -> bool:
    """Whether a foreign tag of this name stays in the file."""
    kept = {
        Foreign.KEEP: ("",),
        Foreign.DROP: _OF_THE_SOUND + _OF_EXTRAS,
        Foreign.DROP_ALL: _OF_THE_SOUND,
    }[foreign]
    return name.upper().startswith(kept)
