"""Files and folders that nobody else can read, and that are where they seem to be.

Owns how something of ours is made under a fixed name: whatever the umask, whoever made the folder
before, and without following a link that somebody has put there.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from io import BufferedWriter
from pathlib import Path
from typing import BinaryIO, TextIO, cast

FILE_MODE, FOLDER_MODE = 0o600, 0o700
FOR_US_ALONE = 0o077
"""The umask of our processes. What the library's folders allow to others, its files get by hand."""


def open_private(path: Path, mode: str) -> TextIO:
    """Open a text file of ours by its name, making it first if it is not there.

    ``mode`` is that of ``open``. The last part of the path is never followed if it is a link.

    Raises:
        OSError: as ``open``; ELOOP for a link.
    """
    return cast(TextIO, open(path, mode, encoding="utf-8", opener=_open_ours))


def open_private_log(path: Path) -> BinaryIO:
    """Open a file of ours, for a process to append to, as :func:`open_private` does."""
    opened = open(path, "ab", opener=_open_ours)  # noqa: SIM115
    assert isinstance(opened, BufferedWriter)
    return opened


def make_private_folder(folder: Path) -> None:
    """Make a folder, and those above it, and let nobody else into it.

    Raises:
        OSError: it cannot be made, or a file is in its place.
    """
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    with suppress(PermissionError):  # a disk that knows no modes
        _take_from_others(folder, folder.stat())


def make_contents_private(folder: Path) -> None:
    """Take from others what they may do with what lies in a folder, as far as it is ours.

    What is below its folders is closed by these. Links are left alone.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):  # gone meanwhile, or on a disk that knows no modes
                if not entry.is_symlink():
                    _take_from_others(Path(entry.path), entry.stat(follow_symlinks=False))


def _take_from_others(path: Path, found: os.stat_result) -> None:
    if found.st_uid == os.geteuid() and found.st_mode & FOR_US_ALONE:
        path.chmod(stat.S_IMODE(found.st_mode) & ~FOR_US_ALONE)


def _open_ours(path: str, flags: int) -> int:
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE)
    found = os.fstat(descriptor)
    if found.st_uid == os.geteuid() and found.st_mode & FOR_US_ALONE:
        with suppress(PermissionError):
            os.fchmod(descriptor, FILE_MODE)
    return descriptor
