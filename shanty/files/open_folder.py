"""A folder that is held open: what is done through it is done in that very folder.

A disk may be mounted or taken away at any moment, and then a path leads elsewhere from one call to
the next. Whoever has looked at a folder and goes on by its path may end up in another one. Paths
through an open folder lead into the one that was looked at; while it is open, its disk is in use
and cannot be taken away in the ordinary way.

Owns such paths, and that no sentence shows one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shanty.errors import ShantyError, WaitError


class OpenFolder:
    """A folder that is open, made by :func:`hold_folder`."""

    def __init__(self, path: Path, descriptor: int):
        self.path = path
        self.descriptor = descriptor
        through = Path(f"/proc/self/fd/{descriptor}")
        # Elsewhere than on Linux there is no such way: what is left is to have looked just now.
        self._through = through if through.is_dir() else path

    def reach(self, path: Path) -> Path:
        """The way to what lies in the folder, for this process alone; any other path as it is."""
        return _rebase(path, self.path, self._through)

    def name(self, path: Path) -> Path:
        """What :meth:`reach` has made of a path, as everybody else knows it."""
        return _rebase(path, self._through, self.path)

    def name_in(self, text: str) -> str:
        """A sentence in which no such way is left."""
        return text.replace(str(self._through), str(self.path))


@contextmanager
def hold_folder(path: Path) -> Iterator[OpenFolder]:
    """Hold a folder open; what is raised meanwhile names its files as everybody knows them.

    Raises:
        OSError: it is not there, is no folder, or cannot be read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        folder = OpenFolder(path, descriptor)
        try:
            yield folder
        except ShantyError as error:
            error.args = tuple(folder.name_in(str(arg)) for arg in error.args)
            if isinstance(error, WaitError):
                error.why = folder.name_in(error.why)
            raise
    finally:
        os.close(descriptor)


def _rebase(path: Path, old: Path, new: Path) -> Path:
    return new / path.relative_to(old) if path.is_relative_to(old) else path
