"""The bounds of one request: how long it may take, how slow and how large its answer may be.

Owns the sockets that requests are sent over. A socket's own time-out is for each read: a server
that sends a byte now and then, or one header after the other, can keep us for ever. So each read
here gets the time that is left of the whole request, and the bytes are counted.
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

# An allowance beside the body: status lines, headers, the sizes of chunks.
_OVERHEAD_BYTES = 1024 * 1024


class BrokenBoundError(TimeoutError):
    """A bound was broken; the message says which, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a request may take.

    ``answer_seconds`` is the time from the name lookup to the headers, anew for each redirect.
    ``total_seconds`` is the time for everything. While a body comes, ``min_bytes_per_second`` must
    be reached over each ``stall_seconds`` of waiting.
    """

    total_seconds: float = 300.0
    answer_seconds: float = 40.0
    stall_seconds: float = 20.0
    min_bytes_per_second: float = 1024.0


@dataclass(slots=True)
class Spending:
    """How much of its bounds a request has spent. ``broken`` says which one it broke, if any."""

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
        """Note that we wait for headers from now on."""
        self._answer_ends_at = self.clock() + self.bounds.answer_seconds

    def begin_body(self) -> None:
        """Note that the headers are there: from now on, the speed counts."""
        self._answer_ends_at = None
        self._window_bytes, self._window_seconds = 0, 0.0

    def left_seconds(self) -> float:
        """How long the next read may wait.

        Raises:
            BrokenBoundError: no time is left.
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
        """Count the bytes that came, and the time they took.

        Raises:
            BrokenBoundError: they were too few for that time, or too many in all.
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
    """The spending of the request that is under way in this thread, if any."""
    return _current.get()


@contextmanager
def spending_of(bounds: Bounds, max_bytes: int) -> Iterator[Spending]:
    """A block for one request with all its redirects, within bounds."""
    spending = Spending(bounds, max_bytes)
    token = _current.set(spending)
    try:
        yield spending
    finally:
        _current.reset(token)


class _Bounded(socket.socket):
    """Reads and writes in the time that is left of the request, and counts bytes and waiting."""

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
