"""How long a process has given no sign of life, and whether that means that it hangs.

Owns the judgement. Refuses to know what a sign is (an answer, a heartbeat, a turn of a loop): the
caller looks for signs, and says whether there was one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil

LONGEST_GAP_SECONDS = 10.0
"""The most that the time between two looks counts: while a machine sleeps, nothing gives signs."""
_IDLE_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a silence may last, for an idle process and for a busy one."""

    idle_seconds: float
    busy_seconds: float


@dataclass(frozen=True, slots=True)
class Effort:
    """What a process has done so far: its CPU time, and whether it waits for a disk now."""

    cpu_seconds: float
    is_at_disk: bool = False


def read_effort(pid: int) -> Effort | None:
    """The effort of a process; None if the process is gone."""
    try:
        process = psutil.Process(pid)
        times = process.cpu_times()
        return Effort(times.user + times.system, process.status() == psutil.STATUS_DISK_SLEEP)
    except psutil.Error:
        return None


class Silence:
    """The silence of one process, counted only over time in which we looked.

    A process that is silent and does nothing hangs: it is stopped, or waits for something that
    does not come. A silent process that uses the CPU or the disk may only be busy, so it gets more
    time.
    """

    def __init__(
        self,
        patience: Patience,
        *,
        clock: Callable[[], float] = time.monotonic,
        effort_of: Callable[[int], Effort | None] = read_effort,
    ):
        self._patience = patience
        self._clock = clock
        self._effort_of = effort_of
        self._looked_at = clock()
        self._effort: Effort | None = None
        self._busy_seconds = self._quiet_seconds = 0.0
        self.seconds = 0.0

    def end(self) -> None:
        """Note that there was a sign of life."""
        self._looked_at = self._clock()
        self._effort = None
        self._busy_seconds = self._quiet_seconds = self.seconds = 0.0

    def pause(self) -> None:
        """Note that there was no sign of life, but an excuse: the time since the last look does not
        count."""
        self._looked_at = self._clock()
        self._effort = None

    def go_on(self, pid: int | None = None) -> None:
        """Note that there was no sign of life. ``pid`` is the process, if it is on this machine."""
        now = self._clock()
        gap = min(now - self._looked_at, LONGEST_GAP_SECONDS)
        self._looked_at = now
        self.seconds += gap
        before, self._effort = self._effort, None if pid is None else self._effort_of(pid)
        if before is None or self._effort is None:
            return
        busy = gap
        if not self._effort.is_at_disk:
            busy = min(gap, self._effort.cpu_seconds - before.cpu_seconds)
        self._busy_seconds += busy
        self._quiet_seconds = self._quiet_seconds + gap if busy <= _IDLE_SHARE * gap else 0.0

    @property
    def is_too_long(self) -> bool:
        """Whether the process counts as hung."""
        patience = self._patience
        is_idle = (
            self._busy_seconds <= _IDLE_SHARE * self.seconds
            # Whatever it did before: a process that is stopped right after its start was busy.
            or self._quiet_seconds >= patience.idle_seconds
        )
        return self.seconds >= (patience.idle_seconds if is_idle else patience.busy_seconds)
