"""The programs that yt-dlp starts, such as ffmpeg and JavaScript: they are watched, and ended.

yt-dlp itself waits for them however long they take. Owns the knowledge of which ones run. A program
that reads from the network by itself is refused: nobody could tell how fast, how much and from
where.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from contextvars import ContextVar
from functools import cache
from typing import Any

from shanty.errors import BadCandidateError
from shanty.providers.child_process import STALL_SECONDS, Pace, end_group

# Alone, or behind a protocol of ffmpeg that takes another's address: ``concat:http://…|http://…``.
_ADDRESS = re.compile(r"(?:^|[:|,])(?!file:)[a-z][a-z0-9+.-]+://", re.IGNORECASE)


class Programs:
    """The programs of one search or download. One thread starts them, another one watches."""

    def __init__(self, stall_seconds: float = STALL_SECONDS) -> None:
        self._stall_seconds = stall_seconds
        self._running: list[tuple[subprocess.Popen[Any], Pace]] = []

    def adopt(self, process: subprocess.Popen[Any]) -> None:
        """Look after a program from now on. It must lead a process group."""
        self._running.append((process, Pace(process.pid)))

    def look(self) -> bool:
        """Whether a program is at work. A program without progress for too long is ended."""
        is_at_work = False
        for process, pace in self._live():
            if pace.idle_seconds() > self._stall_seconds:
                end_group(process.pid)
            else:
                is_at_work = True
        return is_at_work

    def end(self) -> None:
        """End all programs."""
        for process, _ in self._live():
            end_group(process.pid)

    def _live(self) -> list[tuple[subprocess.Popen[Any], Pace]]:
        self._running = [one for one in self._running if one[0].poll() is None]
        return self._running


current_programs: ContextVar[Programs | None] = ContextVar("programs", default=None)
"""The programs to which those started in this context are added."""


@cache
def adopt_programs() -> None:
    """Add every program that yt-dlp starts to the :class:`Programs` of its download."""
    from yt_dlp.utils import Popen

    start = Popen.__init__

    def start_known(self: Any, args: Any, *more: Any, **options: Any) -> None:
        programs = current_programs.get()
        if programs is None:
            start(self, args, *more, **options)
            return
        _refuse_addresses([args] if isinstance(args, str) else args)
        start(self, args, *more, **{**options, "start_new_session": True})
        programs.adopt(self)

    Popen.__init__ = start_known


def _refuse_addresses(arguments: Iterable[Any]) -> None:
    if any(_ADDRESS.search(str(one)) for one in arguments):
        raise BadCandidateError("it can only be had by a program that nobody could look after")
