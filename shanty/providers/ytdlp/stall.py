"""Watches yt-dlp while it works: tells it to stop, cuts it if it stalls, leaves it if it hangs.

Owns every bound on waiting for a site. yt-dlp's own bound is the socket's time-out, and a single
byte now and then satisfies that for ever, because yt-dlp waits for whole blocks. So answers are
read here in the pieces in which they come, and each piece is a sign of life. A program that yt-dlp
waits for counts as a sign of life as long as it makes progress; then it is ended. If nothing gives
a sign, as with an extractor that loops, Python cannot end the work. Its thread is left behind, and
does nothing more if it wakes up.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from shanty.errors import TransientError
from shanty.providers.ytdlp.programs import Programs, current_programs
from shanty.work_limit import ThreadedWork, is_given_up

logger = logging.getLogger(__name__)

T = TypeVar("T")

STALL_SECONDS = 30.0
MIN_BYTES_PER_SECOND = 1024.0
HUNG_SECONDS = 600.0
MOST_PAGE_BYTES = 64 * 1024 * 1024
"""The size limit of an answer that is not part of a file."""
_LOOK_UP_SECONDS = 0.5
_PIECE_BYTES = 256 * 1024


class StoppedError(TransientError):
    """The download was given up because ``should_stop`` said so. Its part is kept for the next."""


class StalledError(TransientError):
    """The site all but stopped sending."""

    is_of_source = True


class HungError(TransientError):
    """There was no sign of life for so long that the thread was left behind."""

    is_of_source = True  # more often an extractor that loops over a page than this machine


class StallGuard:
    """The bounds of one search or download, and the time of its last sign of life.

    ``min_bytes_per_second`` is the least average speed over each ``stall_seconds`` of waiting for
    an answer; shorter waits are not judged. With 0, no speed is asked for, and only silence is a
    stall.
    """

    def __init__(
        self,
        *,
        stall_seconds: float = STALL_SECONDS,
        min_bytes_per_second: float = MIN_BYTES_PER_SECOND,
        hung_seconds: float = HUNG_SECONDS,
        should_stop: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.stall_seconds = stall_seconds
        self.hung_seconds = hung_seconds
        self.clock = clock
        self._min_bytes_per_second = min_bytes_per_second
        self._should_stop = should_stop
        self._heard_at = clock()
        self._is_left_behind = threading.Event()
        self._programs = Programs()

    def hear(self) -> None:
        """Note a sign of life.

        Raises:
            StoppedError: the work is to stop.
        """
        if self.is_to_stop():
            raise StoppedError("the download was given up: it is no longer ours to do")

    def is_to_stop(self) -> bool:
        """Whether the work is to stop. The question itself is a sign of life."""
        self._heard_at = self.clock()
        return self._is_left_behind.is_set() or is_given_up() or self._should_stop()

    def judge_speed(self, read_bytes: int, waited_seconds: float) -> bool:
        """Judge the bytes that came in ``waited_seconds``; False if that is too short to tell.

        Raises:
            StalledError: too few bytes came.
        """
        if waited_seconds < self.stall_seconds:
            return False
        if read_bytes < self._min_bytes_per_second * waited_seconds:
            raise StalledError(
                f"the download stalled: {read_bytes} bytes came in {waited_seconds:.0f} s"
            )
        return True

    def run(self, work: Callable[[], T]) -> T:
        """Do the work in a thread of its own; returns or raises what the work does.

        Raises:
            HungError: the work gave no sign of life for ``hung_seconds``.
        """

        def work_with_programs() -> T:
            current_programs.set(self._programs)
            return work()

        self._heard_at = self.clock()
        threaded = ThreadedWork(work_with_programs, "yt-dlp")
        while not threaded.has_ended.wait(_LOOK_UP_SECONDS):
            if self._programs.look():
                self._heard_at = self.clock()
                if is_given_up() or self._should_stop():
                    self._programs.end()
            silent_seconds = self.clock() - self._heard_at
            if silent_seconds > self.hung_seconds and not threaded.has_ended.is_set():
                self._is_left_behind.set()
                self._programs.end()
                raise HungError(f"yt-dlp gave no sign of life for {silent_seconds:.0f} s")
        return threaded.take()


class GuardedBody:
    """The body of an answer, read as it comes, in place of the file that yt-dlp would read."""

    def __init__(self, body: Any, guard: StallGuard, most_bytes: int | None = None):
        self._left_bytes = most_bytes
        self._body = body
        self._guard = guard
        self._error: Exception | None = None
        self._read_bytes = 0
        self._waited_seconds = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)

    def read(self, amount: int | None = None, **options: Any) -> bytes:
        """Read up to ``amount`` bytes, fewer if they take longer; ``b""`` at the end."""
        if self._error is not None:
            raise self._error
        pieces: list[bytes] = []
        left = amount
        until = self._guard.clock() + _LOOK_UP_SECONDS
        while left is None or left > 0:
            try:
                piece = self._read_piece(_PIECE_BYTES if left is None else left, options)
            except Exception as error:
                if not pieces:
                    raise
                self._error = error  # the bytes before the error are handed over first
                break
            if not piece:
                break
            pieces.append(piece)
            if left is not None:
                left -= len(piece)
                if self._guard.clock() >= until:
                    break
        return b"".join(pieces)

    def _read_piece(self, most: int, options: dict[str, Any]) -> bytes:
        read = getattr(self._body, "read1", None) or self._body.read
        # Only the time of waiting counts: a cap on our own speed must not look like a slow site.
        began = self._guard.clock()
        piece: bytes = read(min(most, _PIECE_BYTES), **options) or b""
        self._waited_seconds += self._guard.clock() - began
        self._read_bytes += len(piece)
        self._guard.hear()
        if self._left_bytes is not None:
            self._left_bytes -= len(piece)
            if self._left_bytes < 0:
                raise StalledError("the site sends a page that does not end")
        if piece and self._guard.judge_speed(self._read_bytes, self._waited_seconds):
            self._read_bytes, self._waited_seconds = 0, 0.0
        return piece
