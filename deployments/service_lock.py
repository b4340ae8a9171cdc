"""A lock, so that one service at a time runs for a home. It says which process that is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deployments.occupant import find_occupant, take_lock
from shanty.errors import AlreadyRunningError


@contextmanager
def only_service(home: Path) -> Iterator[None]:
    """Make sure that this is the home's only service. The lock dies with its process.

    Raises:
        AlreadyRunningError: another service runs for this home.
    """
    path = up_lock_path(home)
    lock = take_lock(path)
    if lock is None:
        occupant = find_occupant(path)
        which = "process ?" if occupant is None else occupant.describe()
        stopped = f"; it is stopped, {occupant.remedy}" if occupant and occupant.is_stopped else ""
        raise AlreadyRunningError(f"Shanty is up already for {home}: {which}{stopped}")
    with lock:
        yield


def up_lock_path(home: Path) -> Path:
    """The lock of the service of a home."""
    return home / "up.lock"
