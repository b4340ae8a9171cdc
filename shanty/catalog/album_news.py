"""Albums that are news: those that have come out, and those of which everything wanted is filed.

Only reads.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, exists, func, select

from shanty.catalog.access import CatalogAccess
from shanty.db.tables import files, tracks
from shanty.errors import count_of
from shanty.models import Priority, TrackStatus

_UNWANTED = (TrackStatus.WITHDRAWN, TrackStatus.REMOVED)


@dataclass(frozen=True, slots=True)
class AlbumNews:
    """An album, or a single song of one. ``tracks`` counts what is wanted of it."""

    release_key: str
    artist: str
    album: str
    title: str
    tracks: int

    @property
    def label(self) -> str:
        """``Artist – Album (12 songs)``, or ``Artist – Song`` if that is all that is wanted."""
        if self.tracks == 1:
            return f"{self.artist} – {self.title}"
        return f"{self.artist} – {self.album} ({count_of(self.tracks, 'song')})"


class AlbumsInTheNews(CatalogAccess):
    """What has become of whole albums."""

    def new_releases(self) -> list[AlbumNews]:
        """The albums with songs that were found because they have come out."""
        is_new = tracks.c.priority == Priority.NEW_RELEASE
        return self._albums(func.sum(case((is_new, 1), else_=0)) > 0)

    def complete(self) -> list[AlbumNews]:
        """The albums of which every wanted song is there, and at least one was filed by us."""
        is_there = tracks.c.status == TrackStatus.IN_LIBRARY
        is_filed = exists().where(files.c.track_id == tracks.c.id, files.c.is_placed)
        return self._albums(
            func.sum(case((is_there, 0), else_=1)) == 0,
            func.sum(case((is_filed, 1), else_=0)) > 0,
        )

    def _albums(self, *conditions: ColumnElement[bool]) -> list[AlbumNews]:
        query = (
            select(
                tracks.c.release_key,
                func.min(tracks.c.artist),
                func.min(tracks.c.album),
                func.min(tracks.c.title),
                func.count(),
            )
            .where(tracks.c.status.not_in(_UNWANTED))
            .group_by(tracks.c.release_key)
            .having(and_(*conditions))
            .order_by(func.max(tracks.c.updated_at), tracks.c.release_key)
        )
        with self._database.read() as connection:
            return [AlbumNews(*row) for row in connection.execute(query)]
