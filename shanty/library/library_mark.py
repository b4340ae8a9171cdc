"""The file in a library that says which library it is.

Owns its name and what is in it. It goes along when the library is moved or copied; that it is
missing tells a bare mount point from the library, whatever else lies there.
"""

from __future__ import annotations

import errno
import os
import re
import secrets

from shanty.config.sections import LIBRARY_MARK as MARK
from shanty.files.atomic import temporary_in
from shanty.files.open_folder import OpenFolder
from shanty.files.placement import replace_file, write_new_file

_LINE = re.compile(rb"([0-9a-f]{32})\s*(?:\n|$)")
_TEXT = """{}
This folder is a library of Shanty. Without this file, Shanty takes it for a disk that is not
mounted, and leaves it alone: `shanty library adopt` would put another one here.
"""


def new_library_id() -> str:
    """An id that no other library has."""
    return secrets.token_hex(16)


def read_mark(library: OpenFolder) -> str:
    """The id of a library; an empty text if it has none, or none that can be read.

    Raises:
        OSError: the disk refuses.
    """
    # Neither what a link leads to nor a pipe is asked.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        descriptor = os.open(MARK, flags, dir_fd=library.descriptor)
        try:
            found = _LINE.match(os.read(descriptor, 100))
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ELOOP, errno.EISDIR, errno.ENXIO}:
            return ""
        raise
    return found[1].decode() if found else ""


def write_mark(library: OpenFolder, library_id: str) -> None:
    """Mark a library, unless it is marked.

    Raises:
        WaitError: the disk is full, read-only or forbidden.
    """
    write_new_file(library.reach(library.path / MARK), _TEXT.format(library_id).encode())


def replace_mark(library: OpenFolder, library_id: str) -> None:
    """Mark a library whatever mark it has.

    Raises:
        WaitError: the disk is full, read-only or forbidden.
    """
    path = library.reach(library.path / MARK)
    with temporary_in(path.parent) as new:
        new.write_text(_TEXT.format(library_id))
        replace_file(path, new)
