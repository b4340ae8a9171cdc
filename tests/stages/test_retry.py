"""What happens after an error, in one table."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from shanty.errors import (
    BadCandidateError,
    DatabaseError,
    PermanentError,
    ReviewError,
    TransientError,
    UndeliveredError,
    WaitError,
)
from shanty.stages.retry import (
    AnotherCandidate,
    Decision,
    GiveUp,
    Park,
    RetryAt,
    RetryPolicy,
    Snooze,
    decide,
)

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
RATE_LIMITED = WaitError("rate-limited for up to an hour")
RATE_LIMITED.rest_seconds = 1800.0


class FixedChance(random.Random):
    """Always draws the same number."""

    def __init__(self, drawn: float):
        super().__init__()
        self.drawn = drawn

    def random(self) -> float:
        return self.drawn


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("error", "attempt", "chance", "expected"),
    [
        (TransientError("timeout"), 1, 0.0, RetryAt(after(17))),
        (TransientError("timeout"), 2, 0.0, RetryAt(after(19))),
        (TransientError("timeout"), 7, 0.0, RetryAt(after(143))),
        (TransientError("timeout"), 7, 0.5, RetryAt(after(143 * 1.05))),
        (TransientError("timeout"), 8, 0.0, GiveUp("transient")),
        (TransientError("timeout"), 9, 0.0, GiveUp("transient")),
        (RuntimeError("a bug"), 1, 0.0, RetryAt(after(17))),
        (RuntimeError("a bug"), 8, 0.0, GiveUp("transient")),
        (DatabaseError("busy"), 3, 0.0, RetryAt(after(23))),
        (WaitError("429"), 1, 0.0, Snooze(after(300))),
        (WaitError("429"), 1, 0.5, Snooze(after(315))),
        (WaitError("429"), 8, 0.0, Snooze(after(300))),  # however often: it costs no attempt
        (WaitError("429", retry_at=after(3600)), 8, 0.5, Snooze(after(3600))),
        (WaitError("429", retry_at=after(-60)), 1, 0.5, Snooze(after(15))),
        # One thing that is refused: it is asked for again soon, whatever the answer says.
        (UndeliveredError(RATE_LIMITED, 1), 1, 0.0, Snooze(after(17))),
        (UndeliveredError(WaitError("429", retry_at=after(40)), 1), 1, 0.0, Snooze(after(40))),
        (UndeliveredError(WaitError("429", retry_at=after(7200)), 2), 1, 0.0, Snooze(after(60))),
        (BadCandidateError("gone"), 1, 0.0, AnotherCandidate()),
        (BadCandidateError("gone"), 8, 0.0, AnotherCandidate()),
        (ReviewError("not sure"), 8, 0.0, Park()),
        (PermanentError("no candidate left"), 1, 0.0, GiveUp("permanent")),
        (PermanentError("no candidate left"), 8, 0.0, GiveUp("permanent")),
    ],
)
def test_decisions(error: Exception, attempt: int, chance: float, expected: Decision) -> None:
    assert decide(error, attempt, 8, RetryPolicy(), NOW, FixedChance(chance)) == expected


@pytest.mark.parametrize(
    ("attempt", "chance", "seconds"),
    [(14, 0.0, 16399), (15, 0.0, 21600), (15, 0.999999, 23760), (99, 0.0, 21600)],
)
def test_backoff_is_capped(attempt: int, chance: float, seconds: float) -> None:
    decision = decide(TransientError(""), attempt, 100, RetryPolicy(), NOW, FixedChance(chance))
    assert isinstance(decision, RetryAt)
    assert (decision.at - NOW).total_seconds() == pytest.approx(seconds, rel=1e-5)
