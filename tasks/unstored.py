"""Result storage for tasks whose results are never stored.

Prefect makes a record of every result and works out its path, even if it will not be written. That
takes a sixth of a task run's CPU time. A storage without paths saves it.
"""

from __future__ import annotations

from typing import NoReturn

from prefect.filesystems import WritableFileSystem


class Unstored(WritableFileSystem):
    """A storage that holds nothing, and refuses every read and write."""

    async def read_path(self, path: str) -> NoReturn:
        """Raise: nothing is stored here."""
        raise ValueError(f"results of this task are not stored: there is no {path}")

    async def write_path(self, path: str, content: bytes) -> NoReturn:
        """Raise: a task with this storage must not persist its results."""
        raise ValueError(f"results of this task are not stored: {path} is not written")
