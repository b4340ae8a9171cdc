"""Whether the library, as a whole, lies at another path than that which its files were filed under.

Owns how the old path is told: no setting remembers it. Looks at the disk; changes nothing.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from shanty.catalog import FiledFile, Looked, TrashedFile
from shanty.catalog.owned import KnownFile
from shanty.errors import TransientError
from shanty.files.checksum import checksum
from shanty.library.check.walked import to_path

_SAMPLE = 20


@dataclass(frozen=True, slots=True)
class Relocation:
    """What lay below ``old`` lies below ``new`` now, under the same names.

    ``followed`` are the files that were filed in ``old`` and are to be looked for in ``new``, by
    track and as they lie there; those that still lie only in ``old`` are none of them, nor are
    those whose name has something else in ``new``. ``found`` are there.
    """

    old: Path
    new: Path
    followed: Mapping[int, FiledFile]
    found: int

    def has_had(self, path: Path) -> bool:
        """Whether a file is one of the old library; that may have had the new one in it."""
        is_in_new = _is_below(self.new, self.old) and _is_below(path, self.new)
        return _is_below(path, self.old) and not is_in_new

    def follow(self, path: Path) -> Path:
        """Where a file of the old library belongs in the new one."""
        return self.new / path.relative_to(self.old)

    def is_followed(self, trashed: TrashedFile) -> bool:
        """Whether a file in the old library's trash is to be looked for in the new one's."""
        path = self.follow(trashed.path)
        if not os.path.lexists(path):
            return not os.path.lexists(trashed.path)
        try:
            return _is_content(path, trashed.size, trashed.checksum)
        except (OSError, TransientError):
            return False

    def find_owned(self, known: Mapping[bytes, KnownFile]) -> dict[bytes, bytes]:
        """Where a person's own files of the old library lie in the new one, by their old paths.

        A scan has named them without links. The old path may be a link to the new one by now.
        """
        moved = {}
        new = Path(os.path.realpath(self.new))
        for old in {self.old, Path(os.path.realpath(self.old))} - {new}:
            move = replace(self, old=old, new=new)
            for name, file in known.items():
                path = to_path(name)
                if move.has_had(path):
                    there = move.follow(path)
                    size = None if os.fsencode(there) in known else file.size
                    if _is_moved(path, there, size):
                        moved[name] = os.fsencode(there)
        return moved

    def list_looked(self) -> list[Looked]:
        """What the files that are there are on the disk."""
        return [
            Looked(file.track_id, file.checksum, file.size, file.mtime_ns)
            for file in self.followed.values()
            if file.size is not None and file.mtime_ns is not None
        ]


def find_relocation(filed: Sequence[FiledFile], library_dir: Path) -> Relocation | None:
    """The move of a whole library to what is its path now, if most of its files lie there.

    Asks for 20 files at most where all are below the library's path. A coincidence of names is no
    move: most of a sample must be what was filed, by size and time or by content.
    """
    outside = _list_outside(filed, library_dir)
    sample = _sample(outside)
    votes = Counter(_find_old_root(file, library_dir) for file in sample)
    del votes[None]
    if not votes:
        return None
    ((old, proven),) = votes.most_common(1)
    assert old is not None, "it was left out"
    move = Relocation(old, library_dir, {}, 0)
    inside = [file for file in outside if move.has_had(file.path)]
    there = {file.track_id for file in inside if os.path.lexists(move.follow(file.path))}
    is_most = proven * 2 > sum(move.has_had(file.path) for file in sample)
    if not is_most or len(there) * 2 <= len(inside):
        return None
    followed = {file.track_id: one for file in inside if (one := _follow(file, move, there))}
    return replace(move, followed=followed, found=len(there & followed.keys()))


def _list_outside(filed: Sequence[FiledFile], library_dir: Path) -> list[FiledFile]:
    """What was filed elsewhere; the old library may have lain in what is the library now."""
    outside: list[FiledFile] = []
    within: list[FiledFile] = []
    for file in filed:
        (within if _is_below(file.path, library_dir) else outside).append(file)
    sample = _sample(within)
    if sum(os.path.lexists(file.path) for file in sample) * 2 < len(sample):
        outside += [file for file in within if not os.path.lexists(file.path)]
    return outside


def _sample(filed: Sequence[FiledFile]) -> Sequence[FiledFile]:
    return filed[:: len(filed) // _SAMPLE + 1]


def _find_old_root(file: FiledFile, library_dir: Path) -> Path | None:
    """The folder below which a file lay as it lies below the library now."""
    for old in list(file.path.parents)[-2::-1]:  # not the root of all; the longest name first
        if _see_as_filed(file, library_dir / file.path.relative_to(old)) is not None:
            return old
    return None


def _follow(file: FiledFile, move: Relocation, there: Container[int]) -> FiledFile | None:
    """The file as it lies in the new library; None if it stays where it is, or is not known."""
    path = move.follow(file.path)
    if file.track_id in there:
        return _see_as_filed(file, path)
    return None if os.path.lexists(file.path) else replace(file, path=path)


def _see_as_filed(file: FiledFile, path: Path) -> FiledFile | None:
    """The file at another path, as it is seen there; None if that is not what was filed."""
    try:
        if not path.is_file():
            return None
        status = path.stat()
        seen = replace(file, path=path, size=status.st_size, mtime_ns=status.st_mtime_ns)
        is_as_before = (file.size, file.mtime_ns) == (seen.size, seen.mtime_ns)
        return seen if is_as_before or _is_content(path, file.size, file.checksum) else None
    except (OSError, TransientError):
        return None


def _is_content(path: Path, size: int | None, digest: str) -> bool:
    return size in (None, path.stat().st_size) and checksum(path) == digest


def _is_moved(old: Path, new: Path, size: int | None) -> bool:
    """Whether a file lies at its new path: of this size, or no longer at the old one."""
    try:
        return new.is_file() and (new.stat().st_size == size or not os.path.lexists(old))
    except OSError:
        return False


def _is_below(path: Path, folder: Path) -> bool:
    return str(path).startswith(f"{folder}{os.sep}")  # of each of many: parents take their time
