"""The journal: every act on a file of the library, written down before it is done, and after.

An entry says that the file at ``source_path`` with one content becomes the file at ``target_path``
with another (or the same) content. It is *intended* before anything is touched, and *done* in one
transaction with what the act means for the catalogue; so whoever finds an entry whose owner died
can tell from the disk which of the two it is. An entry says itself what it means for the
catalogue, so that whoever finishes it need not know what its owner was about.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    delete,
    exc,
    func,
    or_,
    select,
    update,
)

from shanty.catalog.access import CatalogAccess, Clock
from shanty.catalog.candidates import Candidates
from shanty.catalog.entries import (
    Action,
    EntryStatus,
    JournalEntry,
    is_row_of,
    to_entry,
    to_values,
)
from shanty.catalog.files import Files
from shanty.catalog.owned import OwnedFile, OwnedFiles, as_scanned
from shanty.catalog.tracks import Tracks
from shanty.catalog.trash import Trash
from shanty.db import Database
from shanty.db.tables import files, journal, tracks, undo_deltas
from shanty.errors import TransientError
from shanty.files.filenames import is_text
from shanty.files.walk import has_audio_extension
from shanty.models import AudioProperties, LibraryFile, TrackStatus


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What one run did to files: how often each action, and how much of it is undone."""

    run_id: str
    began_at: datetime
    ended_at: datetime
    counts: dict[str, int]
    undone: int


