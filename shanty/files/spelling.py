"""How the disk itself spells a path, where case or composition of letters makes no difference.

A disk of macOS or Windows, or a network share of either, files ``Queen/x`` in the folder ``QUEEN``
that is there, and may list ``é`` as ``e`` with an accent. Whoever walks the library meets the
spelling of the disk: so that one is remembered.
"""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

from shanty.files.numbering import fold_path


def spell_as_disk(root: Path, path: Path) -> Path:
    """The existing ``path``, below ``root``, as walking from there spells it.

    Costs a few ``stat``, and listing the folders only on a disk where spellings differ.
    """
    if not _has_other_spellings(root, path):
        return path
    spelled = root
    for name in path.relative_to(root).parts:
        spelled /= _spell(spelled, name)
    return spelled


def is_one_entry(source: Path, target: Path) -> bool:
    """Whether two spellings name one entry of one folder: then neither may be removed."""
    try:
        is_linked = source.is_symlink() or target.is_symlink() or source.lstat().st_nlink != 1
        is_same = not is_linked and source.samefile(target)
        return is_same or (source != target and _is_listed_once(source, target))
    except OSError:
        return False


def _is_listed_once(one: Path, other: Path) -> bool:
    """The same by what the disk lists: on some FUSE mounts each spelling has an inode of its own.

    Raises:
        OSError: a folder cannot be listed.
    """
    if fold_path(one) != fold_path(other) or len(one.parts) != len(other.parts):
        return False
    if not (os.path.lexists(one) and os.path.lexists(other)):
        return False
    spelled = Path(one.anchor)
    for name, otherwise in zip(one.parts[1:], other.parts[1:], strict=True):
        if name != otherwise:
            wanted = fold_path(Path(name))
            if sum(fold_path(Path(listed)) == wanted for listed in _names_in(spelled)) != 1:
                return False
        spelled /= name
    return True


def _has_other_spellings(root: Path, path: Path) -> bool:
    for place in (path, *path.parents):
        if place == root:
            return False
        for other in {place.name.swapcase(), unicodedata.normalize("NFD", place.name)}:
            if other != place.name and _is_other_spelling(place.with_name(other)):
                return True
    return False


def _spell(folder: Path, name: str) -> str:
    names = _names_in(folder)
    if name in names:
        return name
    wanted = fold_path(Path(name))
    return next((one for one in names if fold_path(Path(one)) == wanted), name)


def _names_in(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries]


def _is_other_spelling(path: Path) -> bool:
    """Whether something is there under a name that its folder does not list."""
    try:
        return os.path.lexists(path) and path.name not in _names_in(path.parent)
    except OSError:
        return False
