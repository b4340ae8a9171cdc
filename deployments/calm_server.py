"""A uvicorn server that sleeps: it wakes once a second, where uvicorn's own wakes ten times.

Owns when the server looks whether it is to end. It ends at once when it is told to.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress

import uvicorn

_TURN_SECONDS = 1.0
"""How often the server's clock, which answers show, is set."""


class CalmServer(uvicorn.Server):
    """uvicorn's server. Set ``should_exit`` from any thread, or in a signal handler, to end it."""

    def __init__(self, config: uvicorn.Config):
        self._is_to_end = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken: asyncio.Event | None = None
        super().__init__(config)

    @property
    def should_exit(self) -> bool:
        """Whether the server is to end."""
        return self._is_to_end.is_set()

    @should_exit.setter
    def should_exit(self, is_to_end: bool) -> None:
        if not is_to_end:
            self._is_to_end.clear()
            return
        self._is_to_end.set()
        if self._loop is not None and self._woken is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)

    async def main_loop(self) -> None:
        """Serve until told to end."""
        self._woken, self._loop = asyncio.Event(), asyncio.get_running_loop()
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), _TURN_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End within bounds; at once if nobody is connected."""
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
            return
        for server in self.servers:
            server.close()
        for one in sockets or []:
            one.close()
        if not self.force_exit:
            await self.lifespan.shutdown()
