"""A folder that is held open, so that every path through it leads into that very folder.

A disk may be mounted or unmounted at any moment. Then the same path leads to another folder, even
between two calls. A path through an open folder still leads into the folder that was opened. While
the folder is open its disk is in use, so it cannot be unmounted in the ordinary way.

Owns such paths, and keeps them out of every sentence that a person reads.
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
        # Only Linux has such paths. Elsewhere, the ordinary path has to do.
        self._through = through if through.is_dir() else path

    def reach(self, path: Path) -> Path:
        """Return the path through the open folder, which only this process can use.

        A path outside the folder is returned as it is.
        """
        return _rebase(path, self.path, self._through)

    def name(self, path: Path) -> Path:
        """Return the ordinary path for one that :meth:`reach` has made."""
        return _rebase(path, self._through, self.path)

    def name_in(self, text: str) -> str:
        """Return a sentence with each path through the open folder made ordinary."""
        return text.replace(str(self._through), str(self.path))


@contextmanager
def hold_folder(path: Path) -> Iterator[OpenFolder]:
    """Hold a folder open. Errors of Shanty raised in the block name its files by ordinary paths.

    Raises:
        OSError: the path does not exist, is no folder, or cannot be read.
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
