"""The part of the catalogue about audio that a person had before: files, and their tracks.

It is the only writer of ``owned_files`` and ``owned_isrcs``. It also marks the tracks that are in
the library because of these files. Which file is which track's is said by ``sameness``.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    exists,
    literal,
    select,
    union_all,
    update,
)

from shanty.catalog.access import RulePart, tracks_of_rule
from shanty.catalog.sameness import (
    MatchableTrack,
    distance,
    doubt_by_isrc,
    doubt_by_name,
    is_named_alike,
    make_name_key,
)
from shanty.db import Database
from shanty.db.insertion import insert_into
from shanty.db.tables import (
    files,
    owned_files,
    owned_isrcs,
    releases,
    rule_tracks,
    tracks,
)
from shanty.models import TrackStatus

ASKED_FOR = (TrackStatus.WANTED, TrackStatus.NEEDS_REVIEW, TrackStatus.FAILED)
"""The statuses of a track that somebody waits for."""

_CHUNK = 500  # well below the most parameters that SQLite and PostgreSQL take


@dataclass(frozen=True, slots=True)
class OwnedFile:
    """An existing audio file: what it is on disk, what it says it is, and which track's it is.

    ``matched_by`` is ``recording``, ``isrc`` or ``name``; ``error`` says why it cannot be read.
    """

    path: bytes
    size: int
    mtime_ns: int
    recording_mbid: str = ""
    isrcs: tuple[str, ...] = ()
    artist: str = ""
    title: str = ""
    album: str = ""
    length_ms: int | None = None
    track_id: int | None = None
    matched_by: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """What a scan has to know about a file that it has read before."""

    size: int
    mtime_ns: int
    track_id: int | None
    error: str


def take_owned(tx: Connection, track: MatchableTrack, now: datetime) -> bool:
    """Give a track the owned file of its recording; return whether there is one.

    A file that names the recording is taken from another track that it was given to on weaker
    grounds.
    """
    found = find_owned(tx, track)
    if found is None:
        return False
    path_key, matched_by = found
    row = owned_files.c.path_key == path_key
    before = tx.scalars(select(owned_files.c.track_id).where(row)).one()
    tx.execute(update(owned_files).where(row).values(track_id=track.id, matched_by=matched_by))
    if before is not None and before != track.id:
        unmark(tx, [before], now)
    return True


def unmark(tx: Connection, track_ids: Collection[int], now: datetime) -> set[int]:
    """Make tracks no longer count as in the library, if they have no file left.

    Returns those that are wanted again. A track that no rule asks for is withdrawn.
    """
    wanted: set[int] = set()
    is_asked_for = exists().where(rule_tracks.c.track_id == tracks.c.id)
    for chunk in _chunks(track_ids):
        for condition, status in (
            (is_asked_for, TrackStatus.WANTED),
            (~is_asked_for, TrackStatus.WITHDRAWN),
        ):
            changed = tx.scalars(
                update(tracks)
                .where(tracks.c.id.in_(chunk), *_has_lost_its_file(), condition)
                .values(status=status, reason="", updated_at=now)
                .returning(tracks.c.id)
            )
            if status is TrackStatus.WANTED:
                wanted.update(changed)
    return wanted


def _has_lost_its_file() -> tuple[ColumnElement[bool], ...]:
    return (
        tracks.c.status == TrackStatus.IN_LIBRARY,
        ~exists().where(files.c.track_id == tracks.c.id, files.c.is_placed),
        ~exists().where(owned_files.c.track_id == tracks.c.id),
    )


def as_scanned(path: Path) -> bytes:
    """Return a file's path as a scan has it, with the links in its folder resolved."""
    return os.fsencode(path.parent.resolve() / path.name)


