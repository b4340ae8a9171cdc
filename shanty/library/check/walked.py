"""Paths as a walk has them, in bytes: what they are elsewhere, and on the disk."""

from __future__ import annotations

import os
from pathlib import Path

from shanty.files.numbering import fold_path
from shanty.files.walk import SeenFile


def to_path(path: bytes) -> Path:
    """The path as the rest of the program has it."""
    return Path(os.fsdecode(path))


def fold(path: bytes) -> str:
    """What all spellings of a path share on a disk that is blind to case."""
    return fold_path(to_path(path))


def see(path: bytes) -> SeenFile:
    """A file that is there, as the walk would have met it."""
    status = os.lstat(path)
    return SeenFile(path, status.st_size, status.st_mtime_ns)
