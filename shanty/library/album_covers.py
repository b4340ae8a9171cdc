"""The covers of albums as the library has them, small enough for a page.

Looks for a picture beside an album's music, then in it. Owns how many small ones are kept at hand.
Never asks an outside service: what the library lacks has no cover here.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from pathlib import Path

from shanty.catalog import Catalog
from shanty.config.service_sections import ArtSettings
from shanty.config.settings import Settings
from shanty.errors import PermanentError, StageError
from shanty.library.leftovers import PICTURE_SUFFIXES
from shanty.tags.covers import MAX_BYTES, Cover
from shanty.tags.pictures import fit_picture
from shanty.tags.tagging import read_cover

EDGE = 480
"""The longest edge in pixels: sharp at half of that on a fine screen."""
MOST_KEPT_BYTES = 8 * 1024 * 1024
_SMALL = ArtSettings(max_edge=EDGE, max_bytes=120_000, format="jpeg")
_NAMES = ("folder", "front")


class AlbumCovers:
    """The covers of one library."""

    def __init__(self, settings: Settings, catalog: Catalog):
        self._names = (settings.art.file_name, *_NAMES)
        self._catalog = catalog
        self._kept: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def find(self, release_key: str) -> bytes | None:
        """The cover of an album as JPEG, None if there is none that can be shown."""
        track_id = self._catalog.albums.some_track_of(release_key)
        path = None if track_id is None else self._catalog.albums.path_of(track_id)
        if path is None:
            return None
        music = Path(os.fsdecode(path))
        for source in (*self._beside(music), music):
            try:
                if (found := self._small(source, is_music=source == music)) is not None:
                    return found
            except (OSError, StageError):
                continue  # damaged, or gone at this moment
        return None

    def _beside(self, music: Path) -> list[Path]:
        try:
            there = {path.name.lower(): path for path in music.parent.iterdir()}
        except OSError:
            return []
        names = [f"{name.lower()}{suffix}" for name in self._names for suffix in PICTURE_SUFFIXES]
        return [there[name] for name in names if name in there]

    def _small(self, source: Path, *, is_music: bool) -> bytes | None:
        state = source.stat()
        key = (str(source), state.st_mtime_ns, state.st_size)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        picture = read_cover(source) if is_music else None
        if is_music and picture is None:
            return None
        small = fit_picture(_read(source) if picture is None else picture.data, _SMALL)
        self._keep(key, small)
        return small.data

    def _keep(self, key: tuple[str, int, int], cover: Cover) -> None:
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = cover.data
            self._bytes += len(cover.data)
            while self._bytes > MOST_KEPT_BYTES:
                self._bytes -= len(self._kept.popitem(last=False)[1])


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise PermanentError("the picture is too large")
    return data
