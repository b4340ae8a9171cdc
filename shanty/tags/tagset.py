"""Everything that we tag a file with, as one value, and how it is made from a placement.

Owns the meaning of each tag. Refuses to know how a file format spells it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from shanty.music.entities import VARIOUS_ARTISTS_MBID, Placement

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_DATES = ("date", "original_date", "original_year")
_LARGEST_NUMBER = 0xFFFF  # MP4 keeps track and disc numbers in 16 bits


@dataclass(frozen=True, slots=True)
class TagSet:
    """The tags of one file. A tuple holds several values, and each is stored as its own value.

    A date is ``""``, ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``. ``track_total`` counts the tracks of
    the medium, ``disc_total`` the discs of the release. If no format could store a value, it is
    changed or dropped here, so that written tags always read back equal.
    """

    title: str = ""
    artist: str = ""
    artists: tuple[str, ...] = ()
    artist_sort: str = ""
    album: str = ""
    album_artist: str = ""
    album_artists: tuple[str, ...] = ()
    album_artist_sort: str = ""
    date: str = ""
    original_date: str = ""
    original_year: str = ""
    track_number: int | None = None
    track_total: int | None = None
    disc_number: int | None = None
    disc_total: int | None = None
    disc_subtitle: str = ""
    media: str = ""
    labels: tuple[str, ...] = ()
    catalog_numbers: tuple[str, ...] = ()
    barcode: str = ""
    asin: str = ""
    isrcs: tuple[str, ...] = ()
    release_types: tuple[str, ...] = ()
    release_status: str = ""
    release_country: str = ""
    script: str = ""
    is_compilation: bool = False
    recording_mbid: str = ""
    track_mbid: str = ""
    release_mbid: str = ""
    release_group_mbid: str = ""
    artist_mbids: tuple[str, ...] = ()
    album_artist_mbids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for field in fields(self):
            value: Any = getattr(self, field.name)
            if field.name in _DATES:
                value = _clean_date(value)
            elif isinstance(value, str):
                value = _clean_text(value)
            elif isinstance(value, tuple):
                value = tuple(text for text in map(_clean_text, value) if text)
            elif isinstance(value, int) and not 0 <= value <= _LARGEST_NUMBER:
                value = None
            object.__setattr__(self, field.name, value)
        for number, total in (("track_number", "track_total"), ("disc_number", "disc_total")):
            # A total without a number cannot be stored. In MP4, a total of 0 means that there is
            # none.
            if getattr(self, number) is None or getattr(self, total) == 0:
                object.__setattr__(self, total, None)

    def texts(self) -> dict[str, tuple[str, ...]]:
        """Return the text fields by name, each as a tuple of its values."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: value if isinstance(value, tuple) else (value,) if value else ()
            for name, value in values.items()
            if isinstance(value, str | tuple)
        }

    @classmethod
    def from_texts(cls, texts: Mapping[str, tuple[str, ...]], **numbers: Any) -> TagSet:
        """Make a set from what ``texts`` returned; the other fields are given by name."""
        values: dict[str, Any] = {}
        for field in fields(cls):
            found = texts.get(field.name, ())
            if field.default == ():
                values[field.name] = found
            elif found:
                values[field.name] = found[0]
        return cls(**values, **numbers)


def build_tags(placement: Placement) -> TagSet:
    """Return the tags of a recording that is filed at ``placement``.

    Values and spellings follow Picard: release types and status are in lower case, and a
    compilation is a release by Various Artists (https://picard-docs.musicbrainz.org/en/variables/).
    No language is set: the tag means the language that is sung, and a release knows only that of
    its titles.
    """
    release, medium, track = placement.release, placement.medium, placement.track
    group, recording = release.release_group, placement.recording
    credit = track.artist_credit if track.artist_credit.parts else recording.artist_credit
    album_credit = release.artist_credit if release.artist_credit.parts else credit
    return TagSet(
        title=track.title or recording.title,
        artist=credit.name,
        artists=credit.names,
        artist_sort=credit.sort_name,
        album=release.title,
        album_artist=album_credit.name,
        album_artists=album_credit.names,
        album_artist_sort=album_credit.sort_name,
        date=release.date,
        original_date=group.first_release_date,
        original_year=group.first_release_date[:4],
        track_number=track.position,
        track_total=medium.track_count or len(medium.tracks),
        disc_number=medium.position,
        disc_total=max(len(release.media), medium.position),
        disc_subtitle=medium.title,
        media=medium.format,
        labels=release.labels,
        catalog_numbers=release.catalog_numbers,
        barcode=release.barcode or "",
        asin=release.asin,
        isrcs=recording.isrcs,
        release_types=tuple(
            kind.lower() for kind in (group.primary_type, *group.secondary_types) if kind
        ),
        release_status=release.status.lower(),
        release_country=release.country,
        script=release.script,
        is_compilation=VARIOUS_ARTISTS_MBID in album_credit.artist_mbids,
        recording_mbid=recording.mbid,
        track_mbid=track.mbid,
        release_mbid=release.mbid,
        release_group_mbid=group.mbid,
        artist_mbids=credit.artist_mbids,
        album_artist_mbids=album_credit.artist_mbids,
    )


def parse_number(text: str) -> tuple[int | None, int | None]:
    """Parse ``"3/12"`` as (3, 12). A part that is missing or no number is None."""
    number, _, total = text.partition("/")
    return _to_int(number), _to_int(total)


def _to_int(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _clean_text(text: str) -> str:
    # NUL separates values in ID3 and ends them elsewhere. A lone surrogate is not a character.
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _clean_date(text: str) -> str:
    """Return the valid part of a date: ``2001-00-00`` is ``2001``, ``20xx`` is nothing."""
    match = _DATE.match(text)
    if match is None:
        return ""
    year, month, day = match.groups()
    parts = [year]
    if month and 1 <= int(month) <= 12:
        parts.append(month)
        if day and 1 <= int(day) <= 31:
            parts.append(day)
    return "-".join(parts)
