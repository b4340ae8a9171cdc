"""What lies in the library but is not music: unfinished or lonely files, and empty folders.

Owns what counts as one, and the removal of empty folders. Removes no file, and refuses to know who
has put one there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from shanty.files.atomic import is_leftover
from shanty.files.walk import has_audio_extension

EMPTY_AFTER_SECONDS = 3600.0
"""A folder younger than this may be about to be filled."""
UNFINISHED_AFTER_SECONDS = 24 * 3600.0

LYRICS = (".lrc", ".txt")
PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png")
_UNFINISHED = (".part", ".ytdl", ".temp", ".tmp", ".partial")


def find_unfinished(library_dir: Path, passing_over: Iterable[Path] = ()) -> Iterator[Path]:
    """Find temporary files whose maker is gone, and downloads untouched for a day.

    Hidden folders and those in ``passing_over`` are not looked into.
    """
    passed = _as_walked(passing_over, library_dir)
    for folder, below, names in os.walk(library_dir):
        below[:] = sorted(
            name for name in below if not name.startswith(".") and Path(folder, name) not in passed
        )
        for name in sorted(names):
            path = Path(folder, name)
            if is_leftover(path) or (name.lower().endswith(_UNFINISHED) and _is_old_download(path)):
                yield path


def find_lonely(library_dir: Path, passing_over: Iterable[Path] = ()) -> Iterator[Path]:
    """Find pictures without music in or below their folder, and lyrics without their track.

    Hidden folders and those in ``passing_over`` are not looked into.
    """
    passed = _as_walked(passing_over, library_dir)
    with_music: set[Path] = set()
    for folder, below, names in os.walk(library_dir, topdown=False):
        here = Path(folder)
        is_hidden = any(part.startswith(".") for part in here.relative_to(library_dir).parts)
        if is_hidden or not passed.isdisjoint((here, *here.parents)):
            continue
        tracks = {Path(name).stem for name in names if has_audio_extension(os.fsencode(name))}
        folders = [here / name for name in below]
        # The walk does not follow links, and there may be music behind them.
        if tracks or any(one in with_music or one.is_symlink() for one in folders):
            with_music.add(here)
        for name in sorted(names):
            suffix = Path(name).suffix.lower()
            is_alone = suffix in LYRICS and Path(name).stem not in tracks
            if is_alone or (suffix in PICTURE_SUFFIXES and here not in with_music):
                yield here / name


def find_empty_folders(library_dir: Path, passing_over: Iterable[Path] = ()) -> Iterator[Path]:
    """Find folders in the library that hold nothing but such folders, the inmost first.

    Folders that may be about to be filled are left out, and so are those in ``passing_over``.
    """
    passed = _as_walked(passing_over, library_dir)
    empty: set[str] = set()
    for folder, below, names in os.walk(library_dir, topdown=False):
        is_hidden = any(
            part.startswith(".") for part in Path(folder).relative_to(library_dir).parts
        )
        is_passed = not passed.isdisjoint((Path(folder), *Path(folder).parents))
        if names or is_hidden or is_passed or Path(folder) == library_dir:
            continue
        if all(os.path.join(folder, name) in empty for name in below):  # noqa: PTH118 (as walked)
            with suppress(OSError):
                if time.time() - Path(folder).stat().st_mtime > EMPTY_AFTER_SECONDS or below:
                    empty.add(folder)
                    yield Path(folder)


def remove_empty_folder(folder: Path) -> bool:
    """Remove a folder if it is still empty; return whether it was removed."""
    try:
        folder.rmdir()
    except OSError:
        return False
    return True


def _as_walked(folders: Iterable[Path], library_dir: Path) -> set[Path]:
    """Return those of the folders that lie in the library, as a walk through it spells them."""
    root = library_dir.resolve()
    real = [folder.resolve() for folder in folders]
    return {library_dir / one.relative_to(root) for one in real if one.is_relative_to(root)}


def _is_old_download(path: Path) -> bool:
    if path.name.startswith("."):
        return False
    try:
        return time.time() - path.stat().st_mtime > UNFINISHED_AFTER_SECONDS
    except OSError:
        return False
