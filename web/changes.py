"""Tells the open pages that something has changed, so that they fetch what they show anew.

One reader looks at the database, whatever the number of pages; while no page is open, none does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress

from shanty.db import Database
from shanty.errors import ShantyError

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
REST_SECONDS = 30.0
"""After so long pages look anyway: a server's schedules and the clock are not in the database."""
TROUBLE_SECONDS = 5.0


class Changes:
    """The changes of one database, for everybody who follows them on one event loop."""

    def __init__(self, database: Database):
        self._database = database
        self._followers: set[asyncio.Event] = set()
        self._reader: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_closed = False

    async def follow(self) -> AsyncIterator[None]:
        """Yield at once, and after each change; ends when the server does."""
        news = asyncio.Event()
        news.set()
        self._followers.add(news)
        self._loop = asyncio.get_running_loop()
        if self._reader is None or self._reader.done():
            self._reader = self._loop.create_task(self._read())
        try:
            while not self._is_closed:
                with suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), REST_SECONDS)
                news.clear()
                if not self._is_closed:
                    yield
        finally:
            self._followers.discard(news)
            if not self._followers:
                self._reader.cancel()

    def announce(self) -> None:
        """Something has changed that is not in the database. May be called by any thread."""
        with suppress(RuntimeError):  # nobody follows any longer
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._tell)

    def close(self) -> None:
        """Let everybody go, for the server is about to end. May be called by any thread."""
        self._is_closed = True
        self.announce()

    def _tell(self) -> None:
        for news in self._followers:
            news.set()

    async def _read(self) -> None:
        while True:
            try:
                await self._watch()
            except ShantyError as error:
                logger.warning("pages are not told of changes: %s", error)
                self._tell()  # they will see for themselves
            await asyncio.sleep(TROUBLE_SECONDS)

    async def _watch(self) -> None:
        # In a thread, for a database elsewhere may take its time.
        watching = self._database.watch()
        look = await asyncio.to_thread(watching.__enter__)
        try:
            seen = await asyncio.to_thread(look)
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                now = await asyncio.to_thread(look)
                if now != seen:
                    seen = now
                    self._tell()
        except BaseException as error:
            if not watching.__exit__(type(error), error, error.__traceback__):
                raise
