"""Result storage for tasks whose results are never stored.

Prefect makes a record of every result, and resolves the path it would have, also when it will not
be written: a sixth of the CPU of a task run. A storage without paths spares that.
"""

from __future__ import annotations

from typing import NoReturn

from prefect.filesystems import WritableFileSystem


class Unstored(WritableFileSystem):
    """Stores nothing, and says so when asked to."""

    async def read_path(self, path: str) -> NoReturn:
        """Raise: nothing is there."""
        raise ValueError(f"results of this task are not stored: there is no {path}")

    async def write_path(self, path: str, content: bytes) -> NoReturn:
        """Raise: a task with this storage must not persist its results."""
        raise ValueError(f"results of this task are not stored: {path} is not written")
