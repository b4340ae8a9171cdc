"""The pictures of what can be added: fetched behind the list, which never waits for them.

Owns who fetches, how many at once, and what is forgotten when more is asked for than comes. An
album has its cover, the library's if that has one; an artist has the cover of an album.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TypeVar

from shanty.catalog import Catalog
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.errors import ShantyError
from shanty.library.album_covers import AlbumCovers
from shanty.library.small_covers import SmallCovers
from shanty.sources.opening import open_musicbrainz, open_small_covers
from shanty.watching.faces import ask_faces, known_faces

T = TypeVar("T")

logger = logging.getLogger(__name__)

AT_ONCE = 2
MOST_WAITING = 120
"""The pictures of a few screens. Those that were asked for first are forgotten first."""
MOST_TOGETHER = 25
"""So many artists are asked for at once: the address of a request must not become too long."""
MOST_REMEMBERED = 500
REST_SECONDS = 60.0
"""So long a picture is not asked for again after a failure."""


class Pictured(StrEnum):
    """What has a picture."""

    ARTIST = "artist"
    ALBUM = "album"


class OfferPictures:
    """The pictures of one process. Its threads end when nothing is left to be fetched."""

    def __init__(
        self, settings: Settings, database: Database, catalog: Catalog, covers: AlbumCovers
    ):
        self._settings = settings
        self._database = database
        self._catalog = catalog
        self._covers = covers
        self._kept = SmallCovers(settings.home / "small-covers")
        self._fetch: Callable[[str], bytes | None] = open_small_covers(settings, database)
        self._lock = threading.Lock()
        self._waiting: OrderedDict[tuple[Pictured, str], None] = OrderedDict()
        self._begun: set[tuple[Pictured, str]] = set()
        self._workers = 0
        self._failed: OrderedDict[str, float] = OrderedDict()
        self._asking = threading.Lock()
        self._beside: OrderedDict[str, tuple[str, ...]] = OrderedDict()
        self._faces: OrderedDict[str, list[str]] = OrderedDict()

    def expect(self, artist_mbids: Iterable[str]) -> None:
        """Note artists that are shown together, so that one request is enough for many of them."""
        shown = tuple(artist_mbids)
        with self._lock:
            for place, mbid in enumerate(shown):
                first = place - place % MOST_TOGETHER
                _remember(self._beside, mbid, shown[first : first + MOST_TOGETHER])

    def find(self, what: Pictured, mbid: str) -> bytes | None:
        """A picture as JPEG, or ``b""`` if there is none. None: it is being fetched, ask again."""
        kept = self._kept.find(mbid)
        if kept is not None:
            return kept
        with self._lock:
            if self._has_failed(mbid):
                return b""
            if (what, mbid) not in self._begun:
                self._waiting[what, mbid] = None
                self._waiting.move_to_end((what, mbid))
                while len(self._waiting) > MOST_WAITING:
                    self._waiting.popitem(last=False)
                if self._workers < AT_ONCE:
                    self._workers += 1
                    # A daemon: the end of the process does not wait for a picture.
                    threading.Thread(target=self._work, name="pictures", daemon=True).start()
        return None

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._workers -= 1
                    return
                # The last one first: somebody looks at that now.
                (what, mbid), _ = self._waiting.popitem()
                if self._has_failed(mbid):
                    continue  # with the others of its list
                self._begun.add((what, mbid))
            try:
                self._bring(what, mbid)
            except ShantyError as error:
                logger.info("no picture of %s %s: %s", what, mbid, error)
                self._note_failure(mbid)
            except Exception:
                logger.exception("while fetching the picture of %s %s", what, mbid)
                self._note_failure(mbid)
            finally:
                with self._lock:
                    self._begun.discard((what, mbid))

    def _bring(self, what: Pictured, mbid: str) -> None:
        if what is Pictured.ALBUM:
            self._bring_album(mbid)
            return
        found = (self._bring_album(one) for one in self._faces_of(mbid))
        self._kept.keep(mbid, next(filter(None, found), b""))

    def _bring_album(self, mbid: str) -> bytes:
        kept = self._kept.find(mbid)
        if kept is not None:
            return kept
        known = self._catalog.discographies.find_group(mbid)
        own = self._covers.find(known.release_key) if known and known.release_key else None
        return self._kept.keep(mbid, own or self._fetch(mbid))

    def _faces_of(self, artist_mbid: str) -> list[str]:
        known = known_faces(artist_mbid, self._database, self._catalog)
        if known is not None:
            return known
        with self._asking:  # whoever comes second finds the answer
            if artist_mbid not in self._faces:
                musicbrainz = open_musicbrainz(self._settings, self._database)
                together = self._beside.get(artist_mbid, (artist_mbid,))
                try:
                    found = ask_faces(together, musicbrainz)
                except ShantyError:
                    self._note_failure(*together)
                    raise
                for mbid, faces in found.items():
                    _remember(self._faces, mbid, faces)
            return self._faces.pop(artist_mbid)  # when the picture is too old, there may be others

    def _has_failed(self, mbid: str) -> bool:
        return time.monotonic() - self._failed.get(mbid, -REST_SECONDS) < REST_SECONDS

    def _note_failure(self, *mbids: str) -> None:
        with self._lock:
            for mbid in mbids:
                _remember(self._failed, mbid, time.monotonic())


def _remember(memory: OrderedDict[str, T], key: str, value: T) -> None:
    memory[key] = value
    memory.move_to_end(key)
    while len(memory) > MOST_REMEMBERED:
        memory.popitem(last=False)
