"""The trash: where removed files lie until they are too old, and how they come back."""

from __future__ import annotations

import os
from datetime import timedelta

from shanty.catalog import TrashedFile
from shanty.journaling import FileActs
from shanty.library.atomic import disk_errors


def old_in_trash(acts: FileActs, older_than: timedelta | None = None) -> list[TrashedFile]:
    """What lies in the trash for longer; all without a limit."""
    return acts.catalog.list_trash(older_than)


def empty_trash(
    acts: FileActs, older_than: timedelta | None = None, *, is_emptied: bool = False
) -> int:
    """Delete what lies in the trash for longer, for good; returns how many files.

    Of a file that is not there nothing is forgotten, unless the folder of its day is there in the
    trash: so nothing is while the disk is not mounted, or when the library lies at another path.
    ``is_emptied`` says that what is not there is gone indeed.

    Raises:
        WaitError: the disk refuses.
    """
    trash_dir = acts.settings.library.trash_dir
    with disk_errors("look at", trash_dir):
        days = set(trash_dir.iterdir()) if trash_dir.is_dir() else set()
    deleted = 0
    for trashed in old_in_trash(acts, older_than):
        path = trashed.path
        if not (is_emptied or os.path.lexists(path)) and days.isdisjoint(path.parents):
            continue
        with disk_errors("delete", path):
            path.unlink(missing_ok=True)
        with acts.database.begin() as tx:
            acts.catalog.take_trashed(tx, path)
        acts.remove_empty(path.parent)
        deleted += 1
    return deleted
