"""How loud tracks are: one measure for each, and whether their albums' gain includes it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, and_, select, update

from shanty.catalog.access import CatalogAccess
from shanty.db.tables import files, loudness, tracks
from shanty.models import TrackStatus
from shanty.music.loudness import Loudness


@dataclass(frozen=True, slots=True)
class TrackToLevel:
    """What leveling needs to know about an album's track. ``path`` is its file in the library."""

    track_id: int
    is_wanted: bool
    path: Path | None
    loudness: Loudness | None


class Measures(CatalogAccess):
    """Loudness, by track and by album."""

    def record_loudness(self, tx: Connection, track_id: int, measured: Loudness) -> None:
        """Store how loud a track's file is. The album's gain does not include it yet."""
        values = {
            "track_id": track_id,
            "blocks": measured.pack(),
            "peak": measured.peak,
            "is_in_album": False,
            "measured_at": self._clock(),
        }
        self._upsert(
            tx,
            loudness,
            values,
            conflict=("track_id",),
            replaced=tuple(values.keys() - {"track_id"}),
        )

    def settle_loudness(self, tx: Connection, track_ids: Collection[int]) -> None:
        """Note that the album's gain includes these tracks and is written in their files."""
        tx.execute(
            update(loudness).where(loudness.c.track_id.in_(track_ids)).values(is_in_album=True)
        )

    def tracks_of_album(self, release_key: str) -> list[TrackToLevel]:
        """Return our tracks that are filed under a release, or will be."""
        query = (
            select(tracks.c.id, tracks.c.status, files.c.path, loudness.c.blocks, loudness.c.peak)
            .select_from(tracks)
            .outerjoin(files, and_(files.c.track_id == tracks.c.id, files.c.is_placed))
            .outerjoin(loudness, loudness.c.track_id == tracks.c.id)
            .where(
                tracks.c.release_key == release_key,
                tracks.c.status.in_((TrackStatus.WANTED, TrackStatus.IN_LIBRARY)),
            )
            .order_by(tracks.c.id)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [
            TrackToLevel(
                row.id,
                row.status == TrackStatus.WANTED,
                None if row.path is None else Path(row.path),
                None if row.blocks is None else Loudness.unpack(row.blocks, row.peak),
            )
            for row in rows
        ]

    def unsettled_albums(self) -> list[Sequence[int]]:
        """Return albums without wanted tracks whose gain lacks a measured track.

        Each album is a list of its tracks' ids, a lacking one first.
        """
        lacking = (
            select(tracks.c.release_key)
            .join(loudness, loudness.c.track_id == tracks.c.id)
            .where(~loudness.c.is_in_album, tracks.c.status == TrackStatus.IN_LIBRARY)
        )
        query = (
            select(tracks.c.release_key, tracks.c.id, tracks.c.status, loudness.c.is_in_album)
            .outerjoin(loudness, loudness.c.track_id == tracks.c.id)
            .where(tracks.c.release_key.in_(lacking))
        )
        albums: dict[str, list[tuple[bool, int]]] = {}
        wanted: set[str] = set()
        with self._database.read() as connection:
            for key, track_id, status, is_in_album in connection.execute(query):
                if status == TrackStatus.WANTED:
                    wanted.add(key)
                is_lacking = is_in_album is False and status == TrackStatus.IN_LIBRARY
                albums.setdefault(key, []).append((not is_lacking, track_id))
        return [
            [track_id for _, track_id in sorted(found)]
            for key, found in sorted(albums.items())
            if key not in wanted
        ]
