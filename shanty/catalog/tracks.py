"""Tracks: recordings that somebody wants, where each belongs, and what has become of it.

A recording is wanted once, however often it is asked for, and on however many releases it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, exists, func, select, update

from shanty.catalog.access import CatalogAccess, Clock, RulePart, tracks_of_rule
from shanty.catalog.editions import Editions, release_key
from shanty.catalog.owned import find_owned, take_owned
from shanty.catalog.releases import filing_key, place_on
from shanty.catalog.sameness import MatchableTrack
from shanty.db import Database
from shanty.db.tables import files, looks, owned_files, rule_exclusions, rule_tracks, tracks
from shanty.errors import NotFoundError
from shanty.models import AudioProperties, Priority, TrackFile, TrackStatus, WantedTrack
from shanty.music.entities import Placement, Release

_REVIVED = (TrackStatus.FAILED, TrackStatus.WITHDRAWN)


class Tracks(CatalogAccess):
    """Wanted tracks and their status."""

    def __init__(self, database: Database, clock: Clock, *, editions: Editions):
        super().__init__(database, clock)
        self._editions = editions

    def want(
        self, tx: Connection, placement: Placement, *, priority: int = Priority.BACK_CATALOGUE
    ) -> int:
        """Make a track wanted under its release; return its id. See :meth:`want_all`."""
        (track_id,) = self.want_all(tx, [placement], priority=priority)
        # Whoever asks for the song itself wants it, even if its file was removed from the library.
        self._change_status(tx, [track_id], TrackStatus.REMOVED, TrackStatus.WANTED)
        return track_id

    def want_all(
        self,
        tx: Connection,
        placements: Sequence[Placement],
        *,
        priority: int = Priority.BACK_CATALOGUE,
    ) -> list[int]:
        """Make tracks of one release wanted; return their ids, in order.

        A track that is in the library or under way stays as it is. A track that failed or was
        withdrawn is wanted again. A track that is wanted already but has no file yet moves to this
        release if it rather belongs there: from a single to the album. If a scan has found a
        person's own file of the recording, the track is in the library at once.
        """
        if not placements:
            return []
        release, now = placements[0].release, self._clock()
        key = self._editions.store(tx, release)
        rows = [
            _values(placement, key)
            | {
                "status": TrackStatus.WANTED,
                "priority": priority,
                "created_at": now,
                "updated_at": now,
            }
            for placement in placements
        ]
        mbids = [placement.recording.mbid for placement in placements]
        known = {row.recording_mbid: row for row in self._rows_of(tx, mbids)}
        self._upsert(tx, tracks, rows, conflict=("recording_mbid",))
        for placement in placements:
            if row := known.get(placement.recording.mbid):
                self._want_again(tx, row, priority)
                self._refile(tx, row, placement, key)
        rows_now = {row.recording_mbid: row for row in self._rows_of(tx, mbids)}
        # Without any scanned file, there is no need to ask for each track.
        is_scanned = tx.execute(select(exists().select_from(owned_files))).scalar()
        for placement in placements if is_scanned else ():
            row = rows_now[placement.recording.mbid]
            if row.status == TrackStatus.WANTED and self._is_owned(tx, row.id, placement):
                self.set_status(tx, row.id, TrackStatus.IN_LIBRARY)
        return [rows_now[mbid].id for mbid in mbids]

    def _is_owned(self, tx: Connection, track_id: int, placement: Placement) -> bool:
        """Whether a scan has found a file of the recording. If so, it becomes the track's file."""
        return take_owned(tx, _matchable(track_id, placement), self._clock())

    def find_lacking(
        self, placements: Sequence[Placement], *, is_song: bool = False
    ) -> list[Placement]:
        """Those of the tracks that :meth:`want_all` would make wanted. Changes nothing.

        With ``is_song``, those that :meth:`want` would.
        """
        revived = (*_REVIVED, TrackStatus.REMOVED) if is_song else _REVIVED
        with self._database.read() as connection:
            mbids = [placement.recording.mbid for placement in placements]
            rows = {row.recording_mbid: row for row in self._rows_of(connection, mbids)}
            is_new = {mbid: mbid not in rows or rows[mbid].status in revived for mbid in mbids}
            ids = {mbid: rows[mbid].id if mbid in rows else 0 for mbid in mbids}
            return [
                placement
                for placement, mbid in zip(placements, mbids, strict=True)
                if is_new[mbid] and not find_owned(connection, _matchable(ids[mbid], placement))
            ]

    def replace_recording(self, tx: Connection, old_mbid: str, new_mbid: str) -> None:
        """Follow a recording into the one that it was merged into.

        If we had both they become one track: the one in the library, if there is one.
        """
        self._move(tx, rule_exclusions, "mbid", old_mbid, new_mbid)
        rows = {row.recording_mbid: row for row in self._rows_of(tx, [old_mbid, new_mbid])}
        old, new = rows.get(old_mbid), rows.get(new_mbid)
        if old is None:
            return
        if new is not None:
            loser, keeper = old, new
            if old.status == TrackStatus.IN_LIBRARY:
                loser, keeper = new, old
            if loser.status == TrackStatus.IN_LIBRARY:
                return  # both have a file, and a person has to choose
            links = tx.execute(select(rule_tracks).where(rule_tracks.c.track_id == loser.id)).all()
            moved = [{**link._mapping, "track_id": keeper.id} for link in links]
            self._upsert(tx, rule_tracks, moved, conflict=rule_tracks.primary_key.columns.keys())
            tx.execute(delete(tracks).where(tracks.c.id == loser.id))
        tx.execute(
            update(tracks)
            .where(tracks.c.recording_mbid == old_mbid)
            .values(recording_mbid=new_mbid, updated_at=self._clock())
        )

    def _rows_of(self, tx: Connection, recording_mbids: Sequence[str]) -> Sequence[Row[Any]]:
        query = select(
            tracks.c.id,
            tracks.c.recording_mbid,
            tracks.c.release_key,
            tracks.c.status,
            tracks.c.priority,
            exists().where(files.c.track_id == tracks.c.id).label("has_file"),
        )
        return tx.execute(query.where(tracks.c.recording_mbid.in_(recording_mbids))).all()

    def _want_again(self, tx: Connection, row: Row[Any], priority: int) -> None:
        if row.status in _REVIVED:
            changes = {
                "status": TrackStatus.WANTED,
                "reason": "",
                "priority": priority,
                "searched_anew_at": self._clock(),
            }
            tx.execute(delete(looks).where(looks.c.track_id == row.id))
        elif row.status == TrackStatus.WANTED and priority < row.priority:
            changes = {"priority": priority}
        else:
            return
        tx.execute(
            update(tracks).where(tracks.c.id == row.id).values(updated_at=self._clock(), **changes)
        )

    def refile_all(self, tx: Connection, placements: Sequence[Placement]) -> None:
        """Let tracks of a stored release follow its new tracklist, if they have no file yet."""
        by_mbid = {placement.recording.mbid: placement for placement in placements}
        for row in self._rows_of(tx, list(by_mbid)):
            placement = by_mbid[row.recording_mbid]
            self._refile(tx, row, placement, release_key(placement.release))

    def _refile(self, tx: Connection, row: Row[Any], placement: Placement, key: str) -> None:
        # A file may have tags already, so it stays under the release where it was to go.
        if row.has_file or row.status == TrackStatus.IN_LIBRARY:
            return
        present = self._editions.get(tx, row.release_key)
        if present is not None:
            group_mbid = placement.release.release_group.mbid
            is_same_album = bool(group_mbid) and present.release_group.mbid == group_mbid
            if not is_same_album and filing_key(present) <= filing_key(placement.release):
                return
        tx.execute(
            update(tracks)
            .where(tracks.c.id == row.id)
            .values(updated_at=self._clock(), **_values(placement, key))
        )

    def get(self, track_id: int) -> WantedTrack:
        """Return one track.

        Raises:
            NotFoundError: there is none with this id.
        """
        found = self._tracks(select(tracks).where(tracks.c.id == track_id))
        if not found:
            raise NotFoundError(f"there is no track {track_id}")
        return found[0]

    def find(self, *, recording_mbid: str) -> WantedTrack | None:
        """Return the track of a recording, or None."""
        found = self._tracks(select(tracks).where(tracks.c.recording_mbid == recording_mbid))
        return found[0] if found else None

    def list_tracks(
        self, status: TrackStatus | None = None, *, rule: int | RulePart | None = None
    ) -> list[WantedTrack]:
        """List tracks, or those that a rule or a part of it wants, by artist, album and title."""
        query = select(tracks).order_by(tracks.c.artist, tracks.c.album, tracks.c.title)
        if rule is not None:
            # A rule has few tracks. A condition on the status lets all of that status be read.
            found = self._tracks(query.where(tracks.c.id.in_(tracks_of_rule(rule))))
            return [track for track in found if status in (None, track.status)]
        return self._tracks(query if status is None else query.where(tracks.c.status == status))

    def count(self) -> dict[TrackStatus, int]:
        """Count the tracks of each status; every status is a key."""
        query = select(tracks.c.status, func.count()).group_by(tracks.c.status)
        with self._database.read() as connection:
            counted = {row[0]: row[1] for row in connection.execute(query)}
        return {status: counted.get(status, 0) for status in TrackStatus}

    def set_status(
        self, tx: Connection, track_id: int, status: TrackStatus, reason: str = ""
    ) -> None:
        """Set the status of a track, with the reason."""
        tx.execute(
            update(tracks)
            .where(tracks.c.id == track_id)
            .values(status=status, reason=reason, updated_at=self._clock())
        )

    def fail(self, tx: Connection, track_id: int, reason: str) -> None:
        """Mark a track as failed, if it is wanted."""
        self._change_status(tx, [track_id], TrackStatus.WANTED, TrackStatus.FAILED, reason)

    def withdraw(self, tx: Connection, track_ids: Iterable[int], reason: str) -> None:
        """Stop wanting tracks; those in the library stay there."""
        self._change_status(tx, track_ids, TrackStatus.WANTED, TrackStatus.WITHDRAWN, reason)

    def revive(self, tx: Connection, track_ids: Iterable[int]) -> None:
        """Make tracks wanted again, as a manual retry of their work does."""
        for status in (TrackStatus.FAILED, TrackStatus.NEEDS_REVIEW, TrackStatus.WITHDRAWN):
            self._change_status(tx, track_ids, status, TrackStatus.WANTED)

    def find_unsettled(self, tx: Connection, track_ids: Iterable[int]) -> list[int]:
        """Return those of the tracks that are neither wanted nor in the library."""
        settled = (TrackStatus.WANTED, TrackStatus.IN_LIBRARY)
        query = select(tracks.c.id).where(
            tracks.c.id.in_(list(track_ids)), tracks.c.status.not_in(settled)
        )
        return list(tx.scalars(query))

    def get_placement(self, track_id: int) -> Placement:
        """Return the track with its medium and release, as stored; makes no request.

        Raises:
            NotFoundError: there is no such track.
        """
        query = select(
            tracks.c.release_track_mbid, tracks.c.recording_mbid, tracks.c.release_key
        ).where(tracks.c.id == track_id)
        with self._database.read() as connection:
            row = connection.execute(query).first()
            release = None if row is None else self._editions.get(connection, row.release_key)
        if row is None or release is None:
            raise NotFoundError(f"there is no track {track_id}")
        placement = _placement_on(release, row.release_track_mbid, row.recording_mbid)
        if placement is None:
            raise NotFoundError(f"track {track_id} is not on its release {release.mbid}")
        return placement

    def placed_files(self) -> Iterator[tuple[TrackFile, Placement | None]]:
        """Yield every file that we have filed, with where it belongs, album by album.

        It reads as it goes, so a library of any size takes the memory of one album.
        """
        query = (
            select(
                files, tracks.c.release_key, tracks.c.release_track_mbid, tracks.c.recording_mbid
            )
            .join(tracks, tracks.c.id == files.c.track_id)
            .where(files.c.is_placed)
            .order_by(tracks.c.release_key, tracks.c.id)
            .execution_options(yield_per=500)
        )
        key, release = "", None
        with self._database.read() as connection, self._database.read() as other:
            for row in connection.execute(query):
                if row.release_key != key:
                    key, release = row.release_key, self._editions.get(other, row.release_key)
                placement = release and _placement_on(
                    release, row.release_track_mbid, row.recording_mbid
                )
                yield to_file(row), placement or None

    def _change_status(
        self,
        tx: Connection,
        track_ids: Iterable[int],
        before: TrackStatus,
        after: TrackStatus,
        reason: str = "",
    ) -> None:
        tx.execute(
            update(tracks)
            .where(tracks.c.id.in_(list(track_ids)), tracks.c.status == before)
            .values(status=after, reason=reason, updated_at=self._clock())
        )

    def _tracks(self, query: Select[Any]) -> list[WantedTrack]:
        with self._database.read() as connection:
            return [to_track(row) for row in connection.execute(query)]


