"""The entities of MusicBrainz as frozen values: artists, recordings, releases and their parts.

Owns their shape and what follows from it. Refuses to know where a value came from (MusicBrainz, a
database row) and where it goes (a tag, a file name).

Names follow MusicBrainz (https://musicbrainz.org/doc/MusicBrainz_Entity). Lengths are in
milliseconds, as in MusicBrainz.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

MBID_PATTERN = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""A MusicBrainz identifier in lower case, as MusicBrainz writes it."""

# https://musicbrainz.org/doc/Style/Unknown_and_untitled/Special_purpose_artist
VARIOUS_ARTISTS_MBID = "89ad4ac3-39f7-470e-963a-56509c546377"
NOBODY_MBIDS = frozenset(
    {
        VARIOUS_ARTISTS_MBID,
        "125ec42a-7229-4250-afc5-e057484327fe",  # [unknown]
        "f731ccc4-e22a-43af-a747-64213329e088",  # [anonymous]
        "9be7f096-97ec-4615-8957-8d40b5dcbc41",  # [traditional]
        "eec63d3c-3b81-4ad4-b1e4-7c147d4d2b61",  # [no artist]
    }
)
"""Artists that stand for nobody in particular."""


@dataclass(frozen=True, slots=True)
class Artist:
    """A MusicBrainz artist.

    Only an artist who was looked up directly has more than the first four fields. ``area`` is the
    name of a place and ``country`` has two letters. Dates have the form of ``Release.date``.
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
    """One artist of a credit, with the name as printed and the words before the next artist."""

    artist: Artist
    name: str
    join_phrase: str = ""


@dataclass(frozen=True, slots=True)
class ArtistCredit:
    """The credited names as printed, in order. Never split the joined name: use ``parts``."""

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
    """One captured performance: the thing that is downloaded.

    ``release_types`` are the secondary types of the release group that it is wanted on. Whoever
    looks for a recording sets them: MusicBrainz says them of the group.
    """

    mbid: str
    title: str
    artist_credit: ArtistCredit
    length_ms: int | None = None
    isrcs: tuple[str, ...] = ()
    disambiguation: str = ""
    is_video: bool = False
    release_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReleaseGroup:
    """The idea of an album. Its editions are releases."""

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

    ``is_data`` marks a track in the data part of a disc, which is mostly not music.
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
    """The label that published a release, and its catalogue number. Either may be unknown."""

    label: str = ""
    catalog_number: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """One edition of a release group, with its media and tracks.

    ``date`` has one of MusicBrainz's forms: ``""``, ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``.
    ``barcode`` is None if it is unknown, and ``""`` if the release is known to have none. ``label``
    and ``catalog_number`` are the first ones, and ``label_infos`` holds all of them. It is empty if
    the release was stored before Shanty kept them. ``script`` is the script of the titles, in ISO
    15924.
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
        """Each label once, in order."""
        return _distinct(info.label for info in self.label_infos) or _distinct([self.label])

    @property
    def catalog_numbers(self) -> tuple[str, ...]:
        """Each catalogue number once, in order."""
        found = _distinct(info.catalog_number for info in self.label_infos)
        return found or _distinct([self.catalog_number])


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


@dataclass(frozen=True, slots=True)
class Placement:
    """The place where a recording is to be filed: the track, its medium and its release."""

    release: Release
    medium: Medium
    track: Track

    @property
    def recording(self) -> Recording:
        """The recording of the track."""
        return self.track.recording
