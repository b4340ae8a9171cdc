"""Files and folders that only our own user can read.

Owns how a private file or folder is made under a fixed name. Neither the umask nor the folder's
earlier maker matters, and a link that somebody has put in its place is never followed.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from io import BufferedWriter
from pathlib import Path
from typing import BinaryIO, TextIO, cast

FILE_MODE, FOLDER_MODE = 0o600, 0o700
_NO_NAMELESS_FILES = {errno.EOPNOTSUPP, errno.ENOTSUP, errno.EISDIR, errno.EINVAL, errno.ENOENT}
NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
"""What a filesystem answers that cannot give a file a second name."""
FOR_US_ALONE = 0o077
"""The umask of our processes. Files in the library get their rights from ``attributes``."""


def open_private(path: Path, mode: str) -> TextIO:
    """Open a text file of ours; make it if it does not exist and the mode allows that.

    ``mode`` is that of ``open``. If the last part of the path is a link, it is not followed.

    Raises:
        OSError: as ``open``; ELOOP for a link.
    """
    return cast(TextIO, open(path, mode, encoding="utf-8", opener=_open_ours))


def open_private_log(path: Path) -> BinaryIO:
    """Open a file of ours for appending bytes, as :func:`open_private` opens text."""
    opened = open(path, "ab", opener=_open_ours)  # noqa: SIM115
    assert isinstance(opened, BufferedWriter)
    return opened


@contextmanager
def for_us_alone() -> Iterator[None]:
    """Set our umask in the block: only our user may use what this process makes there."""
    before = os.umask(FOR_US_ALONE)
    try:
        yield
    finally:
        os.umask(before)


def write_new_private(path: Path, text: str) -> None:
    """Write a new file that only its owner can read; once it has its name, it is whole.

    If the disk supports nameless files (``O_TMPFILE``), a killed process leaves nothing behind.

    Raises:
        FileExistsError: the file exists already.
        OSError: the folder cannot be written.
    """
    content = text.encode()
    try:
        descriptor = os.open(path.parent, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, FILE_MODE)
    except (OSError, AttributeError) as error:
        if isinstance(error, OSError) and error.errno not in _NO_NAMELESS_FILES:
            raise
        _write_beside(path, content)
        return
    with open(descriptor, "wb") as file:  # noqa: PTH123
        _write_out(file, content)
        # The entry in /proc is itself a link. Python follows it only if it is given a folder's
        # descriptor too.
        nameless = f"/proc/self/fd/{descriptor}"
        os.link(nameless, path, src_dir_fd=descriptor, follow_symlinks=True)


def _write_beside(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.new")
    part.unlink(missing_ok=True)  # left by a killed process
    try:
        with open(part, "xb", opener=_open_ours) as file:
            _write_out(file, content)
        try:
            path.hardlink_to(part)
        except OSError as error:
            if error.errno not in NO_HARD_LINKS:
                raise
            if path.exists() or path.is_symlink():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
            part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _write_out(file: BinaryIO, content: bytes) -> None:
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


def make_private_folder(folder: Path) -> None:
    """Make a folder and its missing parents, and let nobody else into the folder.

    Raises:
        OSError: it cannot be made, or a file is in its place.
    """
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    with suppress(PermissionError):  # a disk without modes
        _take_from_others(folder, folder.stat())


def make_contents_private(folder: Path, *, but: Collection[Path] = ()) -> None:
    """Make every file and folder directly in a folder private, except ``but``.

    A private subfolder closes off everything below it.
    """
    with suppress(OSError):
        for path in folder.iterdir():
            make_private(path, but=but)


def make_private(path: Path, *, but: Collection[Path] = ()) -> None:
    """Take away what others may do with a file or folder, if our user owns it.

    Links are left alone, and so are ``but`` and the folders that lead there.
    """
    if path.is_symlink() or any(path == one or path in one.parents for one in but):
        return
    with suppress(OSError):  # gone meanwhile, or on a disk without modes
        _take_from_others(path, path.stat())


def _take_from_others(path: Path, found: os.stat_result) -> None:
    if found.st_uid == os.geteuid() and found.st_mode & FOR_US_ALONE:
        path.chmod(stat.S_IMODE(found.st_mode) & ~FOR_US_ALONE)


def _open_ours(path: str, flags: int) -> int:
    try:
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        why = "it is a link, which is not followed: remove it"
        raise OSError(errno.ELOOP, why, path) from None
    found = os.fstat(descriptor)
    if found.st_uid == os.geteuid() and found.st_mode & FOR_US_ALONE:
        with suppress(PermissionError):
            os.fchmod(descriptor, FILE_MODE)
    return descriptor
