"""Programs that we run: each in a process group of its own, which is ended if it makes no progress.

Owns how ffmpeg and similar programs are waited for. Refuses to know what they are told and what
their output means. A long piece on a slow machine is no hang, so a program need not end within some
minutes. It must read on, or print something new. A program that hangs does neither.
"""

from __future__ import annotations

import atexit
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO

import psutil

from shanty.errors import TransientError
from shanty.work_limit import get_on, is_given_up

STALL_SECONDS = 120.0
"""How long a program may show no progress. A disk may have to spin up."""
MOST_BYTES = 64 * 1024 * 1024
"""How much of each output is kept: half from the beginning, half from the end."""
_LOOK_UP_SECONDS = 1.0
_END_SECONDS = 5.0
_PIECE_BYTES = 64 * 1024
# ffmpeg reports regularly, even without progress. Only a new time in the report counts.
_REPORT = re.compile(
    rb"^(?:frame|fps|stream_\S+|bitrate|total_size|out_time\w*|dup_frames|drop_frames|speed"
    rb"|progress)=.*$",
    re.MULTILINE,
)
_REPORTED_TIME = re.compile(rb"^out_time_us=(\d+)", re.MULTILINE)


class StuckProcessError(TransientError):
    """A program did nothing for so long that it was ended."""


def run_watched(
    command: Sequence[str],
    *,
    given: bytes | None = None,
    stall_seconds: float | None = None,
    most_bytes: int = MOST_BYTES,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run a program to its end, as long as it makes progress.

    ``given`` is sent to its standard input. ``environment`` is its environment; ours, if None.
    Ctrl-C at the terminal reaches us only.

    Raises:
        StuckProcessError: it did nothing for ``stall_seconds``, or nobody waits for it any longer.
        OSError: it cannot be started.
    """
    stall_seconds = STALL_SECONDS if stall_seconds is None else stall_seconds
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )
    with ended_at_last(process):
        assert process.stdout is not None
        assert process.stderr is not None
        outputs = [_Output(pipe, most_bytes) for pipe in (process.stdout, process.stderr)]
        threads = [threading.Thread(target=one.read, daemon=True) for one in outputs]
        if given is not None:
            threads.append(threading.Thread(target=_send, args=(process, given), daemon=True))
        for thread in threads:
            thread.start()
        pace = Pace(process.pid, lambda: outputs[0].said)
        while not _has_ended(process, threads[0]):
            if pace.idle_seconds() > stall_seconds or is_given_up():
                raise StuckProcessError(
                    f"{Path(command[0]).name} did nothing for {stall_seconds:.0f} s and was ended"
                )
        for thread in threads:
            thread.join(_END_SECONDS)  # bounded, because a child process may hold the pipe open
    stdout, stderr = (one.kept() for one in outputs)
    return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)


def _has_ended(process: subprocess.Popen[bytes], reader: threading.Thread) -> bool:
    """Wait a moment; returns whether a program has ended. The end of its output ends the wait."""
    reader.join(_LOOK_UP_SECONDS)
    try:
        process.wait(0 if reader.is_alive() else _LOOK_UP_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


class Pace:
    """The progress of a program, judged by what it and its children read, and by what it says.

    A time in which our own process was stopped counts as a moment only.
    """

    def __init__(self, pid: int, say: Callable[[], object] = lambda: None):
        self._pid = pid
        self._say = say
        self._seen: object = None
        self._looked_at = time.monotonic()
        self._idle_seconds = 0.0

    def idle_seconds(self) -> float:
        """How long the program has made no progress. Call this every few moments."""
        now = time.monotonic()
        self._idle_seconds += min(now - self._looked_at, 2 * _LOOK_UP_SECONDS)
        self._looked_at = now
        seen = (self._say(), _count_reads(self._pid))
        if seen != self._seen:
            self._seen, self._idle_seconds = seen, 0.0
            get_on()
        return self._idle_seconds


def _count_reads(pid: int) -> list[tuple[int, float]]:
    """How much each process of a tree has read; where that is unknown, its CPU time."""
    counted: list[tuple[int, float]] = []
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.Error):
                if hasattr(one, "io_counters"):
                    counters = one.io_counters()
                    read = getattr(counters, "read_chars", counters.read_count)
                else:
                    read = sum(one.cpu_times()[:2])
                counted.append((one.pid, read))
    return counted


class _Output:
    """What a program prints. Beginning and end are kept, and progress is noticed."""

    def __init__(self, pipe: IO[bytes], most_bytes: int):
        self.said = 0
        """Changes with all that the program says, except reports that show no progress."""
        self._pipe = pipe
        self._half = most_bytes // 2
        self._head, self._tail = bytearray(), bytearray()
        self._time = b""

    def read(self) -> None:
        """Read the output to its end."""
        with suppress(OSError, ValueError), self._pipe:
            while piece := self._pipe.read1(_PIECE_BYTES):  # type: ignore[attr-defined]
                self._notice(piece)
                room = max(0, self._half - len(self._head))
                self._head += piece[:room]
                self._tail += piece[room:]
                if len(self._tail) > 2 * self._half:
                    del self._tail[: -self._half]

    def _notice(self, piece: bytes) -> None:
        times = _REPORTED_TIME.findall(piece)
        if times and times[-1] != self._time:
            self._time = times[-1]
            self.said += 1
        elif not times and _REPORT.sub(b"", piece).strip():
            self.said += 1

    def kept(self) -> bytes:
        """The whole output, or its beginning and its last whole lines."""
        if len(self._tail) <= self._half:
            return bytes(self._head + self._tail)
        tail = self._tail[-self._half :]
        return bytes(self._head) + b"\n" + bytes(tail[tail.find(b"\n") + 1 :])


def _send(process: subprocess.Popen[bytes], given: bytes) -> None:
    assert process.stdin is not None
    with suppress(OSError), process.stdin as pipe:
        pipe.write(given)


_LIVE: set[int] = set()


@contextmanager
def ended_at_last(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """A block that a program, which leads a process group, does not outlive.

    The program does not outlive this process either, even if the process ends while a thread that
    was left behind is in the block.
    """
    _end_at_exit()
    _LIVE.add(process.pid)
    try:
        yield
    finally:
        _LIVE.discard(process.pid)
        if process.poll() is None:
            end_group(process.pid)
            with suppress(subprocess.TimeoutExpired):  # it may hang on a dead disk
                process.wait(_END_SECONDS)


@cache
def _end_at_exit() -> None:
    atexit.register(_end_all)


def _end_all() -> None:
    for pid in tuple(_LIVE):
        end_group(pid)


def end_group(pid: int) -> None:
    """End a process that leads a group, and the whole group, stopped processes too."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
