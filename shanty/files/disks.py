"""Why a disk refuses to be written, in words that name the disk and say what to do.

Owns the words for a full disk, a read-only disk and a used-up quota. Refuses to know what was to be
written.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

_FULL_BYTES = 64 * 1024
"""Less than a database needs for its next few pages."""


def describe_refusal(error: OSError, path: Path) -> str:
    """Say why a path could not be written: about its disk, or in the operating system's words.

    Never raises, whatever the path: the caller already has an error to report.
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
    """Say what is wrong with the disk of a path now; empty if nothing seems wrong."""
    disk = find_disk(path)
    try:
        # A part of a disk may be mounted in another place, and only there be writable.
        state = os.statvfs(_nearest(path))
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
    """Return where the disk of a path is mounted. The path need not exist, nor be a valid one."""
    path = _nearest(path)
    while not _is_mount(path) and path != path.parent:
        path = path.parent
    return path


def _nearest(path: Path) -> Path:
    """The path, or the nearest folder above it that exists."""
    with suppress(OSError, ValueError, RuntimeError):  # too long, with a NUL, a loop of links
        path = path.absolute()
        path = path.resolve()
    while not os.path.lexists(path) and path != path.parent:
        path = path.parent
    return path


def _is_mount(path: Path) -> bool:
    try:
        return path.is_mount()
    except (OSError, ValueError):  # a folder that we may not look into lies below the mount point
        return False
