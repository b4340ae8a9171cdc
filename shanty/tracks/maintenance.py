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
from shanty.clock import utc_now
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
    """How long finished items, removed files, and what undo needs are kept."""

    queue: timedelta
    trash: timedelta
    undo: timedelta

    @classmethod
    def of(cls, settings: Settings) -> Retention:
        """The spans of the settings."""
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
    """Rescue, prune, and clear what nobody will use; returns a count for each kind of work.

    With ``dry_run``, nothing changes in the database or on the disk. Each count then says what
    would be done at this moment, without the work that one step would leave for the next.
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
        """A block that changes the database; a dry run rolls it back at the end."""
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
        return _unless_away(lambda: empty(self._acts, utc_now() - self._kept.trash))

    def queue_albums(self) -> int:
        """Queue albums for their gain if the track that they waited for will no longer come."""
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

    Errors are ignored here: they are reported when a track is filed.
    """
    if settings.library.path.is_dir():
        with suppress(ShantyError), open_library(settings.library.path, catalog.known_library):
            pass


def _unless_away(act: Callable[[], int]) -> int:
    """Do what needs the library; if the library is not there, leave it for another time."""
    try:
        return act()
    except WaitError as error:
        logger.warning("left for another time: %s", error)
        return 0


def _albums_to_queue(queue: WorkQueue, catalog: Catalog, settings: Settings) -> list[int]:
    """One track of each album whose gain can be measured without the track that it waited for."""
    if not settings.is_used(Stage.REPLAYGAIN):
        return []
    # An album that failed at this stage waits for a person: it must not fail every few minutes.
    failed = queue.overview.list_items(Stage.REPLAYGAIN, Status.FAILED, limit=100_000)
    left = {item.track_id for item in failed}
    return [
        track_ids[0]
        for track_ids in catalog.measures.unsettled_albums()
        if not left.intersection(track_ids) and not queue.switched.find_live(track_ids)
    ]


def _unused_staging(catalog: Catalog, settings: Settings) -> list[Path]:
    """The staging folders of tracks that are filed, failed or withdrawn."""
    # The folders are read first: a folder made after the tracks were read would look unused.
    folders = [
        folder
        for staging in settings.incoming_dirs
        if staging.is_dir()
        for folder in staging.iterdir()
    ]
    # All tracks come from one query, because a track may change between these states meanwhile.
    in_use = {
        str(track.id) for track in catalog.tracks.list_tracks() if track.status in _USES_STAGING
    }
    prefix, at_home = f"{catalog.installation_id}-", settings.home / "incoming"
    unused = []
    for folder in folders:
        number = folder.name.removeprefix(prefix)
        # Earlier versions used bare numbers. Outside of home, such a folder may belong to another
        # installation; a folder without a number is a person's.
        is_ours = number != folder.name or folder.parent == at_home
        if is_ours and number.isdigit() and number not in in_use:
            unused.append(folder)
    return unused
