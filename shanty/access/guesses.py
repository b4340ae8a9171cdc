"""How often somebody may guess wrong.

Whoever has the secret never waits: nobody can guess it, and it is checked first. A password can be
guessed. So after some wrong guesses from one place, each further guess waits before it is checked,
and only a few may wait. Knows nothing of HTTP. Its memory is bounded, however many guess.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

FREE_GUESSES = 10
SECONDS_PER_GUESS = 2.0
MAX_PLACES = 1024
MAX_WAITING = 8
_ELSEWHERE = "elsewhere"


@dataclass(slots=True)
class _Count:
    wrong: float
    at: float


class Guesses:
    """Counts wrong guesses by where they come from. With time, they are forgotten one by one."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._counts: OrderedDict[str, _Count] = OrderedDict()
        self._waiting = 0

    async def take_turn(self, client: str) -> bool:
        """Wait until a client's guess may be checked; False if too many wait already."""
        count = self._counts.get(self._place(client))
        if count is None or self._left(count) < FREE_GUESSES:
            return True
        if self._waiting >= MAX_WAITING:
            return False
        self._waiting += 1
        try:
            await asyncio.sleep(SECONDS_PER_GUESS)
        finally:
            self._waiting -= 1
        return True

    def add(self, client: str) -> None:
        """Count a wrong guess."""
        place = self._place(client)
        now = self._clock()
        count = self._counts.pop(place, None)
        wrong = self._left(count) if count is not None else 0.0
        self._counts[place] = _Count(min(wrong + 1, FREE_GUESSES + 1), now)

    def _left(self, count: _Count) -> float:
        return max(0.0, count.wrong - (self._clock() - count.at) / SECONDS_PER_GUESS)

    def _place(self, client: str) -> str:
        """The key under which a client is counted: one machine has a whole IPv6 network (/64)."""
        try:
            address = ip_address(client)
            if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
                client = str(ip_network((int(address), 64), strict=False))
        except ValueError:
            client = _ELSEWHERE
        if client in self._counts or len(self._counts) < MAX_PLACES:
            return client
        # The place that guessed longest ago makes room if its guesses are forgotten. If not, all
        # further places share one count.
        oldest, count = next(iter(self._counts.items()))
        if self._left(count) > 0:
            return _ELSEWHERE
        del self._counts[oldest]
        return client
