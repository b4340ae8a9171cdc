"""What a library of beets has, as it is watched here.

Beets watches nothing: it keeps what there is. So a person says what is wanted of it, and
:class:`BeetsWish` has the choices. The files themselves are known through a scan of their folder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import date
from enum import StrEnum
from pathlib import Path

from shanty.errors import NotFoundError
from shanty.music.entities import Artist, ArtistCredit, CreditedArtist, ReleaseGroup
from shanty.music.names import fold_name
from shanty.providers.beets_library import BeetsAlbum, BeetsLibrary, read_beets_library
from shanty.watching.moving.plan import MovedWish
from shanty.watching.watch import Wish


class BeetsWish(StrEnum):
    """What is wanted of a library that is there."""

    NEW = "new"
    """What its artists release from now on."""
    ALBUMS = "albums"
    """Its albums: the songs that they lack."""
    ALL = "all"
    """Everything of its artists."""


def read_library(path: Path) -> BeetsLibrary:
    """Read the library file of beets.

    Raises:
        ShantyError: it is no such file, it is locked, or it cannot be read in time.
    """
    return read_beets_library(path)


def read_beets(
    library: BeetsLibrary,
    wish: BeetsWish,
    today: date,
    *,
    names: Collection[str] = (),
    least_albums: int = 1,
) -> Iterator[MovedWish]:
    """What is wanted of a library: of these album artists, or of all with so many albums.

    Those of whom most albums are there come first.

    Raises:
        NotFoundError: no album is by one of the names.
    """
    there = {fold_name(album.artist) for album in library.albums}
    if missing := [name for name in names if fold_name(name) not in there]:
        raise NotFoundError(f"no album of the library is by {missing[0]!r}")
    artists: dict[str, list[BeetsAlbum]] = {}
    for album in library.albums:
        artists.setdefault(album.artist_mbid or fold_name(album.artist), []).append(album)
    meant = {fold_name(name) for name in names}
    for albums in sorted(artists.values(), key=len, reverse=True):
        if meant and not meant & {fold_name(one.artist) for one in albums}:
            continue
        if len(albums) < least_albums:
            continue
        artist = _artist(albums)
        if wish is BeetsWish.ALBUMS:
            yield from (MovedWish.of_album(_group(one)) for one in albums)
        else:
            since = today.isoformat() if wish is BeetsWish.NEW else None
            yield MovedWish.of_artist(artist, Wish(from_date=since))


def _artist(albums: list[BeetsAlbum]) -> Artist:
    """The artist of these albums, by the name that most of them have."""
    [((name, sort_name), _)] = Counter((one.artist, one.artist_sort) for one in albums).most_common(
        1
    )
    return Artist(albums[0].artist_mbid, name, sort_name)


def _group(album: BeetsAlbum) -> ReleaseGroup:
    artist = Artist(album.artist_mbid, album.artist, album.artist_sort)
    return ReleaseGroup(
        album.group_mbid,
        album.title,
        ArtistCredit((CreditedArtist(artist, album.artist),)),
        album.primary_type,
        album.secondary_types,
        album.first_release_date,
    )