def find_owned(tx: Connection, track: MatchableTrack) -> tuple[str, str] | None:
    """Return the key of a track's owned file, and how it was recognised; None if there is none.

    Another track's file is left to that track, unless it names this recording.
    """
    columns = owned_files.c
    name_keys = {make_name_key(track.artist, title) for title in track.titles} - {""}
    conditions = {"recording": columns.recording_mbid == track.recording_mbid}
    if track.isrcs:
        of_isrc = select(owned_isrcs.c.path_key).where(owned_isrcs.c.isrc.in_(track.isrcs))
        conditions["isrc"] = columns.path_key.in_(of_isrc)
    if name_keys and track.length_ms is not None:
        conditions["name"] = columns.name_key.in_(name_keys)
    # This is one statement, because it runs once for every wanted track. Its conditions leave out
    # whose a file is, or SQLite would search all files that belong to no track.
    searches = [
        select(
            literal(rank),
            literal(matched_by),
            columns.path_key,
            columns.track_id,
            columns.recording_mbid,
            columns.artist,
            columns.title,
            columns.album,
            columns.length_ms,
        ).where(condition)
        for rank, (matched_by, condition) in enumerate(conditions.items())
    ]
    found = []
    for row in tx.execute(union_all(*searches)):
        rank, matched_by, path_key, owner_id, *_ = row
        is_free = owner_id is None or owner_id == track.id or matched_by == "recording"
        if is_free and _is_track(track, row, matched_by):
            found.append((rank, distance(track, row), path_key, matched_by))
    return min(found)[2:] if found else None


def _is_track(track: MatchableTrack, file: Any, matched_by: str) -> bool:
    if matched_by == "isrc":
        return not doubt_by_isrc(track, file)
    if matched_by == "name":
        return is_named_alike(track, file) and not doubt_by_name(track, file)
    return True


