"""Paths in bytes, as a walk has them, turned into other forms."""

from __future__ import annotations

import os
from pathlib import Path

from shanty.files.numbering import fold_path
from shanty.files.walk import SeenFile


def to_path(path: bytes) -> Path:
    """Return the path in the form that the rest of the program uses."""
    return Path(os.fsdecode(path))


def fold(path: bytes) -> str:
    """Return a key that all spellings of a path share on a disk that ignores case."""
    return fold_path(to_path(path))


def see(path: bytes) -> SeenFile:
    """Return an existing file as the walk would have met it."""
    status = os.lstat(path)
    return SeenFile(path, status.st_size, status.st_mtime_ns)
