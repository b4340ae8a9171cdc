"""The trash: where removed files lie until they are too old, and how they come back."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from shanty.catalog import TrashedFile
from shanty.files.atomic import disk_errors
from shanty.files.open_folder import OpenFolder
from shanty.library.acts import FileActs


def old_in_trash(acts: FileActs, older_than: timedelta | None = None) -> list[TrashedFile]:
    """What lies in the trash for longer; all without a limit."""
    return acts.catalog.trash.list_trash(older_than)


def empty_trash(
    acts: FileActs, older_than: timedelta | None = None, *, is_emptied: bool = False
) -> int:
    """Delete what lies in the trash for longer, for good; returns how many files.

    Of a file that is not there nothing is forgotten, unless the folder of its day is there in the
    trash: so nothing is while the disk is not mounted, or when the library lies at another path.
    ``is_emptied`` says that what is not there is gone indeed.

    Raises:
        WaitError: the disk refuses, or the library is not there.
    """
    old = old_in_trash(acts, older_than)
    if not old:
        return 0
    trash_dir = acts.settings.library.trash_dir
    with acts.at_library() as library:
        with disk_errors("look at", trash_dir):
            there = library.reach(trash_dir)
            days = set(there.iterdir()) if there.is_dir() else set()
        return sum(_delete(one, days, library, acts, is_emptied=is_emptied) for one in old)


def _delete(
    trashed: TrashedFile,
    days: set[Path],
    library: OpenFolder,
    acts: FileActs,
    *,
    is_emptied: bool,
) -> bool:
    """Delete one file; False, and nothing is forgotten, if it may be on a disk that is away."""
    path = library.reach(trashed.path)
    if not (is_emptied or os.path.lexists(path)) and days.isdisjoint(path.parents):
        return False
    with disk_errors("delete", path):
        path.unlink(missing_ok=True)
    with acts.database.begin() as tx:
        acts.catalog.trash.take(tx, trashed.path)
    acts.remove_empty(trashed.path.parent)
    return True
