"""A lock file, which works between threads, processes and machines. A kill releases the lock."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from shanty.errors import TransientError

_LOOK_UP_SECONDS = 0.1


@contextmanager
def hold_lock(path: Path, *, should_stop: Callable[[], bool]) -> Iterator[None]:
    """Wait for a lock and hold it while the ``with`` block lasts. The lock's file stays.

    Whoever may write to the lock's folder may take the lock, because several people can share
    staging. If the lock's file is a link, the link is not followed.

    Raises:
        TransientError: ``should_stop`` returned True while somebody else held the lock.
        OSError: the lock's file cannot be made or opened.
    """
    while True:
        with open(path, "a", opener=_open_lock) as handle:
            if _is_taken(handle) and _is_at(handle, path):
                yield
                return
        if should_stop():
            raise TransientError(f"{path} is held by somebody else")
        time.sleep(_LOOK_UP_SECONDS)


def _open_lock(path: str, flags: int) -> int:
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    found, above = os.fstat(descriptor), Path(path).parent.stat()
    mode = above.st_mode & 0o666 | 0o600
    if found.st_uid == os.geteuid() and found.st_mode & 0o777 != mode:
        with suppress(PermissionError):  # a disk without modes
            os.fchmod(descriptor, mode)
    return descriptor


def _is_taken(handle: IO[str]) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(handle: IO[str], path: Path) -> bool:
    """Whether the file still has its name. If not, another process would lock another file."""
    try:
        return path.stat().st_ino == os.fstat(handle.fileno()).st_ino
    except FileNotFoundError:
        return False
