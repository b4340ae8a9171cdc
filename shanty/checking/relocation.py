"""Whether the library, as a whole, lies at another path than that which its files were filed under.

Owns how the old path is told: no setting remembers it. Looks at the disk; changes nothing.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from shanty.catalog import FiledFile
from shanty.errors import TransientError
from shanty.library.audio import checksum

_SAMPLE = 20


@dataclass(frozen=True, slots=True)
class Relocation:
    """What lay below ``old`` lies below ``new`` now, under the same names.

    ``followed`` are the files that were filed in ``old`` and are to be looked for in ``new``;
    those that still lie only in ``old`` are none of them. ``found`` are there.
    """

    old: Path
    new: Path
    followed: Sequence[FiledFile]
    found: int

    def has_had(self, path: Path) -> bool:
        """Whether a file is one of the old library; that may have had the new one in it."""
        return _is_below(path, self.old) and not _is_below(path, self.new)

    def follow(self, path: Path) -> Path:
        """Where a file of the old library belongs in the new one."""
        return self.new / path.relative_to(self.old)

    def is_followed(self, path: Path) -> bool:
        """Whether a file of the old library is to be looked for in the new one; else it stays."""
        return os.path.lexists(self.follow(path)) or not os.path.lexists(path)


def find_relocation(filed: Iterable[FiledFile], library_dir: Path) -> Relocation | None:
    """The move of a whole library to what is its path now, if most of its files lie there.

    Asks for nothing on the disk where all was filed below the library's path. A coincidence of
    names is no move: most of a sample must be what was filed, by size and time or by content.
    """
    outside = [file for file in filed if not _is_below(file.path, library_dir)]
    sample = outside[:: len(outside) // _SAMPLE + 1]
    votes = Counter(_find_old_root(file, library_dir) for file in sample)
    del votes[None]
    if not votes:
        return None
    ((old, proven),) = votes.most_common(1)
    assert old is not None, "it was left out"
    move = Relocation(old, library_dir, (), 0)
    inside = [file for file in outside if move.has_had(file.path)]
    found = sum(os.path.lexists(move.follow(file.path)) for file in inside)
    if found * 2 <= len(inside) or proven * 2 <= sum(move.has_had(file.path) for file in sample):
        return None
    followed = [file for file in inside if move.is_followed(file.path)]
    return Relocation(old, library_dir, followed, found)


def _find_old_root(file: FiledFile, library_dir: Path) -> Path | None:
    """The folder below which a file lay as it lies below the library now."""
    for old in list(file.path.parents)[-2::-1]:  # not the root of all; the longest name first
        path = library_dir / file.path.relative_to(old)
        try:
            if path.is_file() and _is_as_filed(file, path):
                return old
        except (OSError, TransientError):
            continue
    return None


def _is_as_filed(file: FiledFile, path: Path) -> bool:
    status = path.stat()
    if (file.size, file.mtime_ns) == (status.st_size, status.st_mtime_ns):
        return True
    return file.size in (None, status.st_size) and checksum(path) == file.checksum


def _is_below(path: Path, folder: Path) -> bool:
    return str(path).startswith(f"{folder}{os.sep}")  # of each of many: parents take their time
