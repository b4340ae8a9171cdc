"""The processes that use the server of a home. It belongs to all of them together.

Each user holds a shared lock on one file, from before it looks for the server until it no longer
needs it. A lock dies with its process. The server ends when nobody holds a lock.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from shanty.errors import ServerError
from shanty.files.private_files import make_private_folder, open_private

JOIN_SECONDS = 20.0
_LOOK_SECONDS = 0.1


class ServerUser:
    """This process as a user of the server."""

    def __init__(self, home: Path):
        self._path = users_path(home)
        self._lock: TextIO | None = None

    def join(self, should_stop: Callable[[], bool] = lambda: False) -> None:
        """Become a user; waits while a server that has lost its last user is ending.

        Raises:
            ServerError: that server does not end.
        """
        if self._lock is not None:
            return
        make_private_folder(self._path.parent)
        lock = open_private(self._path, "a+")
        deadline = time.monotonic() + JOIN_SECONDS
        while not _take(lock, fcntl.LOCK_SH):
            if should_stop() or time.monotonic() > deadline:
                lock.close()
                raise ServerError(
                    "the last Prefect server of this home is ending and does not come to an end; "
                    "try again in a minute"
                )
            time.sleep(_LOOK_SECONDS)
        self._lock = lock

    def is_last(self) -> bool:
        """Whether nobody else uses the server; from then on, nobody can join until :meth:`leave`.

        If somebody else uses it, this process is no longer a user.
        """
        return self._lock is None or _take(self._lock, fcntl.LOCK_EX)

    def leave(self) -> None:
        """Stop being a user."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def wait_until_unused(home: Path) -> TextIO:
    """Return when the server of a home has no users. Nobody can join while the file is open."""
    lock = open_private(users_path(home), "a+")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def users_path(home: Path) -> Path:
    """The file that the users of a home's server lock."""
    return home / "prefect" / "server.users"


def _take(lock: TextIO, how: int) -> bool:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
