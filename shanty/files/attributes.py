"""What a file is besides its content: its group, its mode, and who else may read it.

Owns what a new file or folder of the library takes from the folder that it is in, and what the
changed copy of a file takes from the file. No refusal counts: whoever does not own the files of a
network share, or uses a disk that knows no owners, may change what is in them but nothing of this.

Music that was downloaded elsewhere and then renamed would keep the group, the mode and the access
list of staging, which is nobody's to read but ours. The umask counts for nothing here, for the same
reason: the library's own folders say who reads its music.
"""

from __future__ import annotations

import os
import stat
import struct
from contextlib import suppress
from pathlib import Path

ACCESS_LIST = "system.posix_acl_access"
DEFAULT_LIST = "system.posix_acl_default"

_FILE, _FOLDER = 0o666, 0o2777  # a folder's last bit lets what is made in it have its group
_HEADER, _ENTRY = struct.Struct("<I"), struct.Struct("<HHI")  # Linux, posix_acl_xattr.h
_OWNER, _GROUP, _MASK, _OTHER = 0x01, 0x04, 0x10, 0x20
_READ_AND_WRITE = 6


def take_after(path: Path, folder: Path) -> None:
    """Let a file be like one of this folder, wherever it lies at this moment."""
    above = folder.stat()
    default = _read_list(folder, DEFAULT_LIST)
    with suppress(OSError):
        if path.stat().st_gid != above.st_gid:
            os.chown(path, -1, above.st_gid)
    with suppress(OSError):
        if default is None or not _set_list(path, _for_file(default)):
            _drop_list(path)
            path.chmod(_rights(above) & _FILE | stat.S_IRUSR | stat.S_IWUSR)


def take_after_parent(folder: Path) -> None:
    """Let a folder that was made a moment ago be like the one that it is in."""
    above = folder.parent.stat()
    with suppress(OSError):
        if folder.stat().st_gid != above.st_gid:
            os.chown(folder, -1, above.st_gid)
    if _read_list(folder.parent, DEFAULT_LIST) is None:  # else the disk itself has seen to it
        with suppress(OSError):
            folder.chmod(_rights(above) & _FOLDER | stat.S_IRWXU)


def keep_attributes(source: Path, copy: Path, *, has_times: bool = False) -> None:
    """Let a copy have the owner, group, mode and extended attributes of a file."""
    was = source.stat()
    try:
        os.chown(copy, was.st_uid, was.st_gid)
    except OSError:
        with suppress(OSError):  # the group alone is often ours to give
            os.chown(copy, -1, was.st_gid)
    if _read_list(source, ACCESS_LIST) is None:
        _drop_list(copy)
    with suppress(OSError, AttributeError):  # macOS: Python has no functions for them
        for name in os.listxattr(source):
            with suppress(OSError):
                os.setxattr(copy, name, os.getxattr(source, name))
    with suppress(OSError):
        copy.chmod(stat.S_IMODE(was.st_mode))
    if has_times:
        with suppress(OSError):
            os.utime(copy, ns=(was.st_atime_ns, was.st_mtime_ns))


def _rights(folder: os.stat_result) -> int:
    """Who may do what in a folder. Where all may put something, it is not for all to change."""
    rights = stat.S_IMODE(folder.st_mode)
    return rights & ~(stat.S_IWGRP | stat.S_IWOTH) if rights & stat.S_ISVTX else rights


def _read_list(path: Path, name: str) -> bytes | None:
    with suppress(OSError, AttributeError):
        return os.getxattr(path, name)
    return None


def _set_list(path: Path, value: bytes) -> bool:
    with suppress(OSError, AttributeError):
        os.setxattr(path, ACCESS_LIST, value)
        return True
    return False


def _drop_list(path: Path) -> None:
    with suppress(OSError, AttributeError):
        os.removexattr(path, ACCESS_LIST)


def _for_file(default: bytes) -> bytes:
    """The access list of a file made under a default one: nobody may execute it.

    The rule is that of ``open`` with the mode 0666; source: acl(5), "Object creation and default
    ACLs". Setting it sets the file's mode as well.
    """
    entries = list(_ENTRY.iter_unpack(default[_HEADER.size :]))
    bounded = {_OWNER, _OTHER, _MASK if any(tag == _MASK for tag, _, _ in entries) else _GROUP}
    found = [
        (tag, rights & _READ_AND_WRITE if tag in bounded else rights, number)
        for tag, rights, number in entries
    ]
    return default[: _HEADER.size] + b"".join(_ENTRY.pack(*entry) for entry in found)
