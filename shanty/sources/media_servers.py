"""Tells media servers which folders of the library have changed: together, and until it works.

What is to be told is read from the journal, so no act waits for a server, and none is forgotten.
Owns the moment: when nothing has changed for a minute, at the latest ten minutes after the first
change. Each server is told by itself; if it does not take it, it is told later, more and more.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

from shanty.catalog import Catalog
from shanty.catalog.library_news import LibraryNews
from shanty.clock import utc_now
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.errors import ShantyError
from shanty.providers.media_servers import Changes, MediaServer, open_media_server

logger = logging.getLogger(__name__)

QUIET = timedelta(seconds=60)
LATEST = timedelta(minutes=10)
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=2), timedelta(hours=6)


class MediaServers:
    """The servers of the settings. It is not safe to use from several threads."""

    def __init__(
        self, settings: Settings, database: Database, clock: Callable[[], datetime] = utc_now
    ):
        """Read the addresses.

        Raises:
            ConfigError: one is wrong.
        """
        self._library = settings.library.path
        self._catalog = Catalog(database, clock)
        self._clock = clock
        urls = [url.get_secret_value() for url in settings.media_servers.urls]
        self._servers: dict[str, MediaServer] = {_key(url): open_media_server(url) for url in urls}
        self._failures: dict[str, int] = {}

    @property
    def is_in_use(self) -> bool:
        """Whether any is set."""
        return bool(self._servers)

    @property
    def labels(self) -> dict[str, str]:
        """What each is and where, by its key in the records."""
        return {key: server.label for key, server in self._servers.items()}

    def look(self, *, is_last: bool = False) -> None:
        """Tell each server what it does not know, if it is time.

        ``is_last``: nobody may look again soon, so it does not wait for what else may change.
        """
        self._catalog.library_news.forget_others(self._servers)
        for key, server in self._servers.items():
            news = self._catalog.library_news.untold(key)
            if news is not None and (is_last or self._is_due(news)):
                self._tell(server, news)

    def _is_due(self, news: LibraryNews) -> bool:
        now = self._clock()
        # A change that lies ahead was made before the clock was set back.
        return now - news.last_at >= QUIET or now - news.first_at >= LATEST or news.last_at > now

    def _tell(self, server: MediaServer, news: LibraryNews) -> None:
        failures = self._failures.get(news.server, 0)
        pause = min(_FIRST_PAUSE * 2**failures, _LONGEST_PAUSE)
        if not self._catalog.library_news.claim(news, self._clock() + pause):
            return
        changes = changes_of(news, self._library)
        try:
            if changes.folders:
                server.tell(changes, PurePosixPath(self._library))
        except ShantyError as error:
            self._failures[news.server] = min(failures + 1, 20)
            logger.warning("a media server was not told, and is told later: %s", error)
            return
        self._failures.pop(news.server, None)
        self._catalog.library_news.told(news)
        if changes.folders:
            logger.info("told %s of %d changed folders", server.label, len(changes.folders))


def tell_media_servers(settings: Settings, database: Database, *, is_last: bool) -> None:
    """Tell them at the end of a run. Never raises what may be expected.

    ``is_last`` is as in :meth:`MediaServers.look`.
    """
    if not settings.media_servers.urls:
        return
    try:
        MediaServers(settings, database).look(is_last=is_last)
    except ShantyError as error:
        logger.warning("no media server could be told what has changed: %s", error)


def changes_of(news: LibraryNews, library: Path) -> Changes:
    """The folders of the library in which something has changed.

    For a folder that is gone, it is the nearest one above it that is there. Hidden folders, such as
    the trash, are shown by no server.
    """
    before = {path for path, after in news.paths if path != after}
    touched = {path for both in news.paths for path in both}
    inside = {folder for path in touched if (folder := _shown_folder(path, library)) is not None}
    is_less = any(_shown_folder(path, library) is not None for path in before)
    return Changes.of({_nearest(folder, library) for folder in inside}, is_less=is_less)


def _shown_folder(path: Path, library: Path) -> PurePosixPath | None:
    try:
        folder = path.relative_to(library).parent
    except ValueError:
        return None
    if any(part.startswith(".") for part in folder.parts):
        return None
    return PurePosixPath(folder)


def _nearest(folder: PurePosixPath, library: Path) -> PurePosixPath:
    while folder.name and not (library / folder).is_dir():
        folder = folder.parent
    return folder


def _key(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:16]
