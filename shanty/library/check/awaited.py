"""The filed files that a check has not met yet: of each no more than shows that it is unchanged.

A library may have a hundred thousand files, nearly all of which are as they were. What else is
known of one is read when it is needed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from shanty.catalog import Catalog, FiledFile
from shanty.files.walk import SeenFile

_SAMPLE = 20


class AwaitedFile(NamedTuple):
    """A filed file. ``size`` and ``mtime_ns`` are from the last look; None if there was none."""

    walked: bytes
    """The path under which the walk should meet it."""
    track_id: int
    size: int | None
    mtime_ns: int | None

    def is_as_before(self, seen: SeenFile) -> bool:
        """Whether it has the size and the time of the last look."""
        return (self.size, self.mtime_ns) == (seen.size, seen.mtime_ns)


class Awaited:
    """The files that were not met yet, by the path under which the walk meets them."""

    def __init__(self, catalog: Catalog, library_dir: Path, as_walked: Callable[[str], bytes]):
        self._catalog = catalog
        self._as_walked = as_walked
        self._files: dict[bytes, AwaitedFile] = {}
        self._followed: dict[int, FiledFile] = {}
        self.is_elsewhere = False
        """Whether a file was filed outside of the library's present folder."""
        below = f"{library_dir}{os.sep}"
        for track_id, path, size, mtime_ns in catalog.filed.list_stamps():
            self.is_elsewhere |= not path.startswith(below)
            walked = as_walked(path)
            self._files[walked] = AwaitedFile(walked, track_id, size, mtime_ns)

    def __len__(self) -> int:
        return len(self._files)

    def __contains__(self, path: bytes) -> bool:
        return path in self._files

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._files)

    @property
    def left(self) -> list[AwaitedFile]:
        """What is left, by path."""
        return list(self._files.values())

    @property
    def is_mostly_gone(self) -> bool:
        """Whether most of a sample is not on the disk."""
        paths = list(self._files)
        sample = paths[:: len(paths) // _SAMPLE + 1]
        return sum(map(os.path.lexists, sample)) * 2 < len(sample)

    def follow(self, filed: Iterable[FiledFile], followed: Mapping[int, FiledFile]) -> None:
        """Await the files where they lie since the library was moved."""
        self._followed = dict(followed)
        self._files.clear()
        for known in filed:
            file = self._followed.get(known.track_id, known)
            walked = self._as_walked(str(file.path))
            self._files[walked] = AwaitedFile(walked, file.track_id, file.size, file.mtime_ns)

    def take(self, path: bytes) -> AwaitedFile | None:
        """Return the file that should lie at a path, and await it no longer."""
        return self._files.pop(path, None)

    def read(self, awaited: AwaitedFile) -> FiledFile | None:
        """All that is known of a file; None if it was moved or lost since the check began."""
        if (followed := self._followed.get(awaited.track_id)) is not None:
            return followed
        file = self._catalog.filed.find(awaited.track_id)
        if file is None or self._as_walked(str(file.path)) != awaited.walked:
            return None
        return file
