"""Adopting a folder as the library: what would be adopted, and by which mark it is known then.

Owns what a person is told before they decide. Until they decide, Shanty does nothing in a folder
without a mark, or with another mark than that of the known library.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from shanty.catalog import Catalog
from shanty.config.settings import Settings
from shanty.errors import LIBRARY, NotFoundError, ShantyError
from shanty.files.atomic import disk_errors
from shanty.files.open_folder import OpenFolder, hold_folder
from shanty.library.library_mark import new_library_id, read_mark, replace_mark


@dataclass(frozen=True, slots=True)
class Adoption:
    """A folder that would be the library.

    ``found`` is its mark and ``known`` that of the library so far; either may be empty. The
    catalogue has ``filed`` files below this folder, and ``there`` of them exist.
    """

    folder: Path
    found: str
    known: str
    filed: int
    there: int

    @property
    def is_known(self) -> bool:
        """Whether the folder is the library that is known already."""
        return bool(self.known) and self.found == self.known

    @property
    def is_most_there(self) -> bool:
        """Whether most of the filed files are there, so that it is probably the known library."""
        return self.there * 2 > self.filed


def look_at(settings: Settings, catalog: Catalog) -> Adoption:
    """Look at the folder that would be adopted; change nothing.

    Raises:
        NotFoundError: there is no such folder.
        StageError: it cannot be looked at.
    """
    with _held(settings.library.path) as library:
        return _look(library, catalog)


def adopt(seen: Adoption, settings: Settings, catalog: Catalog) -> str:
    """Adopt the folder as the library, if it is still as it was seen; return its mark.

    If it has no mark it gets one. That is the mark of the known library if most of its files are
    there. Otherwise it is a new mark, so that the former library's disk is never taken for the
    library again.

    Raises:
        ShantyError: the folder has changed since.
        WaitError: the disk is full, read-only or forbidden.
    """
    with _held(settings.library.path) as library:
        if _look(library, catalog) != seen:
            raise ShantyError(f"{seen.folder} is not as it was a moment ago: nothing was changed")
        library_id = seen.found
        if not library_id:
            is_same = seen.known and seen.filed and seen.is_most_there
            library_id = seen.known if is_same else new_library_id()
            replace_mark(library, library_id)
    return catalog.known_library.keep_library_id(library_id, instead_of=seen.known)


def _held(folder: Path) -> AbstractContextManager[OpenFolder]:
    with disk_errors("look at", folder, source=LIBRARY):
        if not folder.is_dir():
            raise NotFoundError(f"there is no folder {folder} to adopt; make it, or mount its disk")
        return hold_folder(folder)


def _look(library: OpenFolder, catalog: Catalog) -> Adoption:
    with disk_errors("look at", library.path, source=LIBRARY):
        filed = [path for path in catalog.files.filed_paths() if path.is_relative_to(library.path)]
        there = sum(library.reach(path).is_file() for path in filed)
        found = read_mark(library)
    return Adoption(library.path, found, catalog.known_library.library_id(), len(filed), there)
