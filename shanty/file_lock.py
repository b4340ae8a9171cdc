"""A lock file: between threads, processes and machines, and gone with a killed process."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from shanty.errors import TransientError
from shanty.private_files import open_private

_LOOK_UP_SECONDS = 0.1


@contextmanager
def hold_lock(path: Path, *, should_stop: Callable[[], bool]) -> Iterator[None]:
    """Wait for a lock and hold it while the ``with`` block lasts. Its file stays.

    A link in the place of the file is not followed: what it points to would be emptied.

    Raises:
        TransientError: ``should_stop`` said so while somebody else held it.
        OSError: there can be no such file.
    """
    while True:
        with open_private(path, "w") as handle:
            if _is_taken(handle) and _is_at(handle, path):
                yield
                return
        if should_stop():
            raise TransientError(f"{path} is held by somebody else")
        time.sleep(_LOOK_UP_SECONDS)


def _is_taken(handle: IO[str]) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(handle: IO[str], path: Path) -> bool:
    """Whether the file still has its name: with its folder removed, the next one locks another."""
    try:
        return path.stat().st_ino == os.fstat(handle.fileno()).st_ino
    except FileNotFoundError:
        return False
