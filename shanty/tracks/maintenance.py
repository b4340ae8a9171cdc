"""What keeps the queue, the journal and the disk tidy; the maintenance job calls it.

Owns what is done, in which order, and that a dry run changes nothing. Refuses to know how each
part does its work.
"""

from __future__ import annotations

import logging
import secrets
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from shanty.catalog import Catalog
from shanty.config.settings import Settings
from shanty.db import Database, Transaction
from shanty.errors import ShantyError, WaitError
from shanty.library.acts import FileActs
from shanty.library.playlists import refresh_playlists
from shanty.library.presence import open_library
from shanty.library.rename import find_parked, settle_parked
from shanty.library.trash import count_deletable, empty_trash
from shanty.models import Priority, Stage, Status, TrackStatus
from shanty.tracks.rescue import rescue_within
from shanty.workqueue import WorkQueue

logger = logging.getLogger(__name__)

_USES_STAGING = (TrackStatus.WANTED, TrackStatus.NEEDS_REVIEW)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long something that is over is kept: finished items, removed files, the way back."""

    queue: timedelta
    trash: timedelta
    undo: timedelta

    @classmethod
    def of(cls, settings: Settings) -> Retention:
        """As the settings say."""
        library = settings.library
        return cls(settings.queue.retention, library.trash_retention, library.undo_retention)


def tidy(
    queue: WorkQueue,
    catalog: Catalog,
    database: Database,
    settings: Settings,
    *,
    retention: Retention | None = None,
    dry_run: bool = False,
) -> dict[str, int]:
    """Rescue, prune, and empty staging of what nobody will use; returns how much of each.

    With ``dry_run`` nothing is changed, in the database or on the disk. Each number then says what
    would be done at this moment, without what one step would leave for the next.
    """
    kept = retention or Retention.of(settings)
    tidying = _Tidying(queue, catalog, database, settings, kept, dry_run)
    return {
        "items rescued": tidying.rescue(),
        "old items pruned": tidying.prune_queue(),
        "staging folders removed": tidying.clear_staging(),
        "acts on files settled that were broken off": tidying.settle_acts(),
        "files deleted from the trash": tidying.empty_trash(),
        "old journal entries pruned": tidying.prune_journal(),
        "albums queued for their gain": tidying.queue_albums(),
        "playlists changed": refresh_playlists(settings, catalog, dry_run=dry_run),
    }


class _Tidying:
    """One pass over everything, for real or as a dry run."""

    def __init__(
        self,
        queue: WorkQueue,
        catalog: Catalog,
        database: Database,
        settings: Settings,
        kept: Retention,
        dry_run: bool,
    ):
        self._queue, self._catalog, self._database = queue, catalog, database
        self._settings, self._kept, self._dry_run = settings, kept, dry_run
        self._acts = FileActs(
            settings=settings,
            database=database,
            queue=queue,
            run_id=f"maintenance-{secrets.token_hex(4)}",
            owner=None,
        )

    def _transaction(self) -> AbstractContextManager[Transaction]:
        """Where the database is changed: kept, or rolled back at the end of a dry run's block."""
        return self._database.rehearse() if self._dry_run else self._database.begin()

    def rescue(self) -> int:
        with self._transaction() as tx:
            return rescue_within(tx, self._queue, self._catalog).items

    def prune_queue(self) -> int:
        with self._transaction() as tx:
            return self._queue.upkeep.prune_within(tx, self._kept.queue)

    def prune_journal(self) -> int:
        largest = self._settings.library.undo_mib * 1024**2
        with self._transaction() as tx:
            return self._catalog.journal_pruning.prune_within(tx, self._kept.undo, largest)

    def settle_acts(self) -> int:
        if self._dry_run:
            parked = _unless_away(lambda: len(find_parked(self._acts)))
            return self._acts.count_left_open() + parked
        return self._acts.settle_all() + _unless_away(lambda: settle_parked(self._acts))

    def empty_trash(self) -> int:
        empty = count_deletable if self._dry_run else empty_trash
        return _unless_away(lambda: empty(self._acts, self._kept.trash))

    def queue_albums(self) -> int:
        """Queue an album for its gain once the track that it waited for is not coming."""
        queued = 0
        for track_id in _albums_to_queue(self._queue, self._catalog, self._settings):
            with self._transaction() as tx:
                self._queue.items.enqueue(
                    tx, track_id, Stage.REPLAYGAIN, priority=Priority.BACK_CATALOGUE
                )
            queued += 1
        return queued

    def clear_staging(self) -> int:
        """Remove the staging folders of tracks that are filed, failed or withdrawn."""
        unused = _unused_staging(self._catalog, self._settings)
        for folder in unused:
            if not self._dry_run:
                shutil.rmtree(folder, ignore_errors=True)
        return len(unused)


def mark_library(settings: Settings, catalog: Catalog) -> None:
    """Mark the library at its first use, if its folder is there.

    Whatever is wrong with it is told when a track comes to be filed.
    """
    if settings.library.path.is_dir():
        with suppress(ShantyError), open_library(settings.library.path, catalog.known_library):
            pass


def _unless_away(act: Callable[[], int]) -> int:
    """Leave what needs the library for another time while the library is not there."""
    try:
        return act()
    except WaitError as error:
        logger.warning("left for another time: %s", error)
        return 0


def _albums_to_queue(queue: WorkQueue, catalog: Catalog, settings: Settings) -> list[int]:
    """A track of each album whose gain is to be measured without what it waited for."""
    if not settings.is_used(Stage.REPLAYGAIN):
        return []
    # What has failed there waits for a person, and is not to fail again every few minutes.
    failed = queue.overview.list_items(Stage.REPLAYGAIN, Status.FAILED, limit=100_000)
    left = {item.track_id for item in failed}
    return [
        track_ids[0]
        for track_ids in catalog.measures.unsettled_albums()
        if not left.intersection(track_ids) and not queue.switched.find_live(track_ids)
    ]


def _unused_staging(catalog: Catalog, settings: Settings) -> list[Path]:
    """The staging folders of tracks that are filed, failed or withdrawn."""
    # The folders first: one that appears after the tracks were read would look like nobody's.
    folders = [
        folder
        for staging in settings.incoming_dirs
        if staging.is_dir()
        for folder in staging.iterdir()
    ]
    # All in one reading, for a track may change from one of these to the other meanwhile.
    in_use = {
        str(track.id) for track in catalog.tracks.list_tracks() if track.status in _USES_STAGING
    }
    prefix, at_home = f"{catalog.installation_id}-", settings.home / "incoming"
    unused = []
    for folder in folders:
        number = folder.name.removeprefix(prefix)
        # Releases before had bare numbers. Outside of home such a folder may be that of another
        # installation; and what has no number is a person's.
        is_ours = number != folder.name or folder.parent == at_home
        if is_ours and number.isdigit() and number not in in_use:
            unused.append(folder)
    return unused
