"""Albums as they stand in the library: how much of each there is, what came last. Only reads."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    case,
    distinct,
    func,
    or_,
    select,
)

from shanty.catalog.access import CatalogAccess
from shanty.catalog.act_details import Action
from shanty.catalog.documents import Document
from shanty.catalog.entries import EntryStatus
from shanty.catalog.tracks import to_track
from shanty.db.tables import files, journal, owned_files, releases, tracks
from shanty.models import AudioProperties, TrackStatus, WantedTrack
from shanty.music.entities import ArtistCredit

_CREDIT: Document[ArtistCredit] = Document(ArtistCredit)
_HERE = tracks.c.status == TrackStatus.IN_LIBRARY
_NOT_MISSING = (TrackStatus.IN_LIBRARY, TrackStatus.WITHDRAWN, TrackStatus.REMOVED)
_MISSING = tuple(one for one in TrackStatus if one not in _NOT_MISSING)
_IN_ALL = func.count().over().label("in_all")
_LOOKED_THROUGH = 20
"""How many of the last acts are looked at for each album that has come last."""


class AlbumOrder(StrEnum):
    """What albums are sorted by."""

    ARTIST = "artist"
    TITLE = "title"
    RECENT = "recent"


@dataclass(frozen=True, slots=True)
class Album:
    """An album of which something is wanted. ``year`` is empty if it is not known."""

    release_key: str
    title: str
    artist: str
    year: str
    in_library: int
    missing: int


@dataclass(frozen=True, slots=True)
class AlbumTrack:
    """A track of an album with its place there, and its file in the library if it has one."""

    track: WantedTrack
    path: Path | None
    properties: AudioProperties | None


@dataclass(frozen=True, slots=True)
class ArtistCount:
    """An artist by the name that tracks have, with how much of them is in the library."""

    name: str
    albums: int
    tracks: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """A track that came into the library, and when."""

    track_id: int
    release_key: str
    title: str
    artist: str
    album: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TouchedAlbum:
    """An album, one of whose files a run has touched. ``artist`` is that of one of its tracks."""

    release_key: str
    title: str
    artist: str


@dataclass(frozen=True, slots=True)
class RunAlbums:
    """How many albums a run has touched, and some of them."""

    number: int
    named: list[TouchedAlbum] = field(default_factory=list)


class Albums(CatalogAccess):
    """Albums, artists, and what came last."""

    def list_albums(
        self,
        *,
        words: str = "",
        artist: str = "",
        is_incomplete: bool = False,
        codec: str = "",
        below_bitrate: int | None = None,
        order: AlbumOrder = AlbumOrder.ARTIST,
        offset: int = 0,
        limit: int = 60,
    ) -> tuple[list[Album], int]:
        """The albums of which a track is in the library, or is missing if that is asked for.

        Also how many there are in all. ``words`` must all be in a track's title, artist or album.
        ``codec`` and ``below_bitrate``, in bits per second, keep albums of which a file that Shanty
        has filed is like that.
        """
        shown = self._shown(words, artist, is_incomplete)
        if codec or below_bitrate is not None:
            shown = shown.where(_is_filed_as(codec, below_bitrate))
        by: tuple[Any, ...] = {
            AlbumOrder.ARTIST: (tracks.c.artist, tracks.c.album),
            AlbumOrder.TITLE: (tracks.c.album, tracks.c.artist),
            AlbumOrder.RECENT: (_last_change().desc(),),
        }[order]
        query = (
            select(tracks.c.release_key, tracks.c.album, tracks.c.artist, _IN_ALL)
            .where(tracks.c.id.in_(shown))
            .order_by(*by, tracks.c.release_key)
        )
        with self._database.read() as connection:
            rows, total = _read_part(connection, query, offset, limit)
            keys = [row.release_key for row in rows]
            numbers = _count_tracks(connection, keys)
            known = self._described(connection, keys)
        return [_album(row, numbers, known) for row in rows], total

    def list_artists(
        self, *, words: str = "", offset: int = 0, limit: int = 100
    ) -> tuple[list[ArtistCount], int]:
        """The artists of the tracks in the library, by name, and how many there are in all."""
        query = (
            select(
                tracks.c.artist, func.count(distinct(tracks.c.release_key)), func.count(), _IN_ALL
            )
            .where(_HERE, *self._each(words, tracks.c.artist))
            .group_by(tracks.c.artist)
            .order_by(tracks.c.artist)
        )
        with self._database.read() as connection:
            rows, total = _read_part(connection, query, offset, limit)
        return [ArtistCount(*row[:3]) for row in rows], total

    def tracks_of(self, release_key: str) -> list[AlbumTrack]:
        """The tracks of an album that are or were wanted, with their files."""
        query = (
            select(tracks, files.c.path, files.c.properties)
            .outerjoin(files, (files.c.track_id == tracks.c.id) & files.c.is_placed)
            .where(tracks.c.release_key == release_key)
        )
        with self._database.read() as connection:
            return [_album_track(row) for row in connection.execute(query)]

    def keys_of(self, track_ids: Collection[int]) -> dict[int, str]:
        """The albums of tracks, by the tracks' ids."""
        query = select(tracks.c.id, tracks.c.release_key).where(tracks.c.id.in_(track_ids))
        with self._database.read() as connection:
            return {row.id: row.release_key for row in connection.execute(query)}

    def path_of(self, track_id: int) -> bytes | None:
        """Where a track's file lies in the library: ours, or one that a scan has found."""
        with self._database.read() as connection:
            ours = connection.scalar(
                select(files.c.path).where(files.c.track_id == track_id, files.c.is_placed)
            )
            if ours is not None:
                return str(ours).encode("utf-8", "surrogateescape")
            return connection.scalar(
                select(owned_files.c.path).where(owned_files.c.track_id == track_id).limit(1)
            )

    def some_track_of(self, release_key: str) -> int | None:
        """A track of an album that is in the library, whose folder is thus the album's."""
        query = select(tracks.c.id).where(tracks.c.release_key == release_key, _HERE)
        with self._database.read() as connection:
            found: int | None = connection.scalar(query.limit(1))
            return found

    def find_here(self, release_keys: Collection[str]) -> set[str]:
        """Those of these albums of which a track is in the library."""
        query = select(tracks.c.release_key).where(tracks.c.release_key.in_(release_keys), _HERE)
        with self._database.read() as connection:
            return set(connection.scalars(query.distinct()))

    def arrivals(self, limit: int) -> list[Arrival]:
        """The last tracks that came into the library, one of each album, newest first."""
        # The journal is read backwards, and each track looked at. A join would begin with all
        # tracks that are here, and sort their whole history.
        is_here = select(tracks.c.id).where(tracks.c.id == journal.c.track_id, _HERE)
        last = (
            select(journal.c.id, journal.c.at, journal.c.track_id)
            .where(
                journal.c.action == Action.PLACE.value,
                journal.c.status == EntryStatus.DONE.value,
                is_here.correlate(journal).exists(),
            )
            .order_by(journal.c.id.desc())
            .limit(limit * _LOOKED_THROUGH)
            .subquery()
        )
        query = select(last.c.at, tracks).join(tracks, tracks.c.id == last.c.track_id)
        query = query.order_by(last.c.id.desc())
        found: dict[str, Arrival] = {}
        with self._database.read() as connection:
            for row in connection.execute(query):
                arrival = Arrival(row.id, row.release_key, row.title, row.artist, row.album, row.at)
                found.setdefault(row.release_key, arrival)
        return list(found.values())[:limit]

    def albums_of_runs(self, run_ids: Collection[str], most: int) -> dict[str, RunAlbums]:
        """The albums whose files each run has touched, the newest ``most`` of them named."""
        touched = (
            select(
                journal.c.run_id,
                tracks.c.release_key,
                func.min(tracks.c.album).label("title"),
                func.min(tracks.c.artist).label("artist"),
                func.max(journal.c.id).label("newest"),
            )
            .join(tracks, tracks.c.id == journal.c.track_id)
            .where(journal.c.run_id.in_(run_ids))
            .group_by(journal.c.run_id, tracks.c.release_key)
            .subquery()
        )
        place = func.row_number().over(
            partition_by=touched.c.run_id, order_by=touched.c.newest.desc()
        )
        number = func.count().over(partition_by=touched.c.run_id)
        placed = select(touched, place.label("place"), number.label("number")).subquery()
        query = select(placed).where(placed.c.place <= most).order_by(placed.c.place)
        found: dict[str, RunAlbums] = {}
        with self._database.read() as connection:
            for row in connection.execute(query):
                album = TouchedAlbum(row.release_key, row.title, row.artist)
                found.setdefault(row.run_id, RunAlbums(row.number)).named.append(album)
        return found

    def _shown(self, words: str, artist: str, is_incomplete: bool) -> Select[Any]:
        """A track of each album that is meant: its first that is here, or that is missing."""
        state = tracks.c.status.in_(_MISSING) if is_incomplete else _HERE
        is_meant = self._each(words, tracks.c.title, tracks.c.artist, tracks.c.album)
        if artist:
            is_meant.append(tracks.c.artist == artist)
        query = select(func.min(tracks.c.id)).where(state).group_by(tracks.c.release_key)
        if is_meant:
            found = select(tracks.c.release_key).where(*is_meant)
            query = query.where(tracks.c.release_key.in_(found))
        return query

    def _each(self, words: str, *columns: ColumnElement[str]) -> list[ColumnElement[bool]]:
        """That each of the words is in one of the columns, in whatever case."""
        is_sqlite = self._database.dialect_name == "sqlite"  # its LIKE ignores case already
        return [
            or_(
                *(
                    (one.contains if is_sqlite else one.icontains)(word, autoescape=True)
                    for one in columns
                )
            )
            for word in words.split()
        ]

    def _described(
        self, connection: Connection, keys: Collection[str]
    ) -> dict[str, tuple[str, str]]:
        """The artist and the year of releases."""
        document = releases.c.document
        query = select(
            releases.c.key,
            document["artist_credit"].label("credit"),
            document["date"].as_string().label("date"),
        ).where(releases.c.key.in_(keys))
        return {
            row.key: (_CREDIT.read(row.credit or {}).name, (row.date or "")[:4])
            for row in connection.execute(query)
        }


