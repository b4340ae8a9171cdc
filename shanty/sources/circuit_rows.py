"""One row of the table ``circuits``: what it says of a source at a given time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from shanty.errors import SourcePausedError
from shanty.sources.circuit_names import is_local, label_of
from shanty.sources.pauses import ASKED

OPEN, PROBING, CLOSED = "open", "probing", "closed"
HALF_OPEN = "half-open"

GONE_AFTER_SECONDS = 3600.0
"""A machine whose own circuits lapsed this long ago is taken for gone: a container that is
started anew has another identity, so nobody would close them.
"""
_CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Circuit:
    """The state of one source. ``until`` is None unless the circuit is open.

    ``successes_missing`` counts down to the full pace. If the source cannot be reached,
    ``opened_at`` says since when.
    """

    name: str
    state: str
    reason: str
    opened_at: datetime
    until: datetime | None
    times: int
    successes_missing: int
    kind: str = ASKED


def block(now: datetime, seconds: float) -> dict[str, datetime]:
    """The columns of a source that is left alone from now on."""
    return {
        "blocked_from": now - _CLOCK_TOLERANCE,
        "blocked_until": now + timedelta(seconds=seconds),
    }


def is_blocked(row: Row[Any], now: datetime) -> bool:
    """Whether the source is left alone now; a clock that was set back ends it."""
    is_it: bool = row.blocked_from <= now < row.blocked_until
    return is_it


def is_forgotten(row: Row[Any], now: datetime) -> bool:
    """Whether the row belongs to a machine that is taken for gone."""
    limit = row.blocked_until + timedelta(seconds=GONE_AFTER_SECONDS)
    return is_local(row.name) and now > limit


def paused(row: Row[Any]) -> SourcePausedError:
    """The error that whoever asks the source gets."""
    until = row.blocked_until if row.state == OPEN else None
    said = f"{label_of(row.name)} is paused: {row.reason}"
    return SourcePausedError(said, source=row.name, retry_at=until)


def to_circuit(row: Row[Any], now: datetime) -> Circuit:
    """The state that the row stands for now."""
    is_over = row.state == OPEN and not is_blocked(row, now)
    state = HALF_OPEN if is_over else row.state
    until = row.blocked_until if state == OPEN else None
    return Circuit(
        row.name,
        state,
        row.reason,
        row.opened_at,
        until,
        row.times,
        row.successes_missing,
        row.kind,
    )
