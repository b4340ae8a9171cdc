"""Which folders of a track's name are one artist's or one album's alone, and what tells them apart.

Owns who holds a folder, and what is added to its name if another holder has that name already.
Refuses to know who was first (``library.folder_names``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from shanty.music.entities import Artist, Placement
from shanty.naming.fields import credits_of

_SHORT = 8
"""How many characters of an MBID tell it from others well enough for a person."""


@dataclass(frozen=True, slots=True)
class OwnFolder:
    """A folder that one artist or one album has alone.

    ``depth`` is 1 for a folder that lies in the library's. ``holder_mbid`` is an artist's or a
    release group's. ``additions`` tell the folder from others of its name, the best one first. The
    last one is unique.
    """

    depth: int
    holder_mbid: str
    additions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrackName:
    """The path that a template makes for a track, and its own folders, the outermost first."""

    path: PurePosixPath
    own_folders: tuple[OwnFolder, ...] = ()


def find_own_folders(placement: Placement, depths: Mapping[str, int]) -> tuple[OwnFolder, ...]:
    """Return the folders that one artist or one album has alone.

    ``depths`` says how deep the first folder lies that each field has a part in naming. A folder
    that is named after several artists is nobody's own. One that is named after an artist and an
    album is the album's.
    """
    found: dict[int, OwnFolder] = {}
    artists = _artists_by_field(placement)
    for depth, field in sorted((depths[field], field) for field in artists.keys() & depths.keys()):
        artist = artists[field]
        if artist is not None and artist.mbid:
            additions = _additions(artist.mbid, artist.disambiguation)
            found[depth] = OwnFolder(depth, artist.mbid, additions)
            break
    group = placement.release.release_group
    if group.mbid and "album" in depths:
        additions = _additions(group.mbid, group.disambiguation, group.primary_type)
        found[depths["album"]] = OwnFolder(depths["album"], group.mbid, additions)
    return tuple(found[depth] for depth in sorted(found))


def _artists_by_field(placement: Placement) -> dict[str, Artist | None]:
    """The artist that each field names; None if it names several."""
    credit, album_credit = credits_of(placement)
    by_album = [part.artist for part in album_credit.parts]
    by_track = [part.artist for part in credit.parts]
    album_artist = by_album[0] if len(by_album) == 1 else None
    artist = by_track[0] if len(by_track) == 1 else None
    return {
        "album_artist": album_artist,
        "album_artist_sort": album_artist,
        "first_album_artist": by_album[0] if by_album else None,
        "artist": artist,
        "artist_sort": artist,
        "artists": artist,
    }


def _additions(mbid: str, *words: str) -> tuple[str, ...]:
    return (*(word for word in words if word.strip()), mbid[:_SHORT], mbid)
