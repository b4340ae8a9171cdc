"""The entities of MusicBrainz as frozen values: artists, recordings, releases and what is in them.

Owns their shape and what follows from it. Refuses to know where a value came from (MusicBrainz, a
database row) and where it goes (a tag, a file name).

Names follow MusicBrainz (https://musicbrainz.org/doc/MusicBrainz_Entity); lengths are
milliseconds as there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

MBID_PATTERN = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""A MusicBrainz identifier in lower case, as MusicBrainz writes it."""

# https://musicbrainz.org/doc/Style/Unknown_and_untitled/Special_purpose_artist
VARIOUS_ARTISTS_MBID = "89ad4ac3-39f7-470e-963a-56509c546377"


@dataclass(frozen=True, slots=True)
class Artist:
    """A MusicBrainz artist. Only one that was asked for itself has more than the first four.

    ``area`` is a place by name, ``country`` two letters; dates are as those of a release.
    """

    mbid: str
    name: str
    sort_name: str = ""
    disambiguation: str = ""
    type: str = ""
    country: str = ""
    area: str = ""
    begin_date: str = ""
    end_date: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CreditedArtist:
    """One artist of a credit, with the name as printed and the words up to the next artist."""

    artist: Artist
    name: str
    join_phrase: str = ""


@dataclass(frozen=True, slots=True)
class ArtistCredit:
    """Names as printed, in order. Never split the joined string: ask for the parts."""

    parts: tuple[CreditedArtist, ...] = ()

    @property
    def name(self) -> str:
        """The credit as printed, e.g. ``Queen & David Bowie``."""
        return "".join(part.name + part.join_phrase for part in self.parts)

    @property
    def sort_name(self) -> str:
        """The credit for sorting, e.g. ``Queen & Bowie, David``."""
        return "".join(
            (part.artist.sort_name or part.name) + part.join_phrase for part in self.parts
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Each artist's name as printed."""
        return tuple(part.name for part in self.parts)

    @property
    def artist_mbids(self) -> tuple[str, ...]:
        """Each artist's MBID, in the order of the credit."""
        return tuple(part.artist.mbid for part in self.parts)


@dataclass(frozen=True, slots=True)
class Recording:
    """One captured performance: the thing that is downloaded."""

    mbid: str
    title: str
    artist_credit: ArtistCredit
    length_ms: int | None = None
    isrcs: tuple[str, ...] = ()
    disambiguation: str = ""
    is_video: bool = False


@dataclass(frozen=True, slots=True)
class ReleaseGroup:
    """The idea of an album, of which releases are the editions."""

    mbid: str
    title: str
    artist_credit: ArtistCredit = field(default_factory=ArtistCredit)
    primary_type: str = ""
    secondary_types: tuple[str, ...] = ()
    first_release_date: str = ""
    disambiguation: str = ""


@dataclass(frozen=True, slots=True)
class Track:
    """A recording's place on a medium. ``position`` counts from 1; a pregap track has 0.

    ``is_data`` is a track of a disc's data part: mostly no music.
    """

    mbid: str
    position: int
    number: str
    title: str
    recording: Recording
    artist_credit: ArtistCredit
    length_ms: int | None = None
    is_data: bool = False


@dataclass(frozen=True, slots=True)
class Medium:
    """One disc (or side, or download) of a release. ``position`` counts from 1."""

    position: int
    format: str = ""
    title: str = ""
    tracks: tuple[Track, ...] = ()
    track_count: int = 0


@dataclass(frozen=True, slots=True)
class LabelInfo:
    """Who published a release, and under which number; either may be unknown."""

    label: str = ""
    catalog_number: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """One edition of a release group, with its media and tracks.

    ``date`` is as MusicBrainz has it: ``""``, ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``.
    ``barcode`` is None when unknown and ``""`` when the release is known to have none.
    ``label`` and ``catalog_number`` are the first ones; ``label_infos`` are all, and empty where
    the release was stored before they were kept. ``script`` is that of the titles, ISO 15924.
    """

    mbid: str
    title: str
    artist_credit: ArtistCredit
    release_group: ReleaseGroup
    status: str = ""
    country: str = ""
    date: str = ""
    barcode: str | None = None
    label: str = ""
    catalog_number: str = ""
    disambiguation: str = ""
    media: tuple[Medium, ...] = ()
    label_infos: tuple[LabelInfo, ...] = ()
    script: str = ""
    asin: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label once, in order."""
        return _distinct(info.label for info in self.label_infos) or _distinct([self.label])

    @property
    def catalog_numbers(self) -> tuple[str, ...]:
        """Every catalogue number once, in order."""
        found = _distinct(info.catalog_number for info in self.label_infos)
        return found or _distinct([self.catalog_number])


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


@dataclass(frozen=True, slots=True)
class Placement:
    """A recording where it is to be filed: the track, its medium and its release."""

    release: Release
    medium: Medium
    track: Track

    @property
    def recording(self) -> Recording:
        """The recording of the track."""
        return self.track.recording