def _is_filed_as(codec: str, below_bitrate: int | None) -> ColumnElement[bool]:
    """Whether a track's file in the library has this codec, and a bitrate below this.

    This is asked track by track. A list of such tracks, beside the list of albums, would be read by
    SQLite in every pair of the two.
    """
    found = select(files.c.track_id).where(files.c.track_id == tracks.c.id, files.c.is_placed)
    if codec:
        found = found.where(files.c.properties["codec"].as_string() == codec)
    if below_bitrate is not None:
        found = found.where(files.c.properties["bitrate"].as_integer() < below_bitrate)
    return found.correlate(tracks).exists()


def _last_change() -> ColumnElement[datetime]:
    """When a track of the same album changed last."""
    own = tracks.alias("touched")
    last = select(func.max(own.c.updated_at)).where(own.c.release_key == tracks.c.release_key)
    return last.correlate(tracks).scalar_subquery()


def _read_part(
    connection: Connection, query: Select[Any], offset: int, limit: int
) -> tuple[Sequence[Row[Any]], int]:
    """Read a part of a query's rows, and how many rows there are in all.

    Each row has that number, too, in its column ``in_all``.
    """
    rows = connection.execute(query.offset(offset).limit(limit)).all()
    if rows or not offset:
        return rows, rows[0].in_all if rows else 0
    count = select(func.count()).select_from(query.order_by(None).subquery())
    return rows, connection.scalar(count) or 0


def _count_tracks(connection: Connection, keys: Collection[str]) -> dict[str, tuple[int, int]]:
    """How many tracks of albums are in the library, and how many are missing."""
    here, lacking = (
        func.sum(case((tracks.c.status.in_(states), 1), else_=0))
        for states in ((TrackStatus.IN_LIBRARY,), _MISSING)
    )
    query = (
        select(tracks.c.release_key, here, lacking)
        .where(tracks.c.release_key.in_(keys))
        .group_by(tracks.c.release_key)
    )
    return {key: (in_library, missing) for key, in_library, missing in connection.execute(query)}


def _album(
    row: Row[Any], numbers: dict[str, tuple[int, int]], known: dict[str, tuple[str, str]]
) -> Album:
    artist, year = known.get(row.release_key, (row.artist, ""))
    return Album(row.release_key, row.album, artist, year, *numbers[row.release_key])


def _album_track(row: Any) -> AlbumTrack:
    properties = AudioProperties(**row.properties) if row.properties else None
    return AlbumTrack(to_track(row), None if row.path is None else Path(row.path), properties)
