"""What a disk refuses, as the end of a sentence that names the disk and says what to do.

Owns the words for full, read-only and used-up disks. Refuses to know what was to be written.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

_FULL_BYTES = 64 * 1024
"""Less than a database needs for its next few pages."""


def describe_refusal(error: OSError, path: Path) -> str:
    """Why something could not be written at a path: the disk by its name, or the system's words.

    Raises nothing for any path: whoever asks has one error to tell of already.
    """
    disk = find_disk(path)
    if error.errno == errno.ENOSPC:
        return describe_trouble(path) or f"the disk at {disk} is full: make room there"
    if error.errno == errno.EDQUOT:
        return f"your quota on the disk at {disk} is used up: make room there"
    if error.errno == errno.EROFS:
        return f"the disk at {disk} is read-only: mount it for writing"
    return error.strerror or str(error)


def describe_trouble(path: Path) -> str:
    """What is wrong with the disk of a path at this moment; empty if nothing can be seen."""
    disk = find_disk(path)
    try:
        state = os.statvfs(disk)
    except OSError:
        return ""
    if state.f_flag & os.ST_RDONLY:
        return f"the disk at {disk} is read-only: mount it for writing"
    if state.f_bavail * state.f_frsize < _FULL_BYTES:
        return f"the disk at {disk} is full: make room there"
    if state.f_files and not state.f_favail:
        return f"the disk at {disk} has no room for another file: remove some there"
    return ""


def find_disk(path: Path) -> Path:
    """Where the disk of a path is mounted. The path need not exist, nor be one that can exist."""
    with suppress(OSError, ValueError, RuntimeError):  # too long, with a NUL, a circle of links
        path = path.absolute()
        path = path.resolve()
    while not os.path.lexists(path) and path != path.parent:
        path = path.parent
    while not _is_mount(path) and path != path.parent:
        path = path.parent
    return path


def _is_mount(path: Path) -> bool:
    try:
        return path.is_mount()
    except (OSError, ValueError):  # a folder that may not be looked into is below the mount
        return False
