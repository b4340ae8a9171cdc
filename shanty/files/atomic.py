"""How a file gets its final name: whole or not at all.

Owns temporary names and their removal, fsync, exclusive and replacing moves within one
filesystem, and what an operating system's refusal means for the queue. Refuses to know what is in
a file and where in the library it belongs.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import functools
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from shanty.errors import DISK, PermanentError, StageError, TransientError, WaitError
from shanty.files.attributes import keep_attributes
from shanty.files.private_files import NO_HARD_LINKS
from shanty.host_identity import identify_host
from shanty.work_limit import require_wanted


class NameTooLongError(PermanentError):
    """The name or path is too long for the disk. A shorter one may be accepted."""


BeforeReplacing = Callable[[Path, Path], None]
"""Called just before a file is replaced, with the old file and the new one."""

STALE_AFTER_SECONDS = 24 * 3600.0

_TEMPORARY_NAME = re.compile(r"\.shanty-([0-9a-f]{8})-(\d+)-([0-9a-f]{8})-[0-9a-f]{8}\.tmp")
_NO_EXCLUSIVE_RENAME = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
_RENAME_NOREPLACE = 1
_AT_FDCWD = -100
_LOCK_TRIES, _LOCK_RETRY_SECONDS = 100, 0.02
_WAIT_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "permission is denied",
    errno.EPERM: "permission is denied",
    errno.ESTALE: "the network disk has gone",
    errno.ENOTCONN: "the network disk has gone",
    errno.EHOSTDOWN: "the network disk has gone",
    errno.ENODEV: "the disk has gone",
    errno.EIO: "the disk reports an error",
}


def disk_error(error: OSError, doing: str, path: Path, source: str = DISK) -> StageError:
    """Return what an operating system's refusal means, as an error that names the path.

    If the disk is full, read-only, forbidden or absent, the queue waits: a retry does not help, and
    every other track would fail in the same way. ``source`` names what is waited for.
    """
    reason = _WAIT_REASONS.get(error.errno or 0)
    if reason:
        return WaitError(f"cannot {doing} {path}: {reason}", source=source)
    if error.errno == errno.ENAMETOOLONG:
        return NameTooLongError(
            f"cannot {doing} {path}: the name or path is too long for this disk; set a shorter "
            "library.template, or move the library to a shorter path"
        )
    if error.errno in {errno.ENOTDIR, errno.EEXIST}:
        return PermanentError(f"cannot {doing} {path}: a file is in the way where a folder belongs")
    return TransientError(f"cannot {doing} {path}: {error.strerror or error}")


@contextmanager
def disk_errors(doing: str, path: Path, source: str = DISK) -> Iterator[None]:
    """Turn each ``OSError`` raised inside the ``with`` block into :func:`disk_error`."""
    try:
        yield
    except OSError as error:
        raise disk_error(error, doing, path, source) from error


def is_of_one_place(error: WaitError) -> bool:
    """Whether the refusal may concern one folder or file only, as a missing permission does.

    A full disk or a used-up quota concerns every file.
    """
    refused = error.__cause__
    return isinstance(refused, OSError) and refused.errno not in {errno.ENOSPC, errno.EDQUOT}


def fsync_file(path: Path) -> None:
    """Make a file's bytes durable."""
    with path.open("rb") as handle:
        os.fsync(handle.fileno())


def fsync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network and FUSE filesystems cannot sync a folder; there is nothing better to do.
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(descriptor)


class ChangedMeanwhileError(TransientError):
    """Another program changed or moved the file that was to be replaced. Nothing was done to it."""


def mark_of(path: Path) -> tuple[int, ...] | None:
    """Return a mark that differs if the file was changed or replaced; None if there is no file."""
    try:
        with path.open("rb") as file:  # opening makes a network disk look anew
            status = os.fstat(file.fileno())
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def require_unchanged(path: Path, mark: tuple[int, ...] | None) -> None:
    """Check that a file is still the one that was read.

    Raises:
        ChangedMeanwhileError: its mark differs, or it is gone.
    """
    if mark is None or mark_of(path) != mark:
        raise ChangedMeanwhileError(f"{path} was changed or moved by somebody else meanwhile")


def real_file(path: Path) -> Path:
    """Return the file that a link leads to, so that the link stays one; else the path itself."""
    return path.resolve() if path.is_symlink() else path


@contextmanager
def replaced_by_copy(
    path: Path, mark: tuple[int, ...] | None, before_replacing: BeforeReplacing | None = None
) -> Iterator[Path]:
    """Yield a copy of a file to change; at the end the synced copy replaces the file.

    Take ``mark`` before you read the file for the first time. If the block raises, the file stays
    as it was.

    Raises:
        ChangedMeanwhileError: the file was changed, replaced or removed meanwhile.
        OSError: the disk refuses.
    """
    with temporary_in(path.parent) as copy:
        shutil.copyfile(path, copy)
        keep_attributes(path, copy)
        yield copy
        fsync_file(copy)
        if before_replacing is not None:
            before_replacing(path, copy)
        require_unchanged(path, mark)
        require_wanted()
        copy.replace(path)
        fsync_folder(path.parent)


