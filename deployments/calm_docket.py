"""The worker of the server's own queue of tasks, which sleeps while there is none.

Docket's own is made for queues that many machines share over a network: it looks for tasks, and
says that it is alive, several times a second. Here the queue and its worker live in the server's
process. A new task wakes the worker at once. Imports Docket: for the server's process alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from docket import Docket, Worker

_IN_HAND = timedelta(seconds=1)
_AT_REST = timedelta(seconds=30)
_RESOLUTION = timedelta(seconds=2)
"""How much later than planned a task may begin: the server's services begin every 5 s or more."""
_HEARTBEAT = timedelta(seconds=60)
_BEGIN = timedelta(seconds=2)
"""How long after its start the server's services begin: all at once, they keep its first client
waiting, which is a run that wants to begin."""


class CalmWorker(Worker):
    """Docket's worker, at the pace of a home."""

    def __init__(self, docket: Docket, **given: Any):
        docket.heartbeat_interval = _HEARTBEAT  # read by nobody but this worker
        super().__init__(docket, scheduling_resolution=_RESOLUTION, **given)

    @property
    def minimum_check_interval(self) -> timedelta:
        """How long to wait for a new task before looking after those that are in hand."""
        return _IN_HAND if self._tasks_by_key else _AT_REST

    @minimum_check_interval.setter
    def minimum_check_interval(self, _: timedelta) -> None:
        """Docket sets its own."""

    async def _cancellation_listener(self) -> None:
        """Wait for the end. The server never cancels a task of its queue.

        Docket listens for that in a thread, which it starts anew ten times a second.
        """
        session = self._processing_session
        if session is not None:
            session.cancellation_ready.set()
            await session.stopping.wait()


def begin_later(begin: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """What begins the server's services, so that they begin a moment later."""

    async def begin_services(docket: Docket, **given: Any) -> None:
        await begin(_LaterDocket(docket), **given)

    return begin_services


class _LaterDocket:
    """A docket whose new tasks are due in a moment."""

    def __init__(self, docket: Docket):
        self._docket = docket
        self.register = docket.register

    def add(self, function: Any, key: str) -> Any:
        return self._docket.add(function, when=datetime.now(UTC) + _BEGIN, key=key)
