"""Turns the dictionaries that musicbrainzngs makes of an answer into our values.

Owns the oddities of those dictionaries (0.7.1); each is named where it is handled. Pure: refuses to
know requests, and never invents what an answer leaves out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from shanty.music.entities import (
    Artist,
    ArtistCredit,
    CreditedArtist,
    LabelInfo,
    Medium,
    Recording,
    Release,
    ReleaseGroup,
    Track,
)
from shanty.music.release_types import PRIMARY_TYPES

Node = Mapping[str, Any]
T = TypeVar("T")

_DATE = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")


@dataclass(frozen=True, slots=True)
class RecordingLookup:
    """A recording and the releases it is on, without their tracks."""

    recording: Recording
    releases: tuple[Release, ...] = ()


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a long list: its items, and how many the whole list has."""

    items: tuple[T, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Hit(Generic[T]):
    """A search result. ``score`` is the server's: 100 for the best one, even if it is poor."""

    value: T
    score: int


LINKED_KINDS = ("artist", "release-group", "release", "recording")
"""The kinds of entities that we can do something with when an address is linked to one."""


@dataclass(frozen=True, slots=True)
class LinkedEntity:
    """What an address of another service stands for. ``kind`` is one of :data:`LINKED_KINDS`."""

    kind: str
    mbid: str
    name: str


def parse_links(node: Node) -> tuple[LinkedEntity, ...]:
    """What a ``url`` element is linked to, each once."""
    links = []
    for kind in LINKED_KINDS:
        # The server writes release_group there, and release-group for the element inside.
        for key in dict.fromkeys((kind, kind.replace("-", "_"))):
            for relation in node.get(f"{key}-relation-list", ()):
                entity = relation.get(kind, {})
                name = entity.get("name") or entity.get("title") or ""
                links.append(LinkedEntity(kind, entity.get("id") or relation["target"], name))
    return tuple(dict.fromkeys(links))


def parse_artist(node: Node) -> Artist:
    """An ``artist`` element that was asked for itself."""
    life = node.get("life-span", {})
    return replace(
        parse_credited_artist(node),
        type=node.get("type", ""),
        country=node.get("country", ""),
        area=node.get("area", {}).get("name", ""),
        begin_date=parse_date(life.get("begin")),
        end_date=parse_date(life.get("end")),
        aliases=tuple(alias["alias"] for alias in node.get("alias-list", ()) if alias.get("alias")),
    )


def parse_credited_artist(node: Node) -> Artist:
    """An ``artist`` element inside another one. Only its names are read.

    A server may add more there, but that would be stored with every track.
    """
    return Artist(
        mbid=node["id"],
        name=node.get("name", ""),
        sort_name=node.get("sort-name", ""),
        disambiguation=node.get("disambiguation", ""),
    )


def parse_artist_credit(entries: Iterable[Node | str] | None) -> ArtistCredit:
    """An ``artist-credit``: dictionaries, with the join phrases as strings between them.

    A credit has no ``name`` if the artist is printed under their own.
    """
    parts: list[CreditedArtist] = []
    for entry in entries or ():
        if isinstance(entry, str):
            if parts:
                last = parts.pop()
                parts.append(CreditedArtist(last.artist, last.name, last.join_phrase + entry))
        elif "artist" in entry:
            artist = parse_credited_artist(entry["artist"])
            parts.append(CreditedArtist(artist, entry.get("name") or artist.name))
    return ArtistCredit(tuple(parts))


def parse_recording(node: Node, track: Node | None = None) -> Recording:
    """A ``recording`` element; ``track`` is the one around it, if any."""
    credit = node.get("artist-credit") or (track or {}).get("artist-credit")
    return Recording(
        mbid=node["id"],
        title=node.get("title", ""),
        artist_credit=parse_artist_credit(credit),
        length_ms=_parse_number(node.get("length")),
        isrcs=tuple(node.get("isrc-list", ())),
        disambiguation=node.get("disambiguation", ""),
        is_video=node.get("video") == "true",
    )


def parse_recording_lookup(node: Node) -> RecordingLookup:
    """A ``recording`` element with its releases."""
    releases = tuple(parse_release(release) for release in node.get("release-list", ()))
    return RecordingLookup(parse_recording(node), releases)


def parse_release_group(node: Node) -> ReleaseGroup:
    """A ``release-group`` element.

    Its ``type`` is the secondary type if there is one. Only old answers have nothing but ``type``.
    """
    primary = node.get("primary-type", "")
    secondary = tuple(name for name in node.get("secondary-type-list", ()) if name)
    if not primary and not secondary and (only := node.get("type")):
        primary, secondary = (only, ()) if only in PRIMARY_TYPES else ("", (only,))
    return ReleaseGroup(
        mbid=node["id"],
        title=node.get("title", ""),
        artist_credit=parse_artist_credit(node.get("artist-credit")),
        primary_type=primary,
        secondary_types=secondary,
        first_release_date=parse_date(node.get("first-release-date")),
        disambiguation=node.get("disambiguation", ""),
    )


def parse_release(node: Node) -> Release:
    """A ``release`` element, with as much of its media as it holds."""
    credit = parse_artist_credit(node.get("artist-credit"))
    group = node.get("release-group")
    infos = tuple(map(_parse_label_info, node.get("label-info-list", ())))
    return Release(
        mbid=node["id"],
        title=node.get("title", ""),
        artist_credit=credit,
        # Old search results have no id there.
        release_group=parse_release_group({"id": "", **group}) if group else ReleaseGroup("", ""),
        status=node.get("status", ""),
        country=node.get("country", ""),
        date=parse_date(node.get("date")),
        # Absent is "unknown", an empty element is "has none".
        barcode=node.get("barcode"),
        label=_first(info.label for info in infos),
        catalog_number=_first(info.catalog_number for info in infos),
        disambiguation=node.get("disambiguation", ""),
        media=tuple(
            _parse_medium(medium, index) for index, medium in enumerate(node.get("medium-list", ()))
        ),
        # The first label is stored above. Most releases have no other.
        label_infos=infos if len(infos) > 1 else (),
        script=node.get("text-representation", {}).get("script", ""),
        asin=node.get("asin", ""),
    )


def _parse_label_info(node: Node) -> LabelInfo:
    return LabelInfo(node.get("label", {}).get("name", ""), node.get("catalog-number", ""))


def parse_date(value: str | None) -> str:
    """``YYYY``, ``YYYY-MM``, ``YYYY-MM-DD`` or ``""``: as much of a date as is known from the left.

    MusicBrainz writes an unknown part in the middle as ``??``: ``1991-??-24`` becomes 1991. Old
    answers write ``00``.
    """
    found = _DATE.match(value or "")
    return found.group() if found else ""


def _parse_medium(node: Node, index: int) -> Medium:
    """A medium: the pregap track (position 0), the tracks, then the data tracks.

    Each of the three comes in a place of its own. Data tracks continue the numbers of the tracks,
    so they count; the pregap track does not. Source: https://musicbrainz.org/doc/Medium.
    """
    tracks = node.get("track-list", ())
    data_tracks = node.get("data-track-list", ())
    pregap = node.get("pregap")
    parsed = [_parse_track(pregap, 0)] if pregap else []
    parsed += [_parse_track(track, number) for number, track in enumerate(tracks, start=1)]
    parsed += [
        _parse_track(track, number, is_data=True)
        for number, track in enumerate(data_tracks, start=len(tracks) + 1)
    ]
    # The lists' own counts are right even if tracks are left out, as in search results.
    count = node.get("track-count", len(tracks)) + node.get("data-track-count", len(data_tracks))
    return Medium(
        position=_parse_number(node.get("position")) or index + 1,
        format=node.get("format", ""),
        title=node.get("title", ""),
        tracks=tuple(track for track in parsed if track is not None),
        track_count=count,
    )


def _parse_track(node: Node, number: int, *, is_data: bool = False) -> Track | None:
    """A track; None if it has no recording, because recordings were not asked for.

    It has its own title, length and credit only where they differ from the recording's.
    """
    if "recording" not in node or "id" not in node["recording"]:
        return None
    recording = parse_recording(node["recording"], node)
    position = _parse_number(node.get("position"))
    length_ms = _parse_number(node.get("length"))
    return Track(
        mbid=node.get("id", ""),
        position=number if position is None else position,
        number=node.get("number") or str(number if position is None else position),
        title=node.get("title") or recording.title,
        recording=recording,
        artist_credit=parse_artist_credit(node.get("artist-credit")),
        length_ms=recording.length_ms if length_ms is None else length_ms,
        is_data=is_data,
    )


def _parse_number(value: str | None) -> int | None:
    return int(value) if value is not None and value.strip().isdecimal() else None


def _first(values: Iterable[str]) -> str:
    return next((value for value in values if value), "")