def _placement_on(
    release: Release, release_track_mbid: str, recording_mbid: str
) -> Placement | None:
    for medium in release.media:
        for track in medium.tracks:
            if (track.mbid, track.recording.mbid) == (release_track_mbid, recording_mbid):
                return Placement(release, medium, track)
    # A recording may have been merged into another one after its release was stored.
    return place_on(release, recording_mbid)


def to_file(row: Row[Any]) -> TrackFile:
    """Make a file from its row."""
    return TrackFile(
        track_id=row.track_id,
        path=Path(row.path),
        is_placed=row.is_placed,
        candidate_id=row.candidate_id,
        checksum=row.checksum,
        properties=AudioProperties(**row.properties) if row.properties else None,
    )


def _matchable(track_id: int, placement: Placement) -> MatchableTrack:
    track, recording = placement.track, placement.recording
    return MatchableTrack(
        track_id,
        recording.mbid,
        recording.isrcs,
        track.artist_credit.name,
        (track.title, recording.title),
        placement.release.title,
        recording.length_ms or track.length_ms,
    )


def _values(placement: Placement, key: str) -> dict[str, Any]:
    """Return the columns of a track's row that come from its placement."""
    track, recording = placement.track, placement.recording
    return {
        "recording_mbid": recording.mbid,
        "release_key": key,
        "release_track_mbid": track.mbid,
        "title": track.title,
        "artist": track.artist_credit.name,
        "album": placement.release.title,
        "length_ms": recording.length_ms or track.length_ms,
    }


def to_track(row: Row[Any]) -> WantedTrack:
    """A track from its row."""
    return WantedTrack(
        id=row.id,
        recording_mbid=row.recording_mbid,
        release_key=row.release_key,
        release_track_mbid=row.release_track_mbid,
        title=row.title,
        artist=row.artist,
        album=row.album,
        length_ms=row.length_ms,
        status=TrackStatus(row.status),
        priority=row.priority,
        reason=row.reason,
    )
