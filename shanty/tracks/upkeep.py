"""What keeps the queue and the disk tidy; run by the maintenance job."""

from __future__ import annotations

import logging
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from shanty.catalog import Catalog
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.errors import ShantyError, WaitError
from shanty.library.acts import FileActs
from shanty.library.playlists import refresh_playlists
from shanty.library.presence import open_library
from shanty.library.rename import settle_parked
from shanty.library.trash import empty_trash
from shanty.models import Priority, Stage, Status, TrackStatus
from shanty.tracks.rescue import rescue
from shanty.workqueue import WorkQueue

logger = logging.getLogger(__name__)

_USES_STAGING = (TrackStatus.WANTED, TrackStatus.NEEDS_REVIEW)


def tidy(
    queue: WorkQueue, catalog: Catalog, database: Database, settings: Settings
) -> dict[str, int]:
    """Rescue, prune, and empty staging of what nobody will use; returns how much of each."""
    library = settings.library
    run_id = f"maintenance-{secrets.token_hex(4)}"
    acts = FileActs(settings=settings, database=database, queue=queue, run_id=run_id, owner=None)
    return {
        "items rescued": rescue(queue, catalog, database),
        "old items pruned": queue.upkeep.prune(settings.queue.retention),
        "staging folders removed": _clear_staging(catalog, settings),
        "acts on files settled that were broken off": acts.settle_all()
        + _unless_away(partial(settle_parked, acts)),
        "files deleted from the trash": _unless_away(
            partial(empty_trash, acts, library.trash_retention)
        ),
        "old journal entries pruned": catalog.journal_pruning.prune(
            library.undo_retention, library.undo_mib * 1024**2
        ),
        "albums queued for their gain": _queue_albums(queue, catalog, database, settings),
        "playlists changed": refresh_playlists(settings, catalog),
    }


def mark_library(settings: Settings, catalog: Catalog) -> None:
    """Mark the library at its first use, if its folder is there.

    Whatever is wrong with it is told when a track comes to be filed.
    """
    if settings.library.path.is_dir():
        with suppress(ShantyError), open_library(settings.library.path, catalog.known_library):
            pass


def _unless_away(act: Callable[[], int]) -> int:
    """What needs the library is left for another time while that is not there."""
    try:
        return act()
    except WaitError as error:
        logger.warning("left for another time: %s", error)
        return 0


def _queue_albums(
    queue: WorkQueue, catalog: Catalog, database: Database, settings: Settings
) -> int:
    """Queue an album for its gain when the track that it waited for is not to come any more."""
    if not settings.is_used(Stage.REPLAYGAIN):
        return 0
    queued = 0
    # What has failed there waits for a person, and is not to fail again every few minutes.
    failed = queue.overview.list_items(Stage.REPLAYGAIN, Status.FAILED, limit=100_000)
    left = {item.track_id for item in failed}
    for track_ids in catalog.measures.unsettled_albums():
        if not left.intersection(track_ids) and not queue.switched.find_live(track_ids):
            with database.begin() as tx:
                queue.items.enqueue(
                    tx, track_ids[0], Stage.REPLAYGAIN, priority=Priority.BACK_CATALOGUE
                )
            queued += 1
    return queued


def _clear_staging(catalog: Catalog, settings: Settings) -> int:
    """Remove the staging folders of tracks that are filed, failed or withdrawn."""
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
    removed = 0
    for folder in folders:
        number = folder.name.removeprefix(prefix)
        # Releases before had bare numbers. Outside of home such a folder may be that of another
        # installation; and what has no number is a person's.
        is_ours = number != folder.name or folder.parent == at_home
        if is_ours and number.isdigit() and number not in in_use:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed
