"""How the disk itself spells a path, if it ignores case or the composition of letters.

If a folder ``QUEEN`` exists, a disk of macOS or Windows, or a network share of either, puts
``Queen/x`` into it. Such a disk may also list ``é`` as ``e`` with a separate accent. A walk through
the library meets the disk's spelling, so that is the spelling we store.
"""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

from shanty.files.numbering import fold_path


def spell_as_disk(root: Path, path: Path) -> Path:
    """Return an existing path below ``root`` as a walk from there spells it.

    This costs a few ``stat`` calls. Folders are listed only if the disk accepts other spellings.
    """
    if not _has_other_spellings(root, path):
        return path
    spelled = root
    for name in path.relative_to(root).parts:
        spelled /= _spell(spelled, name)
    return spelled


def is_one_entry(source: Path, target: Path) -> bool:
    """Whether two paths spell one entry of one folder. Then removing either loses the file."""
    try:
        is_linked = source.is_symlink() or target.is_symlink() or source.lstat().st_nlink != 1
        is_same = not is_linked and source.samefile(target)
        return is_same or (source != target and _is_listed_once(source, target))
    except OSError:
        return False


def _is_listed_once(one: Path, other: Path) -> bool:
    """Whether the folders list the two paths as one entry.

    Some FUSE mounts give each spelling an inode of its own, so inodes cannot tell.

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
    """Whether a path exists although its folder lists no such name."""
    try:
        return os.path.lexists(path) and path.name not in _names_in(path.parent)
    except OSError:
        return False