class OwnedFiles:
    """Reads and writes what a scan has found."""

    def __init__(self, database: Database, clock: Callable[[], datetime]):
        self._database = database
        self._clock = clock

    def known(self) -> dict[bytes, ScannedFile]:
        """Return everything that scans have read, by path."""
        query = select(
            owned_files.c.path,
            owned_files.c.size,
            owned_files.c.mtime_ns,
            owned_files.c.track_id,
            owned_files.c.error,
        )
        with self._database.read() as connection:
            return {bytes(row[0]): ScannedFile(*row[1:]) for row in connection.execute(query)}

    def filed_paths(self) -> set[bytes]:
        """Return the files that Shanty has filed itself."""
        with self._database.read() as connection:
            paths = connection.scalars(select(files.c.path).where(files.c.is_placed))
            return {os.fsencode(path) for path in paths}

    def matchable(self, after_id: int = 0) -> Iterator[MatchableTrack]:
        """Yield every track of the catalogue, or those added after this one."""
        query = select(tracks).where(tracks.c.id > after_id).order_by(tracks.c.release_key)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
            for start in range(0, len(rows), _CHUNK):
                chunk = rows[start : start + _CHUNK]
                recordings = _read_recordings(connection, {row.release_key for row in chunk})
                for row in chunk:
                    recording = recordings.get((row.release_key, row.recording_mbid), {})
                    yield MatchableTrack(
                        row.id,
                        row.recording_mbid,
                        tuple(recording.get("isrcs", ())),
                        row.artist,
                        tuple(dict.fromkeys((row.title, recording.get("title", row.title)))),
                        row.album,
                        row.length_ms,
                    )

    def record(self, tx: Connection, found: Collection[OwnedFile]) -> None:
        """Store what was read from files, in place of what was known about them."""
        if not found:
            return
        self.forget(tx, [file.path for file in found])
        now = self._clock()
        rows = [
            {
                "path_key": _path_key(file.path),
                "path": file.path,
                "size": file.size,
                "mtime_ns": file.mtime_ns,
                "recording_mbid": file.recording_mbid,
                "name_key": make_name_key(file.artist, file.title),
                "artist": file.artist,
                "title": file.title,
                "album": file.album,
                "length_ms": file.length_ms,
                "track_id": file.track_id,
                "matched_by": file.matched_by,
                "error": file.error,
                "read_at": now,
            }
            for file in found
        ]
        # Another scan may read the same files. The second one leaves the first one's rows.
        tx.execute(insert_into(tx, owned_files).on_conflict_do_nothing(), rows)
        isrcs = [
            {"isrc": isrc, "path_key": _path_key(file.path)}
            for file in found
            for isrc in file.isrcs
        ]
        if isrcs:
            tx.execute(insert_into(tx, owned_isrcs).on_conflict_do_nothing(), isrcs)

    def rebase(
        self, tx: Connection, moved: Mapping[bytes, bytes], known: Mapping[bytes, ScannedFile]
    ) -> None:
        """Give moved files their new paths; what is known under a new path already stays."""
        rows = [
            {"old": _path_key(old), "new": _path_key(new), "to": new} for old, new in moved.items()
        ]
        if not rows:
            return
        key, path, *others = owned_files.c
        new_key, new_path = bindparam("new", type_=key.type), bindparam("to", type_=path.type)
        as_moved = select(new_key, new_path, *others).where(key == bindparam("old"))
        isrcs = select(owned_isrcs.c.isrc, new_key).where(
            owned_isrcs.c.path_key == bindparam("old")
        )
        for table, query in ((owned_files, as_moved), (owned_isrcs, isrcs)):
            copy = insert_into(tx, table).from_select(list(table.c), query).on_conflict_do_nothing()
            tx.execute(copy, rows)
        self.forget(tx, moved)
        tracks_of = (known[one].track_id for one in moved)
        self.unmark(tx, {track_id for track_id in tracks_of if track_id is not None})

    def forget(self, tx: Connection, paths: Iterable[bytes]) -> None:
        """Forget files. The files themselves are never touched."""
        keys = [{"key": _path_key(path)} for path in paths]
        if keys:
            tx.execute(delete(owned_files).where(owned_files.c.path_key == bindparam("key")), keys)

    def tracks_to_mark(self, tx: Connection) -> set[int]:
        """Return the tracks that somebody waits for although they have an owned file."""
        query = (
            select(tracks.c.id)
            .join(owned_files, owned_files.c.track_id == tracks.c.id)
            .where(tracks.c.status.in_(ASKED_FOR))
        )
        return set(tx.scalars(query))

    def mark(self, tx: Connection, track_ids: Collection[int]) -> None:
        """Mark tracks as in the library, and forget their staged files, which are useless now."""
        for chunk in _chunks(track_ids):
            tx.execute(
                update(tracks)
                .where(tracks.c.id.in_(chunk))
                .values(status=TrackStatus.IN_LIBRARY, reason="", updated_at=self._clock())
            )
            tx.execute(delete(files).where(files.c.track_id.in_(chunk), ~files.c.is_placed))

    def give(self, tx: Connection, file: OwnedFile) -> None:
        """Give a track a person's own file, as if a scan had found it."""
        assert file.track_id is not None, "its track is known"
        self.record(tx, [file])
        self.mark(tx, [file.track_id])

    def unmark(self, tx: Connection, track_ids: Collection[int]) -> set[int]:
        """See :func:`unmark`."""
        return unmark(tx, track_ids, self._clock())

    def take_away(self, tx: Connection, path: bytes, track_id: int, why: str) -> None:
        """Forget a trashed file of a person's own; mark its track as removed if it has no other."""
        self.forget(tx, [path])
        tx.execute(
            update(tracks)
            .where(tracks.c.id == track_id, *_has_lost_its_file())
            .values(status=TrackStatus.REMOVED, reason=why, updated_at=self._clock())
        )

    def take(self, tx: Connection, track: MatchableTrack) -> bool:
        """See :func:`take_owned`."""
        return take_owned(tx, track, self._clock())

    def owned_tracks(self, *, rule: int | RulePart | None = None) -> dict[int, Path]:
        """Return the scanned file of each track that has one; of several, the first by path.

        ``rule`` keeps only the tracks that this rule, or this part of one, wants.
        """
        query = (
            select(owned_files.c.track_id, owned_files.c.path)
            .where(owned_files.c.track_id.is_not(None))
            .order_by(owned_files.c.path.desc())
        )
        if rule is not None:
            query = query.where(owned_files.c.track_id.in_(tracks_of_rule(rule)))
        with self._database.read() as connection:
            return {row[0]: Path(os.fsdecode(row[1])) for row in connection.execute(query)}


def _read_recordings(
    connection: Connection, release_keys: Collection[str]
) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the recordings in stored releases, by release and MBID, without parsing releases."""
    query = select(releases.c.key, releases.c.document).where(releases.c.key.in_(release_keys))
    return {
        (row.key, track["recording"]["mbid"]): track["recording"]
        for row in connection.execute(query)
        for medium in row.document.get("media", ())
        for track in medium.get("tracks", ())
    }


def _path_key(path: bytes) -> str:
    return hashlib.sha256(path).hexdigest()


def _chunks(ids: Collection[int]) -> Iterator[list[int]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]
