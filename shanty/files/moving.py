"""Moving a file to another name, into or out of the trash, so that a killed move can be settled.

Owns what an interrupted move has left, names in the trash, and the removal of folders that became
empty. Refuses to know why a file is moved and who is told.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from shanty.errors import PermanentError, TransientError
from shanty.files.atomic import (
    disk_errors,
    fsync_folder,
    move_exclusively,
    remove_leftovers,
    remove_moved,
    temporary_in,
)
from shanty.files.attributes import keep_attributes
from shanty.files.checksum import checksum
from shanty.files.filenames import add_to_stem
from shanty.files.name_limit import name_limit
from shanty.files.numbering import numbered
from shanty.files.placement import copy_durably, make_folders
from shanty.files.spelling import is_one_entry


class Left(StrEnum):
    """What an interrupted move has left."""

    MOVED = "moved"
    NOT_MOVED = "not moved"
    NOTHING = "nothing"  # neither name is there


def refuse_link(path: Path) -> None:
    """Refuse to move a link: from another folder it may lead nowhere, so a person has to move it.

    Raises:
        PermanentError: the path is a link.
    """
    if path.is_symlink():
        raise PermanentError(f"{path} is a link: it is left where it is")


def move_file(source: Path, target: Path, *, below: Path) -> None:
    """Give a file another name below the existing folder ``below``, and make the folders between.

    Within one filesystem the move is atomic, even if only the case of a name changes. To another
    filesystem, the copy is verified before the source is removed.

    Raises:
        PermanentError: the name is taken, or a file is where a folder belongs.
        TransientError: the source is gone.
        WaitError: the disk is full, read-only, forbidden or not mounted. The source is intact.
    """
    with disk_errors("move the file to", target):
        if not source.is_file():
            raise TransientError(f"{source} is gone")
        make_folders(below, target.parent)
        _respell_folders(source.parent, target.parent, below)
        try:
            _move(source, target)
        except FileExistsError:
            raise PermanentError(f"{target} is taken by another file") from None
        with suppress(FileNotFoundError):  # another process removed it as empty
            fsync_folder(source.parent)


def _respell_folders(old: Path, new: Path, below: Path) -> None:
    """Where case does not count, give folders that already exist their new spelling."""
    if below not in old.parents or below not in new.parents:
        return
    folder = below
    for was, becomes in zip(
        old.relative_to(below).parts, new.relative_to(below).parts, strict=False
    ):
        before, folder = folder / was, folder / becomes
        if was == becomes or before.is_symlink() or folder.is_symlink() or not before.exists():
            continue
        if before.samefile(folder) or is_one_entry(before, folder):
            before.rename(folder)


def _move(source: Path, target: Path) -> None:
    if is_one_entry(source, target):
        # To the filesystem both names are one; a plain rename gives the file its new spelling.
        source.rename(target)
        fsync_folder(target.parent)
        return
    try:
        move_exclusively(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        was = source.lstat()
        with temporary_in(target.parent) as copy:
            copy_durably(source, copy)
            keep_attributes(source, copy, has_times=True)
            move_exclusively(copy, target)
        remove_moved(source, was, target)


def settle_move(source: Path, target: Path) -> Left:
    """Complete an interrupted move if the target is there; return what has become of the file.

    Raises:
        WaitError: the disk refuses.
    """
    with disk_errors("look at", target):
        if is_one_entry(source, target):
            is_there = any(each.name == target.name for each in target.parent.iterdir())
            return Left.MOVED if is_there else Left.NOT_MOVED
        has_source, has_target = os.path.lexists(source), os.path.lexists(target)
        if has_source and has_target:
            if not _is_same_file(source, target):
                return Left.NOT_MOVED  # another file has taken the name
            source.unlink(missing_ok=True)
            fsync_folder(source.parent)
        if has_target:
            return Left.MOVED
        return Left.NOT_MOVED if has_source else Left.NOTHING


def _is_same_file(source: Path, target: Path) -> bool:
    if source.is_symlink() or target.is_symlink():
        return False  # we make no links, and a person's link may lead to the other file
    if not (source.is_file() and target.is_file()):
        return False
    if source.samefile(target):
        return True
    # On two filesystems, equal content means that the copy was complete before the kill.
    is_elsewhere = source.stat().st_dev != target.stat().st_dev
    has_size = source.stat().st_size == target.stat().st_size
    return is_elsewhere and has_size and checksum(source) == checksum(target)


def name_in_trash(path: Path, trash_dir: Path, library_dir: Path, day: str) -> Path:
    """Return the first free name for a file in the trash.

    It lies below the folder of its day, at the path that the file had below the library.

    Raises:
        PermanentError: every numbered name is taken.
    """
    try:
        relative = path.relative_to(library_dir)
    except ValueError:
        relative = Path(path.name)
    wanted = trash_dir / day / relative
    longest = name_limit(trash_dir)
    wanted = wanted.with_name(add_to_stem(wanted.name, "", longest))
    for name in numbered(wanted, longest):
        if not os.path.lexists(name):
            return name
    raise PermanentError(f"{wanted} and all numbered names like it are taken")


def remove_empty_folders(folder: Path, root: Path) -> int:
    """Remove a folder and its parents below ``root``, up to the first that is not empty.

    Returns how many were removed. A folder that holds only temporary files of killed processes
    counts as empty.
    """
    removed = 0
    while folder != root and root in folder.parents:
        remove_leftovers(folder)
        try:
            folder.rmdir()
        except FileNotFoundError:
            pass
        except OSError:
            return removed
        else:
            removed += 1
        folder = folder.parent
    return removed