class Journal(CatalogAccess):
    """Entries: intended, finished, dropped, undone; and the deltas that reverse a change."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        tracks: Tracks,
        candidates: Candidates,
        files: Files,
        trash: Trash,
    ):
        super().__init__(database, clock)
        self._tracks = tracks
        self._candidates = candidates
        self._files = files
        self._trash = trash

    def begin(self, tx: Connection, entry: JournalEntry) -> JournalEntry:
        """Write down what is intended; returns it with its id. Commit before the act.

        Raises:
            TransientError: somebody else is about to change the file of the same track, or has
                given its name to that of another one.
        """
        try:
            begun = self._insert(tx, entry, EntryStatus.INTENDED)
        except exc.IntegrityError as error:
            raise TransientError(
                f"the file of track {entry.track_id} is being changed by somebody else"
            ) from error
        path = str(entry.source_path)
        owners = tx.scalars(select(files.c.track_id).where(files.c.path == path)).all()
        # What is trashed may be another track's: a better one of the recording takes its place.
        if owners and entry.track_id not in owners and entry.action is not Action.TRASH:
            raise TransientError(f"{path} is the file of another track by now")
        return begun

    def finish(self, tx: Connection, entry: JournalEntry) -> bool:
        """The act is done: say so, and what it means for the catalogue, in one transaction.

        Returns False, and does nothing, when somebody else has settled it.
        """
        done = tx.execute(
            update(journal)
            .where(is_row_of(entry), journal.c.status == EntryStatus.INTENDED)
            .values(status=EntryStatus.DONE.value, at=self._clock())
        )
        if done.rowcount:
            self._apply(tx, entry)
        return bool(done.rowcount)

    def add_done(self, tx: Connection, entry: JournalEntry) -> None:
        """An act is done whose entry was dropped: write it down anew, with what it means."""
        self._insert(tx, entry, EntryStatus.DONE)
        self._apply(tx, entry)

    def drop(self, tx: Connection, entry: JournalEntry) -> bool:
        """The act was not done; returns whether the entry was still there to be forgotten."""
        is_open = and_(is_row_of(entry), journal.c.status == EntryStatus.INTENDED)
        return tx.execute(delete(journal).where(is_open)).rowcount == 1

    def status_of(self, entry: JournalEntry) -> EntryStatus | None:
        """How far an act is by now; None when its entry was dropped."""
        with self._database.read() as connection:
            status = connection.scalar(select(journal.c.status).where(is_row_of(entry)))
        return None if status is None else EntryStatus(status)

    def open_entries(self, track_id: int | None = None) -> list[JournalEntry]:
        """What is intended and not yet done, of one track or of all, oldest first."""
        query = select(journal).where(journal.c.status == EntryStatus.INTENDED)
        if track_id is not None:
            query = query.where(journal.c.track_id == track_id)
        return self._entries(query.order_by(journal.c.id))

    def entry(self, entry_id: int) -> JournalEntry | None:
        """One entry."""
        return next(iter(self._entries(select(journal).where(journal.c.id == entry_id))), None)

    def of_run(self, run_id: str) -> list[JournalEntry]:
        """What a run did, newest first."""
        return self._entries(
            select(journal).where(journal.c.run_id == run_id).order_by(journal.c.id.desc())
        )

    def of_track(self, track_id: int) -> list[JournalEntry]:
        """What was done to a track's files, newest first."""
        return self._entries(
            select(journal).where(journal.c.track_id == track_id).order_by(journal.c.id.desc())
        )

    def reversal_of(self, entry_id: int) -> JournalEntry | None:
        """The entry that undid this one."""
        query = select(journal).where(
            journal.c.undoes_id == entry_id, journal.c.status != EntryStatus.INTENDED
        )
        return next(iter(self._entries(query.order_by(journal.c.id.desc()).limit(1))), None)

    def has_added(self, path: Path) -> bool:
        """Whether an entry in force says that this file was added."""
        query = select(journal.c.id).where(
            journal.c.target_path == str(path),
            journal.c.action.in_((Action.COVER, Action.ADD)),
            journal.c.status == EntryStatus.DONE,
        )
        with self._database.read() as connection:
            return connection.scalar(query.limit(1)) is not None

    def came_by(self, path: Path) -> JournalEntry | None:
        """The act by which a file was made, wherever it was then, with the checksum we left it.

        None for one that Shanty has not put there, as far as the journal goes back.
        """
        before_id, digest = None, ""
        while is_text(path):
            query = select(journal).where(
                or_(journal.c.target_path == str(path), journal.c.source_path == str(path)),
                journal.c.status != EntryStatus.INTENDED,
            )
            if before_id is not None:
                query = query.where(journal.c.id < before_id)
            last = next(iter(self._entries(query.order_by(journal.c.id.desc()).limit(1))), None)
            if last is None or last.target_path != path:
                return None  # what had the name before has gone: this is another file
            if last.action in (Action.TAG, Action.WRITE):
                digest = digest or last.checksum_after
            elif last.action in (Action.PLACE, Action.COVER, Action.ADD):
                return replace(last, checksum_after=digest or last.checksum_after)
            path, before_id = last.source_path, last.id
        return None

    def latest_at(self, path: Path, after_id: int) -> JournalEntry | None:
        """The first later entry in force that took the file away from a path or changed it."""
        query = select(journal).where(
            journal.c.source_path == str(path),
            journal.c.id > after_id,
            journal.c.status != EntryStatus.UNDONE,
        )
        return next(iter(self._entries(query.order_by(journal.c.id).limit(1))), None)

    def list_runs(self, limit: int | None = None) -> list[RunSummary]:
        """The runs that did something to files, newest first."""
        newest = func.max(journal.c.id).label("newest")
        is_undone = func.count().filter(journal.c.status == EntryStatus.UNDONE)
        query = select(
            journal.c.run_id,
            newest,
            func.min(journal.c.at).label("began_at"),
            func.max(journal.c.at).label("ended_at"),
            is_undone.label("undone"),
        ).group_by(journal.c.run_id)
        query = query.order_by(newest.desc()).limit(limit)
        counted = select(journal.c.run_id, journal.c.action, func.count().label("number")).group_by(
            journal.c.run_id, journal.c.action
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
            shown = [row.run_id for row in rows]
            counts: dict[str, dict[str, int]] = {}
            for row in connection.execute(counted.where(journal.c.run_id.in_(shown))):
                counts.setdefault(row.run_id, {})[row.action] = row.number
        return [
            RunSummary(row.run_id, row.began_at, row.ended_at, counts[row.run_id], row.undone)
            for row in rows
        ]

    def last_run_that_did(self, action: Action) -> str | None:
        """The last run with such an act, reversals left out."""
        query = select(journal.c.run_id).where(journal.c.action == action, ~journal.c.is_reversal)
        with self._database.read() as connection:
            return connection.scalar(query.order_by(journal.c.id.desc()).limit(1))

    def left_behind(self, within: timedelta) -> set[Path]:
        """The folders that the last run has taken files from, if it was lately."""
        is_move = journal.c.action.in_((Action.RENAME, Action.TRASH, Action.RESTORE))
        is_late = journal.c.at > self._clock() - within
        newest = select(journal.c.run_id).where(is_move, is_late)
        newest = newest.order_by(journal.c.id.desc()).limit(1)
        query = select(journal.c.source_path).where(
            journal.c.run_id == newest.scalar_subquery(), is_move
        )
        with self._database.read() as connection:
            return {Path(path).parent for path in connection.scalars(query)}

    def find_runs(self, beginning: str) -> list[str]:
        """Ids of the runs that begin so."""
        query = (
            select(journal.c.run_id)
            .distinct()
            .where(journal.c.run_id.startswith(beginning, autoescape=True))
        )
        with self._database.read() as connection:
            return list(connection.scalars(query.order_by(journal.c.run_id).limit(10)))

    def delta_of(self, entry_id: int) -> bytes | None:
        """What turns the file after an act into the file before it; None when it is gone."""
        query = select(undo_deltas.c.delta).where(undo_deltas.c.journal_id == entry_id)
        with self._database.read() as connection:
            delta = connection.scalar(query)
        return None if delta is None else bytes(delta)

    # --- inside ---------------------------------------------------------------------------------

    def _insert(self, tx: Connection, entry: JournalEntry, status: EntryStatus) -> JournalEntry:
        entry = replace(entry, status=status, at=self._clock())
        entry_id = tx.scalar(journal.insert().values(to_values(entry)).returning(journal.c.id))
        assert entry_id is not None, "an insert returns its row"
        if entry.delta is not None:
            values = {"journal_id": entry_id, "delta": entry.delta, "size": len(entry.delta)}
            tx.execute(undo_deltas.insert().values(values))
        return replace(entry, id=entry_id)

    def _apply(self, tx: Connection, entry: JournalEntry) -> None:
        """What an act means for the act that it undoes, and for the track whose file it was."""
        if entry.undoes_id is not None:
            # Whether it was still to be undone was asked before the act; now it is undone.
            tx.execute(
                update(journal)
                .where(journal.c.id == entry.undoes_id)
                .values(status=EntryStatus.UNDONE.value)
            )
        if entry.action is Action.TRASH:
            self._apply_trash(tx, entry)
        elif entry.action is Action.RESTORE:
            self._apply_restore(tx, entry)
        elif entry.track_id is not None:
            changes: dict[str, Any] = {"path": str(entry.target_path), "updated_at": self._clock()}
            if entry.action is Action.TAG:
                changes["checksum"] = entry.checksum_after
            tx.execute(
                update(files)
                .where(files.c.track_id == entry.track_id, files.c.path == str(entry.source_path))
                .values(changes)
            )

    def _apply_trash(self, tx: Connection, entry: JournalEntry) -> None:
        self._trash.add(
            tx,
            path=entry.target_path,
            original_path=entry.source_path,
            track_id=entry.track_id,
            run_id=entry.run_id,
            reason=str(entry.detail.get("reason", "")),
            checksum=entry.checksum_after,
            size=int(entry.detail.get("size", 0)),
            document=entry.detail.get("file") or {},
        )
        if entry.track_id is None:
            return
        if not entry.detail.get("file"):
            if _is_music(entry.source_path):
                owned = OwnedFiles(self._database, self._clock)
                why = str(entry.detail.get("reason", ""))
                owned.take_away(tx, as_scanned(entry.source_path), entry.track_id, why)
            return
        tx.execute(
            delete(files).where(
                files.c.track_id == entry.track_id, files.c.path == str(entry.source_path)
            )
        )
        if status := entry.detail.get("track_status"):
            reason = str(entry.detail.get("reason", ""))
            self._tracks.set_status(tx, entry.track_id, TrackStatus(status), reason)
        if candidate_id := entry.detail.get("reject_candidate"):
            self._candidates.reject(tx, int(candidate_id), str(entry.detail.get("reason", "")))

    def _apply_restore(self, tx: Connection, entry: JournalEntry) -> None:
        document = self._trash.take(tx, entry.source_path)
        if entry.track_id is None:
            return
        present = tx.scalar(
            select(files.c.track_id).where(files.c.track_id == entry.track_id, files.c.is_placed)
        )
        track = tx.execute(select(tracks).where(tracks.c.id == entry.track_id)).first()
        if present is not None or track is None:
            return  # it has another file by now: this one is a person's then
        if not document:
            if _is_music(entry.target_path):
                OwnedFiles(self._database, self._clock).give(tx, _owned(entry, track))
            return
        properties = document.get("properties")
        file = LibraryFile(
            entry.track_id,
            entry.target_path,
            is_placed=True,
            candidate_id=document.get("candidate_id"),
            checksum=entry.checksum_after,
            properties=AudioProperties(**properties) if properties else None,
        )
        self._files.record(tx, file)
        self._tracks.set_status(tx, entry.track_id, TrackStatus.IN_LIBRARY)
        if file.candidate_id is not None:
            self._candidates.choose(tx, entry.track_id, file.candidate_id)

    def _entries(self, query: Select[Any]) -> list[JournalEntry]:
        with self._database.read() as connection:
            return [to_entry(row) for row in connection.execute(query)]


def _is_music(path: Path) -> bool:
    return has_audio_extension(os.fsencode(path.name))


def _owned(entry: JournalEntry, track: Row[Any]) -> OwnedFile:
    """A file of a person's own that had to make way for a track's, and is there again.

    It is of the track's recording: nothing else makes way.
    """
    return OwnedFile(
        as_scanned(entry.target_path),
        int(entry.detail.get("size", 0)),
        int(entry.detail.get("mtime_ns", 0)),
        recording_mbid=track.recording_mbid,
        artist=track.artist,
        title=track.title,
        album=track.album,
        length_ms=track.length_ms,
        track_id=track.id,
        matched_by="recording",
    )
