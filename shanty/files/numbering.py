"""Equal names: how they are numbered, and when a disk takes two names for the same one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import PurePath, PurePosixPath
from typing import TypeVar

from shanty.files.filenames import LONGEST_BYTES, add_to_stem

MAX_NUMBER = 999
_Path = TypeVar("_Path", bound=PurePath)


def numbered(path: _Path, longest: int = LONGEST_BYTES) -> Iterator[_Path]:
    """Yield a name, then that name with numbers, in the order to try: ``Title (2).opus`` …

    If the name is too long for a number to be added, its stem is cut.
    """
    yield path
    for number in range(2, MAX_NUMBER + 1):
        yield path.with_name(add_to_stem(path.name, f" ({number})", longest))


def is_numbered(path: PurePosixPath, like: PurePosixPath) -> bool:
    """Whether a path is the path ``like`` with a number added."""
    if path.parent != like.parent or path.suffix != like.suffix:
        return False
    rest = path.stem.removeprefix(f"{like.stem} (")
    digits = rest.removesuffix(")")
    if f"{like.stem} ({digits})" != path.stem or not (digits.isascii() and digits.isdigit()):
        return False
    return digits == str(int(digits)) and 2 <= int(digits) <= MAX_NUMBER


def fold_path(path: PurePath | str) -> str:
    """Return a path's key: equal for two paths that differ only in case or composition."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", str(path)).casefold())


def fold_folder(folder: PurePath) -> str:
    """Return a folder's key: equal for two that any common file system takes for one.

    Case and composition may not count, and Windows drops dots and spaces at the end of a name.
    """
    return "/".join(fold_path(part).rstrip(" .") for part in folder.parts)