@contextmanager
def temporary_in(folder: Path) -> Iterator[Path]:
    """Yield a name for a temporary file in a folder; remove the file at the end if it is there.

    The name is hidden and says which process made it, so that ``remove_leftovers`` finds what a
    killed process left. It does not contain the final name, which may be as long as the disk
    allows.
    """
    remove_leftovers(folder)
    path = folder / (
        f".shanty-{_host_token()}-{os.getpid()}-{_process_token()}-{secrets.token_hex(4)}.tmp"
    )
    try:
        yield path
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> int:
    """Remove the temporary files in a folder whose maker is gone; return how many.

    A maker on this host is gone if its process no longer runs. Any other maker counts as gone if
    the file has not changed for a day.
    """
    removed = 0
    try:
        names = [entry.name for entry in os.scandir(folder) if entry.name.startswith(".shanty-")]
    except OSError:
        return 0
    for name in names:
        with suppress(OSError):
            if is_leftover(folder / name):
                (folder / name).unlink()
                removed += 1
    return removed


def is_leftover(path: Path) -> bool:
    """Whether a path is a temporary file whose maker is gone, as in :func:`remove_leftovers`."""
    match = _TEMPORARY_NAME.fullmatch(path.name)
    if match is None:
        return False
    host, pid, process = match[1], int(match[2]), match[3]
    if host == _host_token():
        if pid == os.getpid():
            # In a container a service may get the same pid after every restart: compare the tokens.
            return process != _process_token()
        if not _is_running(pid):
            return True
    try:
        return time.time() - path.stat().st_mtime > STALE_AFTER_SECONDS
    except OSError:
        return False  # the file is gone: its maker has just finished with it


def is_temporary_name(name: str) -> bool:
    """Whether a name is that of a temporary file, even one whose maker is still at work."""
    return _TEMPORARY_NAME.fullmatch(name) is not None


@functools.cache
def _host_token() -> str:
    return hashlib.sha256(identify_host().encode()).hexdigest()[:8]


@functools.cache
def _process_token() -> str:
    return secrets.token_hex(4)


def _is_running(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def move_exclusively(source: Path, target: Path) -> None:
    """Give a file a new name on the same filesystem, unless that name is taken.

    If the process is killed, the file has one name or both, and is whole under each.

    Raises:
        FileExistsError: the name is taken. Where case does not count, a name that differs only by
            case is taken too.
        OSError: with EXDEV if the new name is on another filesystem.
    """
    was = source.lstat()
    require_wanted()
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in NO_HARD_LINKS:
            raise
        # FAT, exFAT and some FUSE filesystems have no hard links.
        try:
            _rename_exclusively(source, target)
        except OSError as refusal:
            if refusal.errno not in _NO_EXCLUSIVE_RENAME:
                raise
            _rename_if_free(source, target)
        fsync_folder(target.parent)
    else:
        fsync_folder(target.parent)
        remove_moved(source, was, target)


def remove_moved(source: Path, was: os.stat_result, target: Path) -> None:
    """Remove the old name of a file that already has its new one.

    If this process was paused and another one completed (or even undid) the move meanwhile, the old
    name stays: it may be the only copy left.
    """
    with suppress(FileNotFoundError):
        target.lstat()
        if os.path.samestat(source.lstat(), was):
            source.unlink()


def _rename_exclusively(source: Path, target: Path) -> None:
    """Call ``renameat2`` with RENAME_NOREPLACE, for which Python has no function."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        raise OSError(errno.ENOSYS, "neither hard links nor renameat2 are available", str(target))
    failed = renameat2(
        _AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), _RENAME_NOREPLACE
    )
    if failed:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(target))


def _rename_if_free(source: Path, target: Path) -> None:
    """Check that a name is free, then rename: the last resort, for sshfs, rclone and other FUSE.

    Shanty processes on this machine take a lock. A file that any other program creates between our
    check and the rename would be overwritten. A kill leaves exactly one name.

    Raises:
        BlockingIOError: another process has held the folder's lock for seconds.
    """
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock(folder)
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
        source.rename(target)
    finally:
        os.close(folder)  # the lock goes with it


def _lock(folder: int) -> None:
    for tries_left in reversed(range(_LOCK_TRIES)):
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not tries_left:
                raise
            time.sleep(_LOCK_RETRY_SECONDS)
        except OSError:
            return  # this disk has no locks either
        else:
            return
