"""Lists of the whole catalogue, read a page at a time: memory does not grow with what is in them.

Owns the order of a list, which is that of its beginning, and that no transaction is open while
somebody looks at it: a list may be read by a person, through a pager, for hours. Refuses to know
what is done with a line.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, LargeBinary, Select, cast, exists, func, select, union_all

from shanty.catalog.access import CatalogAccess
from shanty.catalog.tracks import to_track
from shanty.db.tables import files, owned_files, tracks
from shanty.models import TrackStatus, WantedTrack

_PAGE = 500


class Paged(CatalogAccess):
    """Lists of tracks. What is removed while a list is read is left out of its rest."""

    def list_tracks(self, status: TrackStatus | None = None) -> Iterator[WantedTrack]:
        """Yield the tracks of a status, or all, by artist, album and title."""
        query = select(tracks.c.id).order_by(tracks.c.artist, tracks.c.album, tracks.c.title)
        if status is not None:
            query = query.where(tracks.c.status == status)
        for page in self._pages(query):
            with self._database.read() as connection:
                found = _tracks_of(connection, page)
            yield from (found[track_id] for track_id in page if track_id in found)

    def list_library(self) -> Iterator[tuple[WantedTrack, Path]]:
        """Yield the tracks in the library with their files, filed or found by a scan, by path.

        Of several files that a scan has found, it is the first by path.
        """
        with self._database.read() as connection:
            by_path = _library_by_path(connection)
        for page in self._pages(by_path):
            with self._database.read() as connection:
                found, paths = _tracks_of(connection, page), _paths_of(connection, page)
            for track_id in page:
                if track_id in found and track_id in paths:
                    yield found[track_id], paths[track_id]

    def _pages(self, query: Select[tuple[int]]) -> Iterator[Sequence[int]]:
        """The ids of a list in its order, a page at a time; of all it has, these alone are kept."""
        with self._database.read() as connection:
            found = connection.scalars(query.execution_options(yield_per=_PAGE))
            ids = array("q", found)  # eight bytes each, where a list has forty
        for first in range(0, len(ids), _PAGE):
            yield ids[first : first + _PAGE].tolist()


def _library_by_path(connection: Connection) -> Select[tuple[int]]:
    """The ids of the tracks in the library, by the bytes of their files' paths."""
    is_there = tracks.c.status == TrackStatus.IN_LIBRARY
    filed_path: Any = (
        cast(files.c.path, LargeBinary)
        if connection.dialect.name == "sqlite"
        else func.convert_to(files.c.path, "UTF8")
    )
    filed = (
        select(files.c.track_id, filed_path.label("path"))
        .join(tracks, tracks.c.id == files.c.track_id)
        .where(files.c.is_placed, is_there)
    )
    place = func.row_number().over(partition_by=owned_files.c.track_id, order_by=owned_files.c.path)
    is_filed = exists().where(files.c.track_id == owned_files.c.track_id, files.c.is_placed)
    found = (
        select(owned_files.c.track_id, owned_files.c.path, place.label("place"))
        .join(tracks, tracks.c.id == owned_files.c.track_id)
        .where(is_there, ~is_filed)
        .subquery()
    )
    first = select(found.c.track_id, found.c.path).where(found.c.place == 1)
    both = union_all(filed, first).subquery()
    return select(both.c.track_id).order_by(both.c.path)


def _tracks_of(connection: Connection, track_ids: Iterable[int]) -> dict[int, WantedTrack]:
    rows = connection.execute(select(tracks).where(tracks.c.id.in_(track_ids)))
    return {row.id: to_track(row) for row in rows}


def _paths_of(connection: Connection, track_ids: Iterable[int]) -> dict[int, Path]:
    filed = select(files.c.track_id, files.c.path).where(
        files.c.track_id.in_(track_ids), files.c.is_placed
    )
    paths = {row.track_id: Path(row.path) for row in connection.execute(filed)}
    found = (
        select(owned_files.c.track_id, owned_files.c.path)
        .where(owned_files.c.track_id.in_(set(track_ids) - paths.keys()))
        .order_by(owned_files.c.path.desc())
    )
    return {
        **{row.track_id: Path(os.fsdecode(row.path)) for row in connection.execute(found)},
        **paths,
    }
