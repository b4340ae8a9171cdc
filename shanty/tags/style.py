"""How tags are written, beyond what they say: the version of ID3, and the fate of foreign tags.

Owns which tags are neither ours nor a person's taste and therefore stay. Refuses to know how a
format spells them: names are those of fields, frames or atoms, whatever the case.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shanty.config.sections import LibrarySettings


class Foreign(StrEnum):
    """What becomes of the tags and pictures in a file that are not ours."""

    KEEP = "keep"
    DROP = "drop"  # but the front cover, and what extras of ours have added
    DROP_ALL = "drop_all"  # a fresh download: it is nobody's file yet, what is in it is its site's


@dataclass(frozen=True, slots=True)
class TagStyle:
    """``id3_version`` is the 4 of ID3v2.4 or the 3 of ID3v2.3."""

    id3_version: int = 4
    foreign: Foreign = Foreign.KEEP


def library_style(settings: LibrarySettings) -> TagStyle:
    """How files in the library are tagged: a person may have tagged them too."""
    foreign = Foreign.KEEP if settings.keep_foreign_tags else Foreign.DROP
    return TagStyle(_id3_version(settings), foreign)


def download_style(settings: LibrarySettings) -> TagStyle:
    """How a fresh download is tagged: nobody but its site and yt-dlp have had a hand in it."""
    return TagStyle(_id3_version(settings), Foreign.DROP_ALL)


def _id3_version(settings: LibrarySettings) -> int:
    return 3 if settings.id3_version == "2.3" else 4


# Where the sound begins and ends, which gapless playback needs.
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
