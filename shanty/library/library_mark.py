"""The file in a library that says which library it is: its mark.

Owns its name and content. The mark goes along if the library is moved or copied. A folder without
the mark is not the library but perhaps a bare mount point, whatever else lies there.
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
    """Return an id that no other library has."""
    return secrets.token_hex(16)


def read_mark(library: OpenFolder) -> str:
    """Return the id of a library; an empty text if it has no mark, or no readable one.

    Raises:
        OSError: the disk refuses.
    """
    # A link is not followed, and a pipe is not waited for.
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
    """Mark a library, unless it has a mark.

    Raises:
        WaitError: the disk is full, read-only or forbidden.
    """
    write_new_file(library.reach(library.path / MARK), _TEXT.format(library_id).encode())


def replace_mark(library: OpenFolder, library_id: str) -> None:
    """Mark a library, and replace any mark that it has.

    Raises:
        WaitError: the disk is full, read-only or forbidden.
    """
    path = library.reach(library.path / MARK)
    with temporary_in(path.parent) as new:
        new.write_text(_TEXT.format(library_id))
        replace_file(path, new)
