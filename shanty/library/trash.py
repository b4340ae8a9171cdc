"""The trash: where removed files lie until they are too old, and how it is emptied."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from shanty.catalog import Catalog, TrashedFile
from shanty.errors import NotFoundError, count_of
from shanty.files.atomic import disk_errors
from shanty.files.open_folder import OpenFolder
from shanty.library.acts import FileActs
from shanty.library.presence import read_library


def find_trashed(catalog: Catalog, number: int) -> TrashedFile:
    """Return a file in the trash by its number.

    Raises:
        NotFoundError: the trash has no file with this number.
    """
    trashed = catalog.trash.find(number)
    if trashed is None:
        raise NotFoundError(f"there is no file {number} in the trash; `shanty trash ls` shows them")
    return trashed


def old_in_trash(acts: FileActs, until: datetime | None = None) -> list[TrashedFile]:
    """Return the files that were put into the trash until a moment; if none is given, all."""
    return acts.catalog.trash.list_trash(until)


def describe_missing(count: int) -> str:
    """What people read about files that should be in the trash and are not."""
    return (
        f"{count_of(count, 'file was', 'files were')} not found in the trash and kept in the list. "
        "Mount the disk; after a move of the library, run `shanty library check --repair`. What is "
        "gone for good is forgotten with `shanty trash empty --emptied`."
    )


def empty_trash(acts: FileActs, until: datetime | None = None, *, is_emptied: bool = False) -> int:
    """Delete for good the files that were put into the trash until a moment; return how many.

    A missing file is forgotten only if its day's folder exists in the trash. So an unmounted disk,
    or a library that moved, loses no records. ``is_emptied`` says that missing files are really
    gone.

    Raises:
        WaitError: the disk refuses, or the library is not there.
    """
    old = old_in_trash(acts, until)
    if not old:
        return 0
    with acts.at_library() as library:
        days = _days_in(acts.settings.library.trash_dir, library)
        deletable = [one for one in old if is_emptied or _is_within_reach(one, days, library)]
        for one in deletable:
            _delete(one, library, acts)
    return len(deletable)


def count_deletable(acts: FileActs, until: datetime) -> int:
    """Count the files that :func:`empty_trash` would delete now; change nothing.

    Raises:
        WaitError: the disk refuses, or the library is not there.
    """
    old = old_in_trash(acts, until)
    if not old:
        return 0
    with read_library(acts.settings.library.path, acts.catalog.known_library) as library:
        days = _days_in(acts.settings.library.trash_dir, library)
        return sum(_is_within_reach(one, days, library) for one in old)


def _days_in(trash_dir: Path, library: OpenFolder) -> set[Path]:
    """Return the folders of the trash: one for each day on which something was put there."""
    with disk_errors("look at", trash_dir):
        there = library.reach(trash_dir)
        return set(there.iterdir()) if there.is_dir() else set()


def _is_within_reach(trashed: TrashedFile, days: set[Path], library: OpenFolder) -> bool:
    """Whether a file is there or surely gone. Otherwise it may lie on an absent disk."""
    path = library.reach(trashed.path)
    return os.path.lexists(path) or not days.isdisjoint(path.parents)


def _delete(trashed: TrashedFile, library: OpenFolder, acts: FileActs) -> None:
    path = library.reach(trashed.path)
    with disk_errors("delete", path):
        path.unlink(missing_ok=True)
    with acts.database.begin() as tx:
        acts.catalog.trash.take(tx, trashed.path)
    acts.remove_empty(trashed.path.parent)
