"""Whether the library is there, or only the empty folder that its disk is mounted on.

Owns the signs of a disk that is not mounted. Refuses to know how the caller knows what was filed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from shanty.errors import LIBRARY, WaitError
from shanty.library.atomic import disk_errors, temporary_in

SAMPLE_SIZE = 20
"""So many filed files, all gone at once, are a disk that is not there."""


def require_library(
    library_dir: Path, sample_filed: Callable[[int], Sequence[Path]], *, may_be_new: bool = True
) -> None:
    """Make sure that the library's folder is the library; it is not made here.

    A folder in which files were filed is not there when it is gone, when it has nothing visible in
    it, or when none of 20 of those files exists. ``sample_filed`` gives so many of them. One in
    which nothing was filed may be empty or not there yet, unless it is said that it is not new.

    Raises:
        WaitError: it is not there, or cannot be looked at.
    """
    with disk_errors("look at", library_dir, source=LIBRARY):
        if not may_be_new and (not library_dir.is_dir() or _is_empty(library_dir)):
            raise _absent(f"{library_dir} is empty or not there")
        if not library_dir.is_dir():
            if library_dir.exists():
                return  # a file in its place: what files there says so
            if not library_dir.parent.is_dir():
                raise _absent(f"{library_dir} does not exist, nor does the folder above it")
            if sample_filed(1):
                raise _absent(f"{library_dir} is gone, where files were filed")
            return
        if _is_empty(library_dir):
            if sample_filed(1):
                raise _absent(f"{library_dir} is empty, where files were filed")
            return
        sample = sample_filed(SAMPLE_SIZE)
        if len(sample) == SAMPLE_SIZE and not any(path.exists() for path in sample):
            raise _absent(f"{library_dir} has none of the files that were filed there")


def takes_files(folder: Path) -> bool:
    """Whether a file can be made in a folder at this moment."""
    try:
        with temporary_in(folder) as path:
            path.touch()
            return True
    except OSError:
        return False


def _is_empty(folder: Path) -> bool:
    """Whether a folder has nothing in it but what is hidden or made by formatting a disk."""
    with os.scandir(folder) as entries:
        return all(entry.name.startswith(".") or entry.name == "lost+found" for entry in entries)


def _absent(what: str) -> WaitError:
    return WaitError(
        f"the library {what}: is its disk mounted? (`shanty library check --help` says what to do "
        "if the files were moved or removed)",
        source=LIBRARY,
    )
