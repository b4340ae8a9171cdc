"""How long a piece of work may go on, and what it must not do any more once it was given up.

A thread cannot be ended from outside, in Python. So work is done in a thread of its own that is
left behind when its time is up. What is left behind must not touch anything once it wakes up:
whatever cannot be undone is preceded by :func:`require_wanted`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from typing import Any, TypeVar

from shanty.errors import LeaseLostError, TransientError

T = TypeVar("T")

_LOOK_UP_SECONDS = 0.5


class OverdueError(TransientError):
    """The work was given up: it came to nothing for too long, or did not end."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How long work may go on without getting on, and in all."""

    silent_seconds: float
    total_seconds: float


class _Work:
    """A piece of work under way: when it last got on, and whether it was given up."""

    def __init__(self) -> None:
        self.steps = 0
        self.is_given_up = threading.Event()


_current: ContextVar[_Work | None] = ContextVar("work", default=None)


def get_on() -> None:
    """Note that the work at hand gets on: bytes have come, or a stretch of sound is decoded."""
    work = _current.get()
    if work is not None:
        work.steps += 1


def is_given_up() -> bool:
    """Whether nobody waits for the work at hand any more."""
    work = _current.get()
    return work is not None and work.is_given_up.is_set()


def require_wanted() -> None:
    """Go on only if somebody still waits for the work at hand.

    Raises:
        LeaseLostError: it was given up, and may be done anew by somebody else.
    """
    if is_given_up():
        raise LeaseLostError("this took too long and was given up: it is no longer ours to do")


def run_limited(work: Callable[[], T], limit: Limit, name: str) -> T:
    """Do the work, in a thread of its own; returns or raises what it does.

    A time in which this process did not run counts for a moment: it was not the work's fault.

    Raises:
        OverdueError: it goes beyond its limit. The thread is left behind.
    """
    state = _Work()
    outcome: list[tuple[bool, Any]] = []
    context = copy_context()
    has_ended = threading.Event()

    def note_outcome() -> None:
        try:
            _current.set(state)
            outcome.append((True, work()))
        except BaseException as error:
            outcome.append((False, error))
        finally:
            has_ended.set()

    threading.Thread(target=context.run, args=(note_outcome,), name=name, daemon=True).start()
    silent_seconds = total_seconds = 0.0
    steps, looked_at = 0, time.monotonic()
    while not has_ended.wait(_LOOK_UP_SECONDS):
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
    has_succeeded, result = outcome.pop()
    if has_succeeded:
        value: T = result
        return value
    try:
        raise result
    finally:
        del result  # the error holds this frame: both would lie about with all that they hold


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
