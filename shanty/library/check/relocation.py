"""Whether the whole library has moved to another path since its files were filed.

Owns how the old path is found: no setting remembers it. Looks at the disk; changes nothing.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from shanty.catalog import FiledFile, LastLook, TrashedFile
from shanty.catalog.owned import ScannedFile
from shanty.errors import TransientError
from shanty.files.checksum import checksum
from shanty.library.check.walked import to_path

_SAMPLE = 20


@dataclass(frozen=True, slots=True)
class Relocation:
    """The files that lay below ``old`` lie below ``new`` now, under the same names.

    ``followed`` maps a track to its file as it lies in ``new``. It leaves out files that still lie
    only in ``old``, and files whose name in ``new`` has something else. ``found`` counts those that
    are there.
    """

    old: Path
    new: Path
    followed: Mapping[int, FiledFile]
    found: int

    def has_had(self, path: Path) -> bool:
        """Whether a path is in the old library. The new library may lie inside the old one."""
        is_in_new = _is_below(self.new, self.old) and _is_below(path, self.new)
        return _is_below(path, self.old) and not is_in_new

    def follow(self, path: Path) -> Path:
        """Return where a file of the old library belongs in the new one."""
        return self.new / path.relative_to(self.old)

    def is_followed(self, trashed: TrashedFile) -> bool:
        """Whether a file in the old library's trash now lies in the new one's."""
        path = self.follow(trashed.path)
        if not os.path.lexists(path):
            return not os.path.lexists(trashed.path)
        try:
            return _is_content(path, trashed.size, trashed.checksum)
        except (OSError, TransientError):
            return False

    def find_owned(self, known: Mapping[bytes, ScannedFile]) -> dict[bytes, bytes]:
        """Return where a person's own files of the old library lie now, by their old paths.

        A scan has stored their paths with links resolved. By now the old path may be a link to the
        new one.
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

    def list_looked(self) -> list[LastLook]:
        """Return the sizes and times of the files that are there."""
        return [
            LastLook(file.track_id, file.checksum, file.size, file.mtime_ns)
            for file in self.followed.values()
            if file.size is not None and file.mtime_ns is not None
        ]


def find_relocation(filed: Sequence[FiledFile], library_dir: Path) -> Relocation | None:
    """Return the move of the whole library to its present path, if most of its files lie there.

    If all files are below the library's path, at most 20 are looked at. Equal names alone prove no
    move: most of a sample must have the size and time, or the content, that was filed.
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
    """Return the files that were filed elsewhere, or that are gone from the present folder.

    The old library may have lain inside the folder that is the library now.
    """
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
    """Return the folder below which the file lay as it lies below the library now."""
    for old in list(file.path.parents)[-2::-1]:  # without the root; the longest name first
        if _see_as_filed(file, library_dir / file.path.relative_to(old)) is not None:
            return old
    return None


def _follow(file: FiledFile, move: Relocation, there: Container[int]) -> FiledFile | None:
    """Return the file as it lies in the new library; None if it stays or is another file there."""
    path = move.follow(file.path)
    if file.track_id in there:
        return _see_as_filed(file, path)
    return None if os.path.lexists(file.path) else replace(file, path=path)


def _see_as_filed(file: FiledFile, path: Path) -> FiledFile | None:
    """Return the file as it is at another path; None if that is not what was filed."""
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
    """Whether a file lies at its new path: it has this size there, or has left the old path."""
    try:
        return new.is_file() and (new.stat().st_size == size or not os.path.lexists(old))
    except OSError:
        return False


def _is_below(path: Path, folder: Path) -> bool:
    return str(path).startswith(f"{folder}{os.sep}")  # called very often; .parents is slow
