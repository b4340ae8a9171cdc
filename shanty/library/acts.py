"""Acts on the files of the library. The journal records each act before and after it is done.

Owns the order of events. First the intent is committed. Then one atomic step changes the disk. Then
one transaction marks the act as done and updates the catalogue. A process killed at any moment
leaves a whole file, old or new, and an open entry; :meth:`FileActs.settle` tells from the disk
which of the two it is. Refuses to know why something is done.

An open entry is also a lock: each track has at most one. A manual operation (``is_by_hand``) skips
a track that a stage is working on. A stage waits for any other operation on its track. Both write
their entry before they look, so that at least one of two sees the other.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from shanty.catalog import Action, JournalEntry, TrashedFile
from shanty.catalog.act_details import (
    Added,
    Changed,
    Detail,
    FileOrigin,
    FileStamp,
    Renamed,
    Restored,
    Trashed,
)
from shanty.errors import ShantyError, TransientError
from shanty.files.atomic import (
    BeforeReplacing,
    ChangedMeanwhileError,
    disk_errors,
    fsync_file,
    mark_of,
    real_file,
    require_unchanged,
    temporary_in,
)
from shanty.files.checksum import checksum
from shanty.files.delta import apply_delta, make_delta
from shanty.files.moving import move_file, name_in_trash, refuse_link
from shanty.files.placement import replace_file, write_new_file
from shanty.library.intents import BusyError, Extra, Intents
from shanty.models import TrackFile, TrackStatus
from shanty.tags.covers import Cover
from shanty.tags.style import library_style
from shanty.tags.tagging import TagSet, write_tags

_TIMES_CHANGED = 3

__all__ = ["BusyError", "FileActs"]


class TagWriter(Protocol):
    """Writes tags into a file; returns whether anything had to be changed."""

    def __call__(self, path: Path, *, before_replacing: BeforeReplacing) -> bool:
        """Call ``before_replacing`` just before the file is replaced."""


class FileActs(Intents):
    """The acts of one run. Its owner is the id of a registered worker."""

    # --- acts -----------------------------------------------------------------------------------

    def write_tags(
        self, track_id: int, path: Path, tags: TagSet, *, cover: Cover | None = None
    ) -> bool:
        """Set the tags of a track's file; return whether anything had to be changed.

        Raises:
            StageError: as :func:`shanty.tags.tagging.write_tags`.
            BusyError: a stage is working on the track.
        """
        style = library_style(self.settings.library)
        change = partial(write_tags, tags=tags, cover=cover, style=style)
        return self.change_tags(track_id, path, change)

    def change_tags(self, track_id: int, path: Path, change: TagWriter) -> bool:
        """Let ``change`` write tags into a track's file; return its answer.

        ``change`` takes ``before_replacing`` and acts as :func:`shanty.tags.tagging.write_tags`. If
        another program changes or moves the file meanwhile, that change stays, and ``change`` runs
        again on the file as it is then.

        Raises:
            StageError: as ``change``.
            BusyError: a stage is working on the track.
        """
        for _ in range(_TIMES_CHANGED):
            self.settle(track_id)
            try:
                return self._change_tags(track_id, self._where_now(track_id, path), change)
            except ChangedMeanwhileError as error:
                changed = error
        raise changed

    def _change_tags(self, track_id: int, path: Path, change: TagWriter) -> bool:
        begun: list[JournalEntry] = []

        def intend(old: Path, new: Path) -> None:
            begun.append(self._begin_change(Action.TAG, track_id, path, old, new, None))

        try:
            with self.at_library() as library:
                has_changed = change(library.reach(path), before_replacing=intend)
        except Exception as error:
            for entry in begun:
                self._break_off(entry, error)
            raise
        for entry in begun:
            self._finish(entry)
        return has_changed

    def add_file(
        self, track_id: int | None, path: Path, data: bytes, *, action: Action = Action.ADD
    ) -> bool:
        """Put a new file beside the music. If the path is taken, write nothing and return False.

        Raises:
            WaitError: the disk is full, read-only or forbidden.
        """
        if os.path.lexists(path):
            return False
        digest = hashlib.sha256(data).hexdigest()
        detail = Added(FileStamp(size=len(data)))
        entry = self._entry(action, track_id, Path(), path, detail, checksum_after=digest)
        with self._acting(entry) as (begun, library):
            is_new = write_new_file(library.reach(path), data)
            if is_new:
                self._finish(begun)
            else:
                self._drop(begun)
        return is_new

    def write_file(self, track_id: int | None, path: Path, data: bytes) -> bool:
        """Write a file of ours that is not music; return whether it had to be changed.

        Raises:
            PermanentError: the path is a link.
        """
        refuse_link(path)
        if not path.exists():
            return self.add_file(track_id, path, data)
        with self.at_library() as library, disk_errors("write", path):
            old = library.reach(path)
            with temporary_in(old.parent) as new:
                new.write_bytes(data)
                fsync_file(new)
                if checksum(new) == checksum(old):
                    return False
                entry = self._begin_change(Action.WRITE, track_id, path, old, new, None)
                with self._settling(entry):
                    replace_file(old, new)
                    self._finish(entry)
        return True

    def rename(
        self,
        track_id: int | None,
        source: Path,
        target: Path,
        *,
        undoing: JournalEntry | None = None,
        planned: int | None = None,
    ) -> None:
        """Give a file of the library another name; remove its old folder if that is empty then.

        ``planned`` is how many files the run is to move; the entry keeps it.

        Raises:
            PermanentError: the name is taken, or the file is a link.
            TransientError: the file is gone.
            BusyError: a stage is working on the track.
        """
        refuse_link(source)
        detail = Renamed(_stamp(source), planned)
        file = self._file_at(track_id, source)
        # A known checksum is not computed again, so that a library is moved as fast as names
        # change.
        digest = (file and file.checksum) or checksum(source)
        entry = self._entry(
            Action.RENAME,
            track_id,
            source,
            target,
            detail,
            checksum_before=digest,
            checksum_after=digest,
            undoing=undoing,
        )
        with self._acting(entry) as (begun, library):
            root = library.reach(library.path)
            move_file(library.reach(source), library.reach(target), below=root)
            self._finish(begun)
        self.remove_empty(source.parent)

    def trash(
        self,
        path: Path,
        reason: str,
        *,
        track_id: int | None = None,
        track_status: TrackStatus | None = None,
        reject_candidate: int | None = None,
        undoing: JournalEntry | None = None,
        also: Extra | None = None,
    ) -> Path:
        """Move a file into the trash; return where it is now.

        If it is the track's file, the track has no file afterwards and gets ``track_status``, and
        pending work of the track is cancelled. ``also`` is called in the same transaction.

        Raises:
            PermanentError: the file is a link.
            TransientError: the file is gone.
            BusyError: a stage is working on the track.
        """
        refuse_link(path)
        file = self._file_at(track_id, path)
        trash_dir = self.settings.library.trash_dir
        day = f"{datetime.now(UTC):%Y-%m-%d}"
        target = name_in_trash(path, trash_dir, self.settings.library.path, day)
        detail = Trashed(_stamp(path), reason)
        if file is not None:
            origin = FileOrigin.of(file)
            detail = Trashed(detail.stamp, reason, origin, track_status, reject_candidate)
        digest = checksum(path)
        entry = self._entry(
            Action.TRASH,
            track_id,
            path,
            target,
            detail,
            checksum_before=digest,
            checksum_after=digest,
            undoing=undoing,
        )
        with self._acting(entry) as (begun, library):
            below = library.reach(trash_dir)
            move_file(library.reach(path), library.reach(target), below=below)
            self._finish(begun, also)
        self.remove_empty(path.parent)
        return target

    def restore(
        self,
        trashed: TrashedFile,
        target: Path | None = None,
        *,
        undoing: JournalEntry | None = None,
    ) -> Path:
        """Move a file out of the trash, to ``target`` or to where it was; return where it is now.

        Raises:
            PermanentError: the name is taken.
            TransientError: the file is gone.
            ShantyError: its track has another file by now.
            BusyError: a stage is working on the track.
        """
        target = target or trashed.original_path
        track_id = trashed.track_id
        if track_id is not None and trashed.origin:
            present = self.catalog.files.of_track(track_id)
            if present is not None and present.is_placed:
                raise ShantyError(f"track {track_id} has another file by now: {present.path}")
        entry = self._entry(
            Action.RESTORE,
            track_id,
            trashed.path,
            target,
            Restored(_stamp(trashed.path)),
            checksum_before=trashed.checksum,
            checksum_after=trashed.checksum,
            undoing=undoing,
        )
        with self._acting(entry) as (begun, library):
            root = library.reach(library.path)
            move_file(library.reach(trashed.path), library.reach(target), below=root)
            self._finish(begun)
        self.remove_empty(trashed.path.parent)
        return target

    def change_back(self, entry: JournalEntry) -> None:
        """Give a file exactly the bytes that it had before a change.

        Raises:
            ShantyError: the data for that is no longer kept, or the file was changed since.
            TransientError: another program has just changed or moved it.
            BusyError: a stage is working on the track.
        """
        path = entry.target_path
        delta = self.catalog.journal.delta_of(entry.id)
        if delta is None:
            raise ShantyError(f"the data to change {path} back is no longer kept")
        if entry.track_id is not None:
            self.settle(entry.track_id)
        with self.at_library() as library:
            self._change_back(entry, path, real_file(library.reach(path)), delta)

    def _change_back(self, entry: JournalEntry, path: Path, real: Path, delta: bytes) -> None:
        mark = mark_of(real)
        with disk_errors("write", path), temporary_in(real.parent) as old:
            if apply_delta(real, delta, old) != entry.checksum_before:
                raise ShantyError(f"{path} was changed since: it cannot be changed back")
            fsync_file(old)
            reversal = self._begin_change(entry.action, entry.track_id, path, real, old, entry)
            with self._settling(reversal):
                require_unchanged(real, mark)
                replace_file(real, old)
                self._finish(reversal)

    # --- inside ---------------------------------------------------------------------------------

    def _file_at(self, track_id: int | None, path: Path) -> TrackFile | None:
        """Return the track's file if it lies at this path."""
        file = None if track_id is None else self.catalog.files.of_track(track_id)
        return file if file is not None and file.path == path else None

    def _where_now(self, track_id: int, path: Path) -> Path:
        """Return where a track's file is now: a rename may have moved it meanwhile."""
        file = self.catalog.files.of_track(track_id)
        return path if file is None else file.path

    def _entry(
        self,
        action: Action,
        track_id: int | None,
        source: Path,
        target: Path,
        detail: Detail,
        *,
        checksum_before: str = "",
        checksum_after: str = "",
        undoing: JournalEntry | None = None,
    ) -> JournalEntry:
        return JournalEntry(
            action=action,
            run_id=self.run_id,
            track_id=track_id,
            source_path=source,
            target_path=target,
            detail=detail,
            checksum_before=checksum_before,
            checksum_after=checksum_after,
            owner=self.owner,
            undoes_id=None if undoing is None else undoing.id,
            is_reversal=undoing is not None and not undoing.is_reversal,
        )

    def _begin_change(
        self,
        action: Action,
        track_id: int | None,
        path: Path,
        old: Path,
        new: Path,
        undoing: JournalEntry | None,
    ) -> JournalEntry:
        """Commit the intent to replace one content by another."""
        entry = self._entry(
            action,
            track_id,
            path,
            path,
            Changed(_stamp(new)),
            checksum_before=checksum(old),
            checksum_after=checksum(new),
            undoing=undoing,
        )
        return self._begin(replace(entry, delta=make_delta(old, new)))


def _stamp(path: Path) -> FileStamp:
    """Return what shows whether a file was changed since, without reading it.

    Raises:
        TransientError: the file is gone.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise TransientError(f"{path} is gone: {error.strerror}") from error
    return FileStamp(status.st_size, status.st_mtime_ns)
