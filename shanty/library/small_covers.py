"""Small covers of albums that the library need not have, kept in a folder of home.

Owns that folder, which never grows beyond a bound, and what counts as a picture there. Refuses to
know where a picture comes from, and when one is asked for.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from pathlib import Path

from shanty.config.service_sections import ArtSettings
from shanty.errors import PermanentError
from shanty.files.atomic import disk_errors
from shanty.files.private_files import make_private_folder
from shanty.tags.pictures import fit_picture

EDGE = 250
"""The longest edge in pixels: sharp at half of that on a fine screen."""
MOST_BYTES = 24 * 1024 * 1024
MOST_FILES = 4000
_SMALL = ArtSettings(max_edge=EDGE, max_bytes=60_000, format="jpeg")
_KEPT_SECONDS = 30 * 24 * 3600.0
_NONE_SECONDS = 2 * 24 * 3600.0
"""So long it is believed that there is no picture."""
_LEFT_PART = 0.8
"""How much of the bounds is left when the oldest have been removed."""


class SmallCovers:
    """The pictures in one folder, by MBID. Safe to use from several threads and processes."""

    def __init__(self, folder: Path, *, most_bytes: int = MOST_BYTES, most_files: int = MOST_FILES):
        self._folder = folder
        self._most_bytes = most_bytes
        self._most_files = most_files
        self._lock = threading.Lock()

    def find(self, mbid: str) -> bytes | None:
        """The picture as JPEG, ``b""`` if it is known that there is none, None if it is unknown."""
        path = self._path(mbid)
        try:
            status = path.stat()
            longest = _KEPT_SECONDS if status.st_size else _NONE_SECONDS
            if time.time() - status.st_mtime > longest:
                return None
            return path.read_bytes()
        except OSError:
            return None  # it can be fetched again

    def keep(self, mbid: str, data: bytes | None) -> bytes:
        """Keep a picture, or that there is none; returns it as :meth:`find` gives it from now on.

        What is damaged, or takes too much memory to be read, is no picture.

        Raises:
            WaitError: the disk takes nothing.
        """
        try:
            picture = fit_picture(data, _SMALL).data if data else b""
        except PermanentError:
            picture = b""
        with self._lock, disk_errors("keep small covers in", self._folder):
            make_private_folder(self._folder)
            path = self._path(mbid)
            part = path.with_suffix(f".{os.getpid()}.part")
            part.write_bytes(picture)
            part.replace(path)
            self._make_room()
        return picture

    def _path(self, mbid: str) -> Path:
        return self._folder / f"{mbid}.jpg"

    def _make_room(self) -> None:
        """Remove the oldest if there are too many. Whatever was fetched once can be again."""
        found = []
        for entry in os.scandir(self._folder):
            with suppress(FileNotFoundError):  # another process makes room too
                found.append((entry.stat().st_mtime, entry.stat().st_size, entry.path))
        total = sum(size for _, size, _ in found)
        if total <= self._most_bytes and len(found) <= self._most_files:
            return
        found.sort(reverse=True)
        while found and (
            total > self._most_bytes * _LEFT_PART or len(found) > self._most_files * _LEFT_PART
        ):
            _, size, path = found.pop()
            Path(path).unlink(missing_ok=True)
            total -= size
