"""What a file has besides its content: its owner, group, mode and access list.

Owns what a new file or folder of the library takes from the folder that it is in, and what the
changed copy of a file takes from the file. A refusal by the disk is ignored: on a network share, or
on a disk without owners, a user may change a file's content but none of its attributes.

A file that is moved here from staging would keep staging's group, mode and access list, and only
our own user may read staging. So the folders of the library decide who may read its music, and the
umask plays no part.
"""

from __future__ import annotations

import os
import stat
import struct
from contextlib import suppress
from pathlib import Path

ACCESS_LIST = "system.posix_acl_access"
DEFAULT_LIST = "system.posix_acl_default"

_FILE, _FOLDER = 0o666, 0o2777  # setgid: what is made in a folder gets the folder's group
_HEADER, _ENTRY = struct.Struct("<I"), struct.Struct("<HHI")  # Linux, posix_acl_xattr.h
_OWNER, _GROUP, _MASK, _OTHER = 0x01, 0x04, 0x10, 0x20
_READ_AND_WRITE = 6


def take_after(path: Path, folder: Path) -> None:
    """Give a file the group and rights of this folder's files. The file may still lie elsewhere."""
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
    """Give a newly made folder the group and rights of the folder that it is in."""
    above = folder.parent.stat()
    with suppress(OSError):
        if folder.stat().st_gid != above.st_gid:
            os.chown(folder, -1, above.st_gid)
    if _read_list(folder.parent, DEFAULT_LIST) is None:  # otherwise the disk has set them
        with suppress(OSError):
            folder.chmod(_rights(above) & _FOLDER | stat.S_IRWXU)


def keep_attributes(source: Path, copy: Path, *, has_times: bool = False) -> None:
    """Give a copy the owner, group, mode and extended attributes of a file.

    With ``has_times`` it gets the file's access and modification times too.
    """
    was = source.stat()
    try:
        os.chown(copy, was.st_uid, was.st_gid)
    except OSError:
        with suppress(OSError):  # we often may set the group even if we may not set the owner
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
    """Return the rights that a folder passes on to what is made in it.

    A sticky folder, as ``/tmp``, passes on writing for the owner only: everybody may add files to
    it, but not change those of others.
    """
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
    """Return the access list that a new file gets from a folder's default list.

    The rule is that of ``open`` with the mode 0666, so nobody may execute the file. Source: acl(5),
    "Object creation and default ACLs". Setting this list sets the file's mode as well.
    """
    entries = list(_ENTRY.iter_unpack(default[_HEADER.size :]))
    bounded = {_OWNER, _OTHER, _MASK if any(tag == _MASK for tag, _, _ in entries) else _GROUP}
    found = [
        (tag, rights & _READ_AND_WRITE if tag in bounded else rights, number)
        for tag, rights, number in entries
    ]
    return default[: _HEADER.size] + b"".join(_ENTRY.pack(*entry) for entry in found)
