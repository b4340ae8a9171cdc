"""How long a file name may be on a disk. Each filesystem is asked once.

Owns what each filesystem has answered. The usual limit is 255 bytes. An encrypted folder (eCryptfs,
as on a Synology) takes 143, but a network share of it may claim 255. So we believe a disk only if
it can look up a name of that length. Once it has refused a name, we find the limit by making files.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from shanty.files.filenames import KEPT_BACK_BYTES, LONGEST_BYTES

SHORTEST_BYTES = 48
"""No disk of today takes less, and our temporary names are nearly as long."""

_known: dict[int, int] = {}


def name_limit(folder: Path) -> int:
    """Return how many bytes a name in a folder may have. The folder need not exist yet."""
    place = _nearest(folder)
    try:
        device = place.stat().st_dev
        if device not in _known:
            told = os.statvfs(place).f_namemax
            most = min(told, LONGEST_BYTES) if told > 0 else LONGEST_BYTES
            _known[device] = _find_longest(most, lambda size: _can_look_up(place, size))
        return _known[device]
    except OSError:
        return LONGEST_BYTES  # if the disk is in trouble, writing to it will say so


def longest_name(folder: Path) -> int:
    """Return how many bytes a name of ours may have there, less the room for later additions."""
    return name_limit(folder) - KEPT_BACK_BYTES


def measure_again(folder: Path) -> int:
    """Find the real limit by making files, after the disk has refused a name.

    Returns the new :func:`longest_name`.
    """
    place = _nearest(folder)
    with suppress(OSError):
        found = _find_longest(name_limit(place), lambda size: _can_make(place, size))
        _known[place.stat().st_dev] = found
    return longest_name(folder)


def _find_longest(most: int, is_taken: Callable[[int], bool]) -> int:
    if most <= SHORTEST_BYTES or is_taken(most):
        return max(most, SHORTEST_BYTES)
    least = SHORTEST_BYTES
    while most - least > 1:
        middle = (least + most) // 2
        if is_taken(middle):
            least = middle
        else:
            most = middle
    return least


def _can_look_up(folder: Path, size: int) -> bool:
    try:
        (folder / ("x" * size)).lstat()
    except OSError as error:
        return error.errno != errno.ENAMETOOLONG
    return True


def _can_make(folder: Path, size: int) -> bool:
    path = folder / f".shanty-{secrets.token_hex(4)}".ljust(size, "x")
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return False
        raise
    path.unlink()
    return True


def _nearest(folder: Path) -> Path:
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder
