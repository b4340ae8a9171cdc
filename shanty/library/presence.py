"""Whether the library is there, or only the folder that its disk is mounted on.

A library has a mark (``library_mark``), and the database knows which. Every change in the library
goes through the folder whose mark was read (:func:`open_library`). Owns that rule, and the signs of
an unmounted disk as long as no mark is known. Refuses to know how the caller knows what was filed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

from shanty.errors import LIBRARY, WaitError, count_of
from shanty.files.atomic import disk_errors, temporary_in
from shanty.files.open_folder import OpenFolder, hold_folder
from shanty.files.placement import make_folder
from shanty.library.library_mark import new_library_id, read_mark, write_mark

SAMPLE_SIZE = 20
"""If so many filed files are all missing, the disk is absent."""


class Records(Protocol):
    """What the database knows about the library."""

    def library_id(self) -> str:
        """Return what the library's mark should be; an empty text if none is known yet."""

    def keep_library_id(self, library_id: str, *, instead_of: str = "") -> str:
        """Remember the mark that the library should have; return the one that is known from now on.

        If another mark than ``instead_of`` is known already, that one stays.
        """

    def sample_filed(self, below: Path, limit: int) -> Sequence[Path]:
        """Return some of the files that were filed below a folder."""


@contextmanager
def open_library(folder: Path, records: Records) -> Iterator[OpenFolder]:
    """Hold the library open, after checking that its mark is the known one.

    If no mark is known yet, the folder is made if needed, and marked. If files were filed there
    before, it is only marked if most of a sample of 20 exist.

    Raises:
        WaitError: the library is not there, is another one, or cannot be looked at. Nothing was
            made.
        PermanentError: a file is in its place.
    """
    known = records.library_id() or _mark_first(folder, records)
    with ExitStack() as stack:
        with disk_errors("look at", folder, source=LIBRARY):
            try:
                library = stack.enter_context(hold_folder(folder))
            except FileNotFoundError:
                raise _absent(f"{folder} is gone") from None
            found = read_mark(library)
        if found != known:
            raise _stranger(folder, found, records)
        yield library


def look_for_library(folder: Path, records: Records, *, may_be_new: bool = True) -> None:
    """Make sure that the library is there, by its mark and its files; change nothing.

    Raises:
        WaitError: it is not there, is another one, or cannot be looked at.
    """
    with ExitStack() as stack:
        if records.library_id():
            stack.enter_context(open_library(folder, records))
        require_library(folder, partial(records.sample_filed, folder), may_be_new=may_be_new)


@contextmanager
def read_library(folder: Path, records: Records) -> Iterator[OpenFolder]:
    """Hold the library open for reading only. If it has no mark, it does not get one.

    Raises:
        WaitError: the library is not there, is another one, or cannot be looked at.
    """
    look_for_library(folder, records, may_be_new=False)
    with ExitStack() as stack:
        with disk_errors("look at", folder, source=LIBRARY):
            library = stack.enter_context(hold_folder(folder))
        yield library


def _mark_first(folder: Path, records: Records) -> str:
    """Mark the folder as the library that is known from now on; return its id."""
    require_library(folder, partial(records.sample_filed, folder))
    sample = records.sample_filed(folder, SAMPLE_SIZE)
    with disk_errors("mark the library", folder, source=LIBRARY):
        if not folder.is_dir():
            make_folder(folder)
        with hold_folder(folder) as library:
            there = sum(library.reach(path).exists() for path in sample)
            if sample and there * 2 <= len(sample):
                raise _absent(
                    f"{folder} has {there} of {count_of(len(sample), 'file')} that should be there"
                )
            if not read_mark(library):
                write_mark(library, new_library_id())
            found = read_mark(library)
    return records.keep_library_id(found) if found else ""


def _stranger(folder: Path, found: str, records: Records) -> WaitError:
    """Return what is wrong with a folder whose mark is missing or is not the known one."""
    if found:
        return WaitError(
            f"{folder} holds another library than the one that is known: nothing is done there; is "
            "the right disk mounted? (`shanty library adopt` takes it for the library)",
            source=LIBRARY,
        )
    try:
        require_library(folder, partial(records.sample_filed, folder))
    except WaitError as error:
        return error
    return _absent(f"{folder} has lost the mark by which it is known")


def require_library(
    library_dir: Path, sample_filed: Callable[[int], Sequence[Path]], *, may_be_new: bool = True
) -> None:
    """Make sure that the library's folder is the library; do not make it.

    If files were filed there, the library counts as absent if the folder is gone, has nothing
    visible in it, or holds none of 20 of those files. ``sample_filed`` returns up to so many of
    them. If nothing was filed, the folder may be empty or missing, unless ``may_be_new`` is False.

    Raises:
        WaitError: it is not there, or cannot be looked at.
    """
    with disk_errors("look at", library_dir, source=LIBRARY):
        if not may_be_new and (not library_dir.is_dir() or _is_empty(library_dir)):
            raise _absent(f"{library_dir} is empty or not there")
        if not library_dir.is_dir():
            if library_dir.exists():
                return  # a file is in its place: filing reports that
            if not library_dir.parent.is_dir():
                raise _absent(f"{library_dir} does not exist, nor does the folder above it")
            if sample_filed(1):
                raise _absent(f"{library_dir} is gone, although files were filed there")
            return
        if _is_empty(library_dir):
            if sample_filed(1):
                raise _absent(f"{library_dir} is empty, although files were filed there")
            return
        sample = sample_filed(SAMPLE_SIZE)
        if len(sample) == SAMPLE_SIZE and not any(path.exists() for path in sample):
            raise _absent(f"{library_dir} has none of the files that were filed there")


def describe_absence(folder: Path) -> str:
    """Say why a library holds nothing; an empty text if it holds something."""
    with disk_errors("look at", folder, source=LIBRARY):
        if not folder.is_dir():
            return "there is no such folder"
        return "the folder is empty" if _is_empty(folder) else ""


def takes_files(folder: Path) -> bool:
    """Whether a file can be made in a folder now."""
    try:
        with temporary_in(folder) as path:
            path.touch()
            return True
    except OSError:
        return False


def _is_empty(folder: Path) -> bool:
    """Whether a folder holds only what says nothing: hidden entries, and ``lost+found``."""
    with os.scandir(folder) as entries:
        return all(entry.name.startswith(".") or entry.name == "lost+found" for entry in entries)


def _absent(what: str) -> WaitError:
    return WaitError(
        f"the library {what}: is its disk mounted? (if this is the library all the same, `shanty "
        "library adopt`; if files were moved or removed, see `shanty library check --help`)",
        source=LIBRARY,
    )
