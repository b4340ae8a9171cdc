"""The trash: where removed files lie until they are too old, and how they come back."""

from __future__ import annotations

from datetime import timedelta

from shanty.catalog import TrashedFile
from shanty.journaling import FileActs
from shanty.library.atomic import disk_errors


def old_in_trash(acts: FileActs, older_than: timedelta | None = None) -> list[TrashedFile]:
    """What lies in the trash for longer; all without a limit."""
    return acts.catalog.list_trash(older_than)


def empty_trash(acts: FileActs, older_than: timedelta | None = None) -> int:
    """Delete what lies in the trash for longer, for good; returns how many files.

    While the disk of the trash is not mounted, nothing is forgotten: a folder without any of what
    should lie there is taken for that, unless all is to be deleted.

    Raises:
        WaitError: the disk refuses.
    """
    trash_dir = acts.settings.library.trash_dir
    if not trash_dir.is_dir():
        return 0
    old = old_in_trash(acts, older_than)
    is_blind = older_than is not None and not any(
        one.path.exists() for one in acts.catalog.list_trash()
    )
    if is_blind:
        return 0
    deleted = 0
    for trashed in old:
        with disk_errors("delete", trashed.path):
            trashed.path.unlink(missing_ok=True)
        with acts.database.begin() as tx:
            acts.catalog.take_trashed(tx, trashed.path)
        acts.remove_empty(trashed.path.parent)
        deleted += 1
    return deleted
