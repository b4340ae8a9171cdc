"""What is about to be done to a file: it is written down first, and settled in any case.

Owns the life of a journal entry. It is begun, then finished together with its effect on the
catalogue, or dropped. If its owner has died, the disk shows which. Refuses to know how a file is
changed (``acts``).

An owner that was paused for longer than its lease (Ctrl-Z, a closed laptop) is taken for dead, and
others settle its entries. When it wakes up it begins nothing more. It may still complete the step
that it was in the middle of. Then it makes sure that the journal says what the disk shows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from shanty.catalog import Action, Catalog, EntryStatus, JournalEntry
from shanty.catalog.act_details import Restored, Trashed
from shanty.config.settings import Settings
from shanty.db import Database, Transaction
from shanty.errors import LeaseLostError, ShantyError, StageError, TransientError
from shanty.files.atomic import ChangedMeanwhileError, disk_errors
from shanty.files.checksum import checksum
from shanty.files.moving import Left, remove_empty_folders, settle_move
from shanty.files.open_folder import OpenFolder
from shanty.library.presence import open_library
from shanty.workqueue import WorkQueue

logger = logging.getLogger(__name__)

_MOVES = (Action.RENAME, Action.TRASH, Action.RESTORE)
_CHANGES = (Action.TAG, Action.WRITE)
_LATELY = timedelta(days=1)
_TAKEN_FOR_DEAD = (
    "this process was paused for so long that it was taken for dead; its finished work is kept: "
    "start it again to go on"
)

Extra = Callable[[Transaction], None]


class BusyError(ShantyError):
    """A stage is working on the track, so the track is left alone."""


class Intents:
    """The intents of one run. Its owner is the id of a registered worker."""

    def __init__(
        self,
        *,
        settings: Settings,
        database: Database,
        queue: WorkQueue,
        run_id: str,
        owner: str | None,
        is_by_hand: bool = False,
    ):
        self.settings = settings
        self.database = database
        self.catalog = Catalog(database)
        self.queue = queue
        self.run_id = run_id
        self.owner = owner
        self._is_by_hand = is_by_hand

    def at_library(self) -> AbstractContextManager[OpenFolder]:
        """Hold the library open. Whatever is done in it goes through the folder that this yields.

        Raises:
            WaitError: the library is not there, or is not the known one.
        """
        return open_library(self.settings.library.path, self.catalog.known_library)

    def settle_all(self) -> int:
        """Finish or drop the entries of dead owners, and remove folders that they left empty.

        Returns how many acts were settled.
        """
        settled = self.settle()
        for folder in self.catalog.journal.left_behind(_LATELY):
            self.remove_empty(folder)
        return settled

    def settle(self, track_id: int | None = None) -> int:
        """Finish or drop the entries of dead owners, of one track or of all; return how many.

        Raises:
            TransientError: a living owner is working on this track.
            StageError: the file of this track cannot be looked at.
        """
        left_open, held = self._split_open(track_id)
        if held and track_id is not None:
            raise TransientError(f"the file of track {track_id} is being changed by somebody else")
        settled = 0
        for entry in left_open:
            try:
                settled += self._settle(entry)
            except StageError as error:
                if track_id is not None:
                    raise
                # One folder that cannot be looked at must not keep the other entries open.
                logger.warning("left open in the journal: %s", error)
        return settled

    def count_left_open(self) -> int:
        """Count the acts that dead owners have left open; change nothing."""
        return len(self._split_open(None)[0])

    def _split_open(self, track_id: int | None) -> tuple[list[JournalEntry], list[JournalEntry]]:
        """Return the open entries of dead owners, and those of other living owners."""
        entries = self.catalog.journal.open_entries(track_id)
        if not entries:
            return [], []
        living = {worker.worker_id for worker in self.queue.workers.list_live()} - {self.owner}
        left_open = [entry for entry in entries if entry.owner not in living]
        return left_open, [entry for entry in entries if entry.owner in living]

    def _settle(self, entry: JournalEntry) -> bool:
        """Settle an entry by what the disk shows; return False as long as that cannot be told."""
        with self.at_library() as library, disk_errors("look at", entry.target_path):
            left = self._find_out(entry, library)
            is_bare = not _has_something(library.reach(library.path))
        if left is Left.NOTHING and is_bare:
            return False  # an unmounted disk shows nothing
        if left is not Left.MOVED:
            self._drop(entry)
        elif not self._close(entry):
            return False  # another process has just settled it
        for path in (entry.source_path, entry.target_path):
            self.remove_empty(path.parent)
        return True

    def _find_out(self, entry: JournalEntry, library: OpenFolder) -> Left:
        path = library.reach(entry.target_path)
        if entry.action in _MOVES:
            return settle_move(library.reach(entry.source_path), path)
        if not path.is_file():
            return Left.NOTHING
        is_done = checksum(path) == entry.checksum_after
        if entry.action not in _CHANGES and self.catalog.journal.has_added(entry.target_path):
            is_done = False  # another track of the album has added the file
        return Left.MOVED if is_done else Left.NOT_MOVED

    def remove_empty(self, folder: Path) -> None:
        """Remove a folder of the library or the trash if it is empty, and its parents likewise."""
        for root in (self.settings.library.trash_dir, self.settings.library.path):
            if root in folder.parents:
                with suppress(StageError), self.at_library() as library:
                    remove_empty_folders(library.reach(folder), library.reach(root))
                return

    # --- inside ---------------------------------------------------------------------------------

    def _begin(self, entry: JournalEntry) -> JournalEntry:
        """Commit the intent, and renew the owner's lease.

        Raises:
            BusyError: a stage is working on the track.
            LeaseLostError: we were taken for dead, before this or just now. Nothing was done.
        """
        with self.database.begin() as tx:
            if self.owner is not None and not self.queue.workers.heartbeat_within(tx, self.owner):
                raise LeaseLostError(_TAKEN_FOR_DEAD)
            begun = self.catalog.journal.begin(tx, entry)
        track_id = entry.track_id
        if self._is_by_hand and track_id is not None and self.queue.overview.is_worked_on(track_id):
            self._drop(begun)
            raise BusyError(f"track {track_id} is being worked on at this moment; it is left alone")
        if self.catalog.journal.status_of(begun) is not EntryStatus.INTENDED:
            raise LeaseLostError(_TAKEN_FOR_DEAD)
        return begun

    @contextmanager
    def _acting(self, entry: JournalEntry) -> Iterator[tuple[JournalEntry, OpenFolder]]:
        """Commit the intent and hold the library open; settle the entry if the block fails."""
        if entry.track_id is not None:
            self.settle(entry.track_id)
        with self.at_library() as library:
            begun = self._begin(entry)
            with self._settling(begun):
                yield begun, library

    @contextmanager
    def _settling(self, entry: JournalEntry) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self._break_off(entry, error)
            raise

    def _break_off(self, entry: JournalEntry, error: Exception) -> None:
        """Settle our act, which has failed.

        Raises:
            LeaseLostError: we were taken for dead, and others have settled it.
        """
        is_ours = self.catalog.journal.status_of(entry) is EntryStatus.INTENDED
        if isinstance(error, ChangedMeanwhileError):
            self._drop(entry)  # another program has made the file what it is now
        else:
            self._settle(entry)
        if not is_ours:
            raise LeaseLostError(_TAKEN_FOR_DEAD) from error

    def _finish(self, entry: JournalEntry, also: Extra | None = None) -> None:
        """Write down that our act is done, even if others have settled its entry meanwhile.

        Raises:
            LeaseLostError: we were taken for dead, and the disk shows that the act is no longer
                done.
        """
        if self._close(entry, also):
            return
        status = self.catalog.journal.status_of(entry)
        if status is EntryStatus.DONE:  # settled by others, who do not know of ``also``
            if also is not None:
                with self.database.begin() as tx:
                    also(tx)
            return
        with self.at_library() as library, disk_errors("look at", entry.target_path):
            is_done = status is None and self._find_out(entry, library) is Left.MOVED
        if not is_done:
            raise LeaseLostError(_TAKEN_FOR_DEAD)
        self._close(entry, also, was_dropped=True)

    def _close(
        self, entry: JournalEntry, also: Extra | None = None, *, was_dropped: bool = False
    ) -> bool:
        """Write down that an act is done; return False if somebody else has settled it."""
        with self.database.begin() as tx:
            if was_dropped:
                self.catalog.journal.add_done(tx, entry)
            elif not self.catalog.journal.finish(tx, entry):
                return False
            detail = entry.detail
            is_tracks = isinstance(detail, Restored) or (
                isinstance(detail, Trashed) and detail.origin is not None
            )
            if entry.track_id is not None and is_tracks:
                what = "went to the trash" if entry.action is Action.TRASH else "is there again"
                self.queue.by_hand.cancel_pending(tx, [entry.track_id], f"its file {what}")
            if also is not None:
                also(tx)
        return True

    def _drop(self, entry: JournalEntry) -> None:
        with self.database.begin() as tx:
            self.catalog.journal.drop(tx, entry)


def _has_something(folder: Path) -> bool:
    try:
        return any(folder.iterdir())
    except OSError:
        return False
