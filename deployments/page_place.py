"""The address at which a home's own pages are served; it is stored for ``shanty open``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deployments.occupant import is_taken, take_lock
from shanty.files.private_files import open_private


@contextmanager
def noted_place(home: Path, address: str) -> Iterator[None]:
    """Let others on this machine find the pages for the length of a block.

    If another process serves pages for this home already, its pages are the ones that are found.
    """
    lock = take_lock(_lock_path(home))
    if lock is None:
        yield
        return
    with lock:
        path = _address_path(home)
        with open_private(path, "w") as file:
            file.write(f"{address}\n")
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def find_pages(home: Path) -> str | None:
    """The address of the pages that are served for a home; None if no pages are."""
    if not is_taken(_lock_path(home)):
        return None
    try:
        return _address_path(home).read_text().strip() or None
    except OSError:
        return None


def _lock_path(home: Path) -> Path:
    return home / "web.lock"


def _address_path(home: Path) -> Path:
    return home / "web.address"
