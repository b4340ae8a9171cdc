"""How the disk itself spells a path, where case or composition of letters makes no difference.

A disk of macOS or Windows, or a network share of either, files ``Queen/x`` in the folder ``QUEEN``
that is there, and may list ``é`` as ``e`` with an accent. Whoever walks the library meets the
spelling of the disk: so that one is remembered.
"""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

from shanty.library.naming import fold_path


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


def _has_other_spellings(root: Path, path: Path) -> bool:
    for place in (path, *path.parents):
        if place == root:
            return False
        for other in {place.name.swapcase(), unicodedata.normalize("NFD", place.name)}:
            if other != place.name and _is_same(place.with_name(other), place):
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


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other) and one.name not in _names_in(one.parent)
    except OSError:
        return False
