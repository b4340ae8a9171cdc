"""What happens after an error: a pure function of error, attempt, policy, clock and chance.

Owns backoff and the meaning of each class of error. Refuses to know the queue: the caller turns
the decision into a transition.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from shanty.errors import (
    BadCandidateError,
    PermanentError,
    ReviewError,
    StageError,
    UndeliveredError,
    WaitError,
)

_LONGEST_FOR_ONE_SECONDS = 60.0
"""One thing that is refused alone never waits for longer, whatever the answer says."""
_LARGEST_EXPONENT = 30  # far above any cap; keeps absurd attempt numbers from overflowing


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long to wait, in seconds. ``jitter`` is the largest share that is added by chance."""

    base_seconds: float = 15.0
    cap_seconds: float = 6 * 3600.0
    snooze_seconds: float = 5 * 60.0
    jitter: float = 0.10


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Try this item again, not before ``at``."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Snooze:
    """Try again, not before ``until``; the attempt does not count."""

    until: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The item has failed. ``error_class`` tells a useless try from the last of too many."""

    error_class: str


@dataclass(frozen=True, slots=True)
class AnotherCandidate:
    """Reject the candidate and take the next-best at once."""


@dataclass(frozen=True, slots=True)
class Park:
    """A person has to decide."""


Decision = RetryAt | Snooze | GiveUp | AnotherCandidate | Park


def decide(
    error: BaseException,
    attempt: int,
    max_attempts: int,
    policy: RetryPolicy,
    now: datetime,
    rng: random.Random,
) -> Decision:
    """Say what to do about an error.

    ``attempt`` counts from 1 and includes the one that has just ended in ``error``. An exception
    that is not a :class:`StageError` is transient. The delay before the next attempt is
    15 s + 2ⁿ s, capped (the curve is Oban's). Up to a tenth is added, so that items that failed
    together do not come back together.
    """
    if isinstance(error, WaitError):
        return Snooze(_snooze_until(error, policy, now, rng))
    if isinstance(error, UndeliveredError) and error.is_free:
        again_at = now + _with_jitter(_backoff_seconds(error.tries, policy), policy, rng)
        # Nobody knows yet whether the source means this one thing or all: asking again tells.
        latest = now + timedelta(seconds=_LONGEST_FOR_ONE_SECONDS)
        return Snooze(max(again_at, min(error.retry_at or again_at, latest)))
    if isinstance(error, BadCandidateError):
        return AnotherCandidate()
    if isinstance(error, ReviewError):
        return Park()
    error_class = error.error_class if isinstance(error, StageError) else StageError.error_class
    if isinstance(error, PermanentError) or attempt >= max_attempts:
        return GiveUp(error_class)
    return RetryAt(now + _with_jitter(_backoff_seconds(attempt, policy), policy, rng))


def _backoff_seconds(attempt: int, policy: RetryPolicy) -> float:
    return min(policy.base_seconds + 2.0 ** min(attempt, _LARGEST_EXPONENT), policy.cap_seconds)


def _snooze_until(
    error: WaitError, policy: RetryPolicy, now: datetime, rng: random.Random
) -> datetime:
    if error.retry_at is None:
        return now + _with_jitter(policy.snooze_seconds, policy, rng)
    # A time that has passed, or is very near, must not become a loop that costs no attempts.
    return max(error.retry_at, now + timedelta(seconds=policy.base_seconds))


def _with_jitter(seconds: float, policy: RetryPolicy, rng: random.Random) -> timedelta:
    return timedelta(seconds=seconds * (1 + policy.jitter * rng.random()))
