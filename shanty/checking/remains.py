"""What lies about in the library that is no music, and what becomes of it in a repair.

Owns which of it may be cleared away, and how. Refuses to know how it is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from shanty.checking.report import Kind
from shanty.errors import StageError
from shanty.journaling import BusyError, FileActs
from shanty.library.atomic import is_leftover, remove_leftovers
from shanty.library.filenames import is_text
from shanty.library.leftovers import find_empty_folders, find_unfinished, remove_empty_folder

NO_TEXT = "left: its name is not written in UTF-8"

_BROKEN_OFF = "something was broken off"


class Tell(Protocol):
    """Is told what lies about, and what was done about it."""

    def __call__(self, kind: Kind, path: Path, detail: str, *, repair: str) -> None:
        """One thing; ``repair`` is ``""`` for nothing."""


class Remains:
    """What lies about; with ``acts``, it is cleared away."""

    def __init__(self, library_dir: Path, own_dirs: Sequence[Path], acts: FileActs | None) -> None:
        self._library_dir = library_dir
        self._own_dirs = own_dirs
        self._acts = acts

    def look(self, tell: Tell) -> None:
        """Look at all of it.

        Raises:
            WaitError: something is to be removed, and the library is not there.
        """
        for path in list(find_unfinished(self._library_dir, self._own_dirs)):
            tell(Kind.UNFINISHED, path, _BROKEN_OFF, repair=self._clear_away(path))
        for folder in list(find_empty_folders(self._library_dir, self._own_dirs)):
            tell(Kind.EMPTY_FOLDER, folder, "nothing is in it", repair=self._remove(folder))

    def _clear_away(self, path: Path) -> str:
        if self._acts is None:
            return ""
        if is_leftover(path):
            with self._acts.at_library() as library:
                remove_leftovers(library.reach(path.parent))
            return "removed"
        if not is_text(path):
            return NO_TEXT
        return self._trash(path, _BROKEN_OFF)

    def _trash(self, path: Path, why: str) -> str:
        assert self._acts is not None, "something is repaired"
        try:
            self._acts.trash(path, why)
        except (StageError, BusyError) as error:
            return f"left: {error}"
        return "in the trash"

    def _remove(self, folder: Path) -> str:
        if self._acts is None:
            return ""
        with self._acts.at_library() as library:
            return "removed" if remove_empty_folder(library.reach(folder)) else ""
