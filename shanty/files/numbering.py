"""Names that would be equal: how they are numbered, and when two are the same to a disk."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import PurePath, PurePosixPath
from typing import TypeVar

from shanty.files.filenames import LONGEST_BYTES, add_to_stem

MAX_NUMBER = 999
_Path = TypeVar("_Path", bound=PurePath)


def numbered(path: _Path, longest: int = LONGEST_BYTES) -> Iterator[_Path]:
    """A name and those like it, in the order in which they are tried: ``Title (2).opus`` …

    A name that is so long that no number can be added is cut for it.
    """
    yield path
    for number in range(2, MAX_NUMBER + 1):
        yield path.with_name(add_to_stem(path.name, f" ({number})", longest))


def is_numbered(path: PurePosixPath, like: PurePosixPath) -> bool:
    """Whether a path is another one with a number."""
    if path.parent != like.parent or path.suffix != like.suffix:
        return False
    rest = path.stem.removeprefix(f"{like.stem} (")
    digits = rest.removesuffix(")")
    if f"{like.stem} ({digits})" != path.stem or not (digits.isascii() and digits.isdigit()):
        return False
    return digits == str(int(digits)) and 2 <= int(digits) <= MAX_NUMBER


def fold_path(path: PurePath) -> str:
    """What two paths share that are one file where case and composition do not count."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", str(path)).casefold())
