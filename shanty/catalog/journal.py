"""The journal: every act on a file of the library, written down before and after it is done.

An entry says that the file at ``source_path`` with one content becomes the file at ``target_path``
with the same or another content. It is *intended* before anything is touched. It becomes *done* in
one transaction with what the act means for the catalogue. So if the owner of an entry died, the
disk shows whether the act was done. An entry contains all that it means for the catalogue, so
anybody can finish it without knowing what its owner was doing.
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
    distinct,
    exc,
    func,
    or_,
    select,
    update,
)

from shanty.catalog.access import CatalogAccess, Clock
from shanty.catalog.act_details import Action, Trashed
from shanty.catalog.candidates import Candidates
from shanty.catalog.entries import (
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
from shanty.models import TrackFile, TrackStatus


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What one run did to files: how often each action, and how many acts are undone."""

    run_id: str
    began_at: datetime
    ended_at: datetime
    counts: dict[str, int]
    undone: int


def _summarize(run_id: str, acts: list[Any]) -> RunSummary:
    names, numbers, firsts, lasts, undone = zip(*acts, strict=True)
    counts = dict(zip(names, numbers, strict=True))
    return RunSummary(run_id, min(firsts), max(lasts), counts, sum(undone))


class Journal(CatalogAccess):
    """Entries, which are intended, finished, dropped or undone; and their deltas for undo."""

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
        """Write down an intent; return it with its id. Commit before the act.

        Raises:
            TransientError: somebody else is about to change the file of the same track, or another
                track's file has this path by now.
        """
        try:
            begun = self._insert(tx, entry, EntryStatus.INTENDED)
        except exc.IntegrityError as error:
            raise TransientError(
                f"the file of track {entry.track_id} is being changed by somebody else"
            ) from error
        path = str(entry.source_path)
        owners = tx.scalars(select(files.c.track_id).where(files.c.path == path)).all()
        # A file to trash may be another track's: a better file of the recording takes its place.
        if owners and entry.track_id not in owners and entry.action is not Action.TRASH:
            raise TransientError(f"{path} is the file of another track by now")
        return begun

    def finish(self, tx: Connection, entry: JournalEntry) -> bool:
        """Mark an act as done and update the catalogue, in one transaction.

        Returns False, and does nothing, if somebody else has settled the entry.
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
        """Write the entry of a done act again, because it was dropped, and update the catalogue."""
        self._insert(tx, entry, EntryStatus.DONE)
        self._apply(tx, entry)

    def drop(self, tx: Connection, entry: JournalEntry) -> bool:
        """Forget the entry of an act that was not done; return whether it was still there."""
        is_open = and_(is_row_of(entry), journal.c.status == EntryStatus.INTENDED)
        return tx.execute(delete(journal).where(is_open)).rowcount == 1

    def status_of(self, entry: JournalEntry) -> EntryStatus | None:
        """Return how far an act has come; None if its entry was dropped."""
        with self._database.read() as connection:
            status = connection.scalar(select(journal.c.status).where(is_row_of(entry)))
        return None if status is None else EntryStatus(status)

    def open_entries(self, track_id: int | None = None) -> list[JournalEntry]:
        """Return the entries that are intended but not done, of a track or of all, oldest first."""
        query = select(journal).where(journal.c.status == EntryStatus.INTENDED)
        if track_id is not None:
            query = query.where(journal.c.track_id == track_id)
        return self._entries(query.order_by(journal.c.id))

    def entry(self, entry_id: int) -> JournalEntry | None:
        """Return one entry; None if there is none with this id."""
        return next(iter(self._entries(select(journal).where(journal.c.id == entry_id))), None)

    def of_run(
        self,
        run_id: str,
        *,
        status: EntryStatus | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[JournalEntry]:
        """Return what a run did, newest first; ``status`` keeps only the acts that have it."""
        query = select(journal).where(journal.c.run_id == run_id).order_by(journal.c.id.desc())
        query = query if status is None else query.where(journal.c.status == status)
        return self._entries(query.limit(limit).offset(offset))

    def of_track(self, track_id: int) -> list[JournalEntry]:
        """Return what was done to a track's files, newest first."""
        return self._entries(
            select(journal).where(journal.c.track_id == track_id).order_by(journal.c.id.desc())
        )

    def reversal_of(self, entry_id: int) -> JournalEntry | None:
        """Return the entry that undid this one; None if there is none."""
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
        """Return the act that made a file, wherever it was then, with the checksum we left it with.

        Returns None if Shanty did not put the file there, as far as the journal goes back.
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
                return None  # the file that had this name is gone: this is another one
            if last.action in (Action.TAG, Action.WRITE):
                digest = digest or last.checksum_after
            elif last.action in (Action.PLACE, Action.COVER, Action.ADD):
                return replace(last, checksum_after=digest or last.checksum_after)
            path, before_id = last.source_path, last.id
        return None

    def latest_at(self, path: Path, after_id: int) -> JournalEntry | None:
        """Return the first later entry in force that moved or changed the file at this path."""
        query = select(journal).where(
            journal.c.source_path == str(path),
            journal.c.id > after_id,
            journal.c.status != EntryStatus.UNDONE,
        )
        return next(iter(self._entries(query.order_by(journal.c.id).limit(1))), None)

    def count_runs(self) -> int:
        """How many runs :meth:`list_runs` has in all."""
        with self._database.read() as connection:
            return connection.scalar(select(func.count(distinct(journal.c.run_id)))) or 0

    def list_runs(
        self, limit: int | None = None, offset: int = 0, *, run_id: str | None = None
    ) -> list[RunSummary]:
        """List the runs that did something to files, newest first; or this one alone."""
        newest = func.max(journal.c.id).label("newest")
        query = select(journal.c.run_id, newest).group_by(journal.c.run_id)
        query = query if run_id is None else query.where(journal.c.run_id == run_id)
        query = query.order_by(newest.desc()).limit(limit).offset(offset)
        is_undone = func.count().filter(journal.c.status == EntryStatus.UNDONE)
        first, last = func.min(journal.c.at), func.max(journal.c.at)
        counted = select(journal.c.run_id, journal.c.action, func.count(), first, last, is_undone)
        counted = counted.group_by(journal.c.run_id, journal.c.action)
        with self._database.read() as connection:
            shown = list(connection.scalars(query))
            acts: dict[str, list[Any]] = {one: [] for one in shown}
            if limit is not None or run_id is not None:
                counted = counted.where(journal.c.run_id.in_(shown))
            for run, *numbers in connection.execute(counted):
                acts.setdefault(run, []).append(numbers)
        return [_summarize(run, acts[run]) for run in shown if acts[run]]

    def last_run_that_did(self, action: Action) -> str | None:
        """Return the last run with such an act, apart from reversals."""
        query = select(journal.c.run_id).where(journal.c.action == action, ~journal.c.is_reversal)
        with self._database.read() as connection:
            return connection.scalar(query.order_by(journal.c.id.desc()).limit(1))

    def left_behind(self, within: timedelta) -> set[Path]:
        """Return the folders that the last run took files from, if it was recent."""
        is_move = journal.c.action.in_((Action.RENAME, Action.TRASH, Action.RESTORE))
        is_late = journal.c.at > self._clock() - within
        newest = select(journal.c.run_id).where(is_move, is_late)
        newest = newest.order_by(journal.c.id.desc()).limit(1)
        query = select(journal.c.source_path).where(
            journal.c.run_id == newest.scalar_subquery(), is_move
        )
        with self._database.read() as connection:
            return {Path(path).parent for path in connection.scalars(query)}

    def has_run(self, run_id: str) -> bool:
        """Whether this run did something to files."""
        with self._database.read() as connection:
            found = select(journal.c.id).where(journal.c.run_id == run_id).limit(1)
            return connection.scalar(found) is not None

    def find_runs(self, beginning: str) -> list[str]:
        """Return the ids of up to ten runs that begin with this text."""
        query = (
            select(journal.c.run_id)
            .distinct()
            .where(journal.c.run_id.startswith(beginning, autoescape=True))
        )
        with self._database.read() as connection:
            return list(connection.scalars(query.order_by(journal.c.run_id).limit(10)))

    def delta_of(self, entry_id: int) -> bytes | None:
        """Return the delta that turns the file after an act into that before it; None if gone."""
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
        """Update the entry that an act undoes, and the track whose file it changed."""
        if entry.undoes_id is not None:
            # The caller has checked before the act that this entry was still in force.
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
        detail = entry.detail
        assert isinstance(detail, Trashed)
        self._trash.add(
            tx,
            path=entry.target_path,
            original_path=entry.source_path,
            track_id=entry.track_id,
            run_id=entry.run_id,
            reason=detail.reason,
            checksum=entry.checksum_after,
            size=detail.stamp.size or 0,
            origin=detail.origin,
        )
        if entry.track_id is None:
            return
        if detail.origin is None:
            if _is_music(entry.source_path):
                owned = OwnedFiles(self._database, self._clock)
                path = as_scanned(entry.source_path)
                owned.take_away(tx, path, entry.track_id, detail.reason)
            return
        tx.execute(
            delete(files).where(
                files.c.track_id == entry.track_id, files.c.path == str(entry.source_path)
            )
        )
        if detail.track_status is not None:
            self._tracks.set_status(tx, entry.track_id, detail.track_status, detail.reason)
        if detail.reject_candidate is not None:
            self._candidates.reject(tx, detail.reject_candidate, detail.reason)

    def _apply_restore(self, tx: Connection, entry: JournalEntry) -> None:
        origin = self._trash.take(tx, entry.source_path)
        if entry.track_id is None:
            return
        present = tx.scalar(
            select(files.c.track_id).where(files.c.track_id == entry.track_id, files.c.is_placed)
        )
        track = tx.execute(select(tracks).where(tracks.c.id == entry.track_id)).first()
        if present is not None or track is None:
            return  # it has another file by now, so this one becomes a person's own
        if origin is None:
            if _is_music(entry.target_path):
                OwnedFiles(self._database, self._clock).give(tx, _owned(entry, track))
            return
        file = TrackFile(
            entry.track_id,
            entry.target_path,
            is_placed=True,
            candidate_id=origin.candidate_id,
            checksum=entry.checksum_after,
            properties=origin.properties,
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
    """Return a person's own file that is back after it had to make way for a track's file.

    It has the track's recording: no other file makes way.
    """
    return OwnedFile(
        as_scanned(entry.target_path),
        entry.detail.stamp.size or 0,
        entry.detail.stamp.mtime_ns or 0,
        recording_mbid=track.recording_mbid,
        artist=track.artist,
        title=track.title,
        album=track.album,
        length_ms=track.length_ms,
        track_id=track.id,
        matched_by="recording",
    )
