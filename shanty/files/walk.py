"""Finds the audio files below a folder, at the price of one ``stat`` each.

Owns what counts as an audio file, symbolic links, and what an obstacle is. Opens no file and
changes nothing; refuses to know what is in a file and what is known of it.

Paths are bytes, as the filesystem has them: old collections have names that are no UTF-8.
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
# What a downloader or an encoder has not finished: song.part.mp3, song.temp.m4a.
_UNFINISHED = frozenset((b"part", b"temp", b"tmp", b"partial"))
_LARGEST = 2**63 - 1

Scandir = Callable[[bytes], AbstractContextManager[Iterator[Any]]]


@dataclass(frozen=True, slots=True)
class SeenFile:
    """An audio file, and what tells whether it has changed."""

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

    Hidden files and folders, unfinished files and whatever is no regular file are passed over.
    Links are followed to where they lead, unless that lies below a folder that is walked anyway: so
    no file is met twice and no loop is entered. The folders ``passing_over`` are left out.
    """

    def __init__(
        self, root: Path, passing_over: Iterable[Path] = (), scandir: Scandir = os.scandir
    ) -> None:
        self.roots: list[bytes] = [os.path.realpath(os.fsencode(root))]
        """The folder and, after the walk, those that links in it have led to."""
        self.blocked: list[bytes] = []
        """Folders that could not be read: what lies below them is unknown, not gone."""
        self.empty: set[bytes] = set()
        """Folders with nothing in them, as a disk that is not mounted leaves one."""
        self.also: set[bytes] = set()
        """Names that are those of finished audio, whatever they look like; set before the walk."""
        self._passing_over = [os.path.realpath(os.fsencode(folder)) for folder in passing_over]
        self._scandir = scandir

    def __iter__(self) -> Iterator[SeenFile | Obstacle]:
        # Grows while it is walked: roots that links lead to come after the first one.
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
        """Whether a file, if it were there, would have been met."""
        return is_below(path, self.roots) and not is_below(path, self.blocked)

    def _is_audio(self, name: bytes) -> bool:
        return is_audio_name(name) or name in self.also

    def _look_at(self, entry: Any, below: list[bytes]) -> Iterator[SeenFile | Obstacle]:
        if entry.name.startswith(b"."):
            return
        try:
            if entry.is_dir(follow_symlinks=False):
                # A link elsewhere may lead here: then this folder is walked as a root.
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
    """Whether a file of this name is audio, and finished."""
    stem = name.rpartition(b".")[0]
    is_finished = stem.rpartition(b".")[2].lower() not in _UNFINISHED or b"." not in stem
    return is_finished and has_audio_extension(name)


def has_audio_extension(name: bytes) -> bool:
    """Whether a file of this name is audio, be it finished or not: a song may be called so."""
    return name.rpartition(b".")[2].lower() in _EXTENSIONS and b"." in name


def is_below(path: bytes, folders: list[bytes]) -> bool:
    """Whether a path lies in one of the folders or in a folder of theirs."""
    return any(path.startswith(folder.rstrip(b"/") + b"/") for folder in folders)
