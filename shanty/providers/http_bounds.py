"""The bounds of one request: how long it may take, how slow and how large its answer may be.

Owns the sockets that requests are sent over. A socket's own time-out is one per read: a server that
sends a byte now and then, or one header after the other, satisfies it for ever. So each read here
is given what is left of the whole request, and what comes is counted.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

# Beside what is asked for: status lines, headers, the sizes of chunks.
_OVERHEAD_BYTES = 1024 * 1024


class BrokenBoundError(TimeoutError):
    """A bound was broken; the message says which, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a request may take.

    ``answer_seconds`` is until the headers are there, from looking up the name on, for each
    redirect anew; ``total_seconds`` is for all. While a body comes, ``min_bytes_per_second`` holds
    over each ``stall_seconds`` of waiting.
    """

    total_seconds: float = 300.0
    answer_seconds: float = 40.0
    stall_seconds: float = 20.0
    min_bytes_per_second: float = 1024.0


@dataclass(slots=True)
class Spending:
    """What a request has spent of its bounds. ``broken`` says which it broke, or is empty."""

    bounds: Bounds
    max_bytes: int
    clock: Callable[[], float] = time.monotonic
    broken: str = ""
    _ends_at: float = 0.0
    _answer_ends_at: float | None = None
    _bytes: int = 0
    _window_bytes: int = 0
    _window_seconds: float = 0.0

    def __post_init__(self) -> None:
        self._ends_at = self.clock() + self.bounds.total_seconds
        self.begin_answer()

    def begin_answer(self) -> None:
        """From now on headers are waited for."""
        self._answer_ends_at = self.clock() + self.bounds.answer_seconds

    def begin_body(self) -> None:
        """The headers are there: from now on the speed counts."""
        self._answer_ends_at = None
        self._window_bytes, self._window_seconds = 0, 0.0

    def left_seconds(self) -> float:
        """How long it may be waited now.

        Raises:
            BrokenBoundError: no longer.
        """
        now = self.clock()
        left = self._ends_at - now
        if self._answer_ends_at is not None:
            left = min(left, self._answer_ends_at - now)
        else:
            left = min(left, self.bounds.stall_seconds)
        if left <= 0:
            self._break("it does not answer in time")
        return left

    def note(self, read_bytes: int, waited_seconds: float) -> None:
        """Count what came, and after how long.

        Raises:
            BrokenBoundError: it was too little for so long, or too much.
        """
        self._bytes += read_bytes
        if self._bytes > self.max_bytes + _OVERHEAD_BYTES:
            self._break(f"it sends more than {self.max_bytes} bytes")
        if self._answer_ends_at is not None:
            return
        self._window_bytes += read_bytes
        self._window_seconds += waited_seconds
        if self._window_seconds < self.bounds.stall_seconds:
            return
        if self._window_bytes < self.bounds.min_bytes_per_second * self._window_seconds:
            seconds = self._window_seconds
            self._break(f"it sends next to nothing: {self._window_bytes} bytes in {seconds:.0f} s")
        self._window_bytes, self._window_seconds = 0, 0.0

    def _break(self, why: str) -> None:
        self.broken = self.broken or why
        raise BrokenBoundError(why)


_current: ContextVar[Spending | None] = ContextVar("spending", default=None)


def current_spending() -> Spending | None:
    """What the request that is under way in this thread spends."""
    return _current.get()


@contextmanager
def spending_of(bounds: Bounds, max_bytes: int) -> Iterator[Spending]:
    """A block in which one request is made, with all its redirects, within bounds."""
    spending = Spending(bounds, max_bytes)
    token = _current.set(spending)
    try:
        yield spending
    finally:
        _current.reset(token)


class _Bounded(socket.socket):
    """Reads and writes in what is left of the request. What it waits for counts."""

    def recv_into(self, buffer: Any, *options: Any) -> int:
        spending = _current.get()
        if spending is None:
            return super().recv_into(buffer, *options)
        self.settimeout(spending.left_seconds())
        began = spending.clock()
        size = 0
        try:
            size = super().recv_into(buffer, *options)
        except TimeoutError:
            spending.left_seconds()
            spending.broken = spending.broken or "it stopped sending"
            raise
        finally:
            spending.note(size, spending.clock() - began)
        return size

    def sendall(self, data: Any, flags: int = 0) -> None:
        spending = _current.get()
        if spending is not None:
            self.settimeout(spending.left_seconds())
        super().sendall(data, flags)


class BoundedSocket(_Bounded):
    """A connection within bounds."""


class BoundedTLSSocket(_Bounded, ssl.SSLSocket):
    """The same, encrypted."""
