"""How long a piece of work may go on, and how it is kept from acting after it was given up.

Python cannot end a thread from outside. So each piece of work has a thread of its own, which is
left behind when its time is up. Such a thread must not change anything if it wakes up later: it
calls :func:`require_wanted` before every step that cannot be undone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar, cast

from shanty.errors import LeaseLostError, TransientError

T = TypeVar("T")

_LOOK_UP_SECONDS = 0.5


class OverdueError(TransientError):
    """The work was given up: it made no progress for too long, or did not end."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How long work may go on without progress, and in all."""

    silent_seconds: float
    total_seconds: float


class ThreadedWork(Generic[T]):
    """Work in a thread of its own: its outcome is what it returns, or the error that it raises."""

    def __init__(self, work: Callable[[], T], name: str):
        """Start the work, in the context of the caller."""
        self._work = work
        self._ended: list[tuple[T, None] | tuple[None, BaseException]] = []
        self.has_ended = threading.Event()
        run = partial(copy_context().run, self._run)
        threading.Thread(target=run, name=name, daemon=True).start()

    def _run(self) -> None:
        try:
            self._ended.append((self._work(), None))
        except BaseException as error:
            self._ended.append((None, error))
        finally:
            self.has_ended.set()

    def take(self) -> T:
        """Return or raise what the work did, once it has ended."""
        result, error = self._ended.pop()
        if error is None:
            return cast(T, result)
        try:
            raise error
        finally:
            del error  # it holds this frame: both would lie about with all that they hold


class _Work:
    """A piece of work under way: how often it has made progress, and whether it was given up."""

    def __init__(self) -> None:
        self.steps = 0
        self.is_given_up = threading.Event()


_current: ContextVar[_Work | None] = ContextVar("work", default=None)


def get_on() -> None:
    """Note that the work at hand makes progress: bytes came, or a stretch of sound is decoded."""
    work = _current.get()
    if work is not None:
        work.steps += 1


def is_given_up() -> bool:
    """Whether the work at hand was given up, so that nobody waits for it."""
    work = _current.get()
    return work is not None and work.is_given_up.is_set()


def require_wanted() -> None:
    """Go on only if somebody still waits for the work at hand.

    Raises:
        LeaseLostError: the work was given up, and another thread may do it anew.
    """
    if is_given_up():
        raise LeaseLostError("this took too long and was given up: it is no longer ours to do")


def run_limited(work: Callable[[], T], limit: Limit, name: str) -> T:
    """Do the work in a thread of its own; returns or raises what the work does.

    A time in which this whole process was stopped counts as a moment only: that is not the work's
    fault.

    Raises:
        OverdueError: the work exceeds its limit. Its thread is left behind.
    """
    state = _Work()

    def work_as_state() -> T:
        _current.set(state)
        return work()

    threaded = ThreadedWork(work_as_state, name)
    silent_seconds = total_seconds = 0.0
    steps, looked_at = 0, time.monotonic()
    while not threaded.has_ended.wait(_LOOK_UP_SECONDS):
        now = time.monotonic()
        passed, looked_at = min(now - looked_at, 2 * _LOOK_UP_SECONDS), now
        total_seconds += passed
        silent_seconds = 0.0 if state.steps != steps else silent_seconds + passed
        steps = state.steps
        if silent_seconds > limit.silent_seconds:
            why = f"it did not get on for {_minutes(limit.silent_seconds)}"
        elif total_seconds > limit.total_seconds:
            why = f"it has not ended after {_minutes(limit.total_seconds)}"
        else:
            continue
        state.is_given_up.set()
        raise OverdueError(f"{name} was given up: {why}")
    return threaded.take()


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
