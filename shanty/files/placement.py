"""Moving finished files to their final names: atomically, on any disk, without overwriting.

Owns the moves and the choice among numbered names. Refuses to know what a file holds (``is_same``
tells) and where it belongs (``templates``).
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path, PurePosixPath

from shanty.errors import LIBRARY, PermanentError, TransientError, WaitError
from shanty.files.atomic import (
    disk_errors,
    fsync_file,
    fsync_folder,
    move_exclusively,
    remove_leftovers,
    temporary_in,
)
from shanty.files.attributes import keep_attributes, take_after, take_after_parent
from shanty.files.checksum import checksum
from shanty.files.numbering import MAX_NUMBER, fold_path, is_numbered, numbered
from shanty.files.spelling import spell_as_disk
from shanty.files.walk import is_audio_name
from shanty.work_limit import require_wanted

_TIMES_EMPTIED = 3

__all__ = [
    "copy_durably",
    "find_same",
    "make_folder",
    "make_folders",
    "make_missing",
    "place",
    "remove_leftovers",
    "replace_file",
    "write_new_file",
]


def place(
    source: Path,
    library_dir: Path,
    relative: PurePosixPath,
    *,
    is_same: Callable[[Path], bool],
) -> Path:
    """Move a finished file to its place in the library; return where it is now.

    Nothing is ever overwritten. If a file has the name already and ``is_same`` says that it is this
    recording, that file is kept and the source is removed: a crash interrupted an earlier move, or
    the library had the recording before. Otherwise the name gets a number: ``Title (2).opus``. A
    second call gives the same answer, even if the source is gone or is the placed file itself.

    The source is removed only after the file is durable under its final name.

    Raises:
        WaitError: the disk is full, read-only, forbidden or not mounted. The source is intact.
        TransientError: the file is neither at the source nor in its place in the library.
        PermanentError: a file is where a folder belongs, or all numbered names are taken.
    """
    target = library_dir / relative
    with disk_errors("put the file at", target, source=LIBRARY):
        ours = _find_ours(target, is_same)
        if ours is None:
            if not source.is_file():
                raise TransientError(f"{source} is gone, and {target} is not there either")
            ours = _move_into(library_dir, source, target, is_same)
        require_wanted()
        if not _is_same_name(source, ours):
            source.unlink(missing_ok=True)
        return spell_as_disk(library_dir, ours)


def find_same(target: Path, is_same: Callable[[Path], bool]) -> Path | None:
    """Return a file of the same recording with this name, numbered or not, and any extension."""
    try:
        names = {entry.name for entry in os.scandir(target.parent)}
    except OSError:
        return None
    wanted = PurePosixPath(fold_path(PurePosixPath(target.name)))
    for name in sorted(names):
        folded = PurePosixPath(fold_path(PurePosixPath(name)))
        is_like = folded.stem == wanted.stem or is_numbered(
            folded, wanted.with_suffix(folded.suffix)
        )
        path = target.with_name(name)
        if is_like and is_audio_name(os.fsencode(name)) and path.is_file() and is_same(path):
            return path
    return None


def _move_into(
    library_dir: Path, source: Path, target: Path, is_same: Callable[[Path], bool]
) -> Path:
    """Make the missing folders and move; try again if a folder is removed meanwhile."""
    for _ in range(_TIMES_EMPTIED):
        make_folders(library_dir, target.parent)
        try:
            return _move(source, target, is_same)
        except FileNotFoundError:
            # Another process removed the folder that was just made, because it was empty.
            if target.parent.is_dir() or not source.exists():
                raise
    raise TransientError(f"the folder {target.parent} is removed each time that it is made")


def replace_file(target: Path, new: Path) -> None:
    """Replace a file of ours by a new version, whole or not at all.

    Raises:
        WaitError: the disk is full, read-only or forbidden. The old version is intact.
    """
    with disk_errors("replace", target):
        with suppress(FileNotFoundError):
            keep_attributes(target, new)
        fsync_file(new)
        require_wanted()
        try:
            new.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            with temporary_in(target.parent) as copy:
                copy_durably(new, copy)
                keep_attributes(new, copy)
                require_wanted()
                copy.replace(target)
            new.unlink()
        fsync_folder(target.parent)


def write_new_file(path: Path, data: bytes) -> bool:
    """Write a new file. If the path is taken, write nothing and return False.

    Raises:
        WaitError: the disk is full, read-only or forbidden. Nothing is left behind.
    """
    with disk_errors("write", path):
        if path.exists() or path.is_symlink():
            return False
        with temporary_in(path.parent) as temporary:
            temporary.write_bytes(data)
            take_after(temporary, path.parent)
            fsync_file(temporary)
            try:
                move_exclusively(temporary, path)
            except FileExistsError:
                return False
        return True


def _move(source: Path, target: Path, is_same: Callable[[Path], bool]) -> Path:
    """Move to the first free name, on this filesystem or from another one."""
    fsync_file(source)
    take_after(source, target.parent)
    try:
        return _move_within(source, target, is_same)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
    with temporary_in(target.parent) as copy:
        copy_durably(source, copy)
        take_after(copy, target.parent)
        return _move_within(copy, target, is_same)


def _move_within(source: Path, target: Path, is_same: Callable[[Path], bool]) -> Path:
    for name in numbered(target):
        try:
            move_exclusively(source, name)
        except FileExistsError:
            # Another process may have placed this recording a moment ago.
            if name.is_file() and is_same(name):
                return name
        else:
            return name
    raise PermanentError(f"{target} and {MAX_NUMBER - 1} numbered names like it are all taken")


def _find_ours(target: Path, is_same: Callable[[Path], bool]) -> Path | None:
    """Return the file of this recording that has this name, or a numbered one.

    The search ends at the first free name.
    """
    for name in numbered(target):
        if not (name.exists() or name.is_symlink()):
            return None
        if name.is_file() and is_same(name):
            return name
    return None


def _is_same_name(source: Path, ours: Path) -> bool:
    """Whether both paths are one entry of one folder, so that removing the source loses the file.

    One file under two names is not one entry: a crash in mid-move leaves that, and the source's
    name has to go. Where case does not count, two spellings of a single name are one entry.
    """
    if source.parent.resolve() / source.name == ours.parent.resolve() / ours.name:
        return True
    try:
        return source.samefile(ours) and source.lstat().st_nlink == 1
    except FileNotFoundError:
        return False


def copy_durably(source: Path, copy: Path) -> None:
    """Copy to another filesystem and compare the copy: disks and network shares do lie.

    Raises:
        TransientError: the copy differs from the source.
    """
    shutil.copyfile(source, copy)
    fsync_file(copy)
    if checksum(copy) != checksum(source):
        raise TransientError(f"the copy of {source} in {copy.parent} differs from it")


def make_folders(library_dir: Path, folder: Path) -> None:
    """Make a folder below the library's folder, and the missing ones between, durably.

    Raises:
        WaitError: neither the library's folder nor its parent exists: its disk is not mounted.
    """
    if not library_dir.is_dir():
        if not library_dir.parent.is_dir():
            raise WaitError(
                f"the library folder {library_dir} does not exist, nor does the one above it; "
                "is its disk mounted?",
                source=LIBRARY,
            )
        make_folder(library_dir)
    make_missing(folder)


def make_missing(folder: Path) -> None:
    """Make a folder and its missing parents, durably, each with the rights of its own parent."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        make_folder(each)


def make_folder(folder: Path) -> None:
    """Make a folder, durably, with the group and rights of the folder that it is in.

    Raises:
        FileNotFoundError: the folder that it belongs in no longer exists.
        FileExistsError: a file has its name.
    """
    try:
        folder.mkdir()
    except FileExistsError:
        if not folder.is_dir():
            raise
        return
    take_after_parent(folder)
    fsync_folder(folder.parent)
