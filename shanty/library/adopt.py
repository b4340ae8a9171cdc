"""Taking a folder for the library: what would be taken, and by which mark it is known from then on.

Owns what a person is told before they decide. Until then, nothing is done in a folder that has
another mark than the library that is known, or none.
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

    ``found`` is its mark, ``known`` that of the library so far; either may be empty. ``filed``
    files are known to lie there, and ``there`` of them do.
    """

    folder: Path
    found: str
    known: str
    filed: int
    there: int

    @property
    def is_known(self) -> bool:
        """Whether it is the library that is known already."""
        return bool(self.known) and self.found == self.known

    @property
    def is_most_there(self) -> bool:
        """Whether it is, by its files, the library that is known."""
        return self.there * 2 > self.filed


def look_at(settings: Settings, catalog: Catalog) -> Adoption:
    """What there is to adopt; changes nothing.

    Raises:
        NotFoundError: there is no such folder.
        StageError: it cannot be looked at.
    """
    with _held(settings.library.path) as library:
        return _look(library, catalog)


def adopt(seen: Adoption, settings: Settings, catalog: Catalog) -> str:
    """Take the folder for the library, if it is as it was seen; returns its mark.

    One without a mark gets one: that of the library that is known, if most of its files are there,
    else a new one, so that the disk that was the library before is never taken for it again.

    Raises:
        ShantyError: it is another one by now.
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
