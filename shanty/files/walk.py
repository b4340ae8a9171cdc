"""Finds the audio files below a folder, with one ``stat`` for each file.

Owns what counts as an audio file, how symbolic links are followed, and what an obstacle is. Opens
no file and changes nothing. Refuses to know what is in a file and what is known about it.

Paths are bytes, as the filesystem has them: old collections have names that are not UTF-8.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_EXTENSIONS = frozenset(
    b"aac ac3 aif aifc aiff ape asf dff dsf eac3 flac m4a m4b mka mp2 mp3 mp4 mpc ofr ofs oga ogg"
    b" opus spx tak tta wav weba webm wma wv".split()
)
# The names that downloaders and encoders give to unfinished files: song.part.mp3, song.temp.m4a.
_UNFINISHED = frozenset((b"part", b"temp", b"tmp", b"partial"))
_LARGEST = 2**63 - 1

Scandir = Callable[[bytes], AbstractContextManager[Iterator[Any]]]


@dataclass(frozen=True, slots=True)
class SeenFile:
    """An audio file, with the size and time that show whether it has changed."""

    path: bytes
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A file or folder that cannot be looked at, and why."""

    path: bytes
    reason: str


class AudioWalk:
    """Iterates over the audio files below a folder, folder by folder in the order of names.

    Hidden files and folders, unfinished files and whatever is no regular file are passed over. A
    link is followed unless its target lies below a folder that is walked anyway, so no file is met
    twice and no loop is entered. The folders in ``passing_over`` are left out.
    """

    def __init__(
        self, root: Path, passing_over: Iterable[Path] = (), scandir: Scandir = os.scandir
    ) -> None:
        self.roots: list[bytes] = [os.path.realpath(os.fsencode(root))]
        """The folder itself and, after the walk, the folders that links have led to."""
        self.blocked: list[bytes] = []
        """Folders that could not be read. The files below them are unknown, not gone."""
        self.empty: set[bytes] = set()
        """Folders with nothing in them, as the mount point of an unmounted disk is."""
        self.also: set[bytes] = set()
        """More names that count as finished audio. Set them before the walk."""
        self._passing_over = [os.path.realpath(os.fsencode(folder)) for folder in passing_over]
        self._scandir = scandir

    def __iter__(self) -> Iterator[SeenFile | Obstacle]:
        # The list grows during the walk: each folder that a link leads to is appended.
        for root in self.roots:
            folders = [] if is_below(root, self._passing_over) else [root]
            while folders:
                folder = folders.pop()
                if folder in self._passing_over:
                    continue
                below: list[bytes] = []
                try:
                    with self._scandir(folder) as found:
                        entries = sorted(found, key=lambda entry: entry.name)
                except OSError as error:
                    self.blocked.append(folder)
                    yield Obstacle(folder, f"the folder cannot be read: {error.strerror}")
                    continue
                if not entries:
                    self.empty.add(folder)
                for entry in entries:
                    yield from self._look_at(entry, below)
                folders += reversed(below)

    def is_walked(self, path: bytes) -> bool:
        """Whether the walk would have met this path if a file were there."""
        return is_below(path, self.roots) and not is_below(path, self.blocked)

    def _is_audio(self, name: bytes) -> bool:
        return is_audio_name(name) or name in self.also

    def _look_at(self, entry: Any, below: list[bytes]) -> Iterator[SeenFile | Obstacle]:
        if entry.name.startswith(b"."):
            return
        try:
            if entry.is_dir(follow_symlinks=False):
                # A link met earlier may lead to this folder; then it is walked as a root.
                if entry.path not in self.roots:
                    below.append(entry.path)
            elif entry.is_symlink():
                yield from self._follow(entry)
            elif self._is_audio(entry.name) and entry.is_file():
                yield _see(entry)
        except OSError as error:
            yield Obstacle(entry.path, f"it cannot be looked at: {error.strerror}")

    def _follow(self, link: Any) -> Iterator[SeenFile | Obstacle]:
        target = os.path.realpath(link.path)
        if target in self.roots or is_below(target, self.roots):
            return
        if link.is_dir():
            self.roots.append(target)
        elif self._is_audio(link.name):
            if link.is_file():
                yield _see(link)
            else:
                yield Obstacle(link.path, "the link leads to no file")


def _see(entry: Any) -> SeenFile:
    status = entry.stat()
    mtime_ns = max(-_LARGEST, min(status.st_mtime_ns, _LARGEST))
    return SeenFile(entry.path, status.st_size, mtime_ns)


def is_audio_name(name: bytes) -> bool:
    """Whether a file of this name is finished audio."""
    stem = name.rpartition(b".")[0]
    is_finished = stem.rpartition(b".")[2].lower() not in _UNFINISHED or b"." not in stem
    return is_finished and has_audio_extension(name)


def has_audio_extension(name: bytes) -> bool:
    """Whether a name ends in an audio extension, even if it looks unfinished."""
    return name.rpartition(b".")[2].lower() in _EXTENSIONS and b"." in name


def is_below(path: bytes, folders: list[bytes]) -> bool:
    """Whether a path lies below one of the folders, at any depth."""
    return any(path.startswith(folder.rstrip(b"/") + b"/") for folder in folders)
