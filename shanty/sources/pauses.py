"""How long a source is left alone, by the reason and by how often it has happened in a row.

Pure: refuses to know the state of any source.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from shanty.sources.circuit_names import is_local

ASKED, AWAY, REFUSING = "asked", "away", "refusing"
"""Why a source is left alone: it asked us to wait, it cannot be reached, or it refuses all."""

LONGEST_LOCAL_SECONDS = 5 * 60.0
"""Looking whether the disk has room again annoys nobody, so it is done often."""
LONGEST_AWAY_SECONDS = 2 * 60.0
"""Trying a source that cannot be reached annoys nobody, and work goes on soon after it is back."""
FIRST_UNASKED_SECONDS = 15.0
SUCCESSES_TO_FULL_PACE = 10
SLOWEST = 8.0
"""The first request after a probe waits this many times as long as usual."""
_JITTER = 0.1


@dataclass(frozen=True, slots=True)
class PausePolicy:
    """How long a source is left alone if it does not say so itself: doubled each time, capped."""

    first_seconds: float = 60.0
    cap_seconds: float = 3600.0

    def pause_seconds(
        self,
        name: str,
        kind: str,
        times: int,
        asked_seconds: float | None,
        rng: random.Random,
    ) -> float:
        """The seconds of the ``times``-th pause in a row.

        ``asked_seconds`` is what the source itself has asked for.
        """
        first, cap = self.first_seconds, self.cap_seconds
        if kind != ASKED:
            first = min(first, FIRST_UNASKED_SECONDS)
        if is_local(name):
            cap = min(cap, LONGEST_LOCAL_SECONDS)
        if kind == AWAY:
            cap = min(cap, LONGEST_AWAY_SECONDS)
        seconds = min(first * 2.0 ** min(times - 1, 30), cap) * (1 + _JITTER * rng.random())
        if asked_seconds is None:
            return seconds
        asked = max(1.0, asked_seconds)
        # We waited as told and were refused again: the server's Retry-After was too short.
        return asked if times == 1 else max(asked, seconds)


def slowness(successes_missing: int) -> float:
    """How many times as long as usual a source's requests wait, by what its full pace lacks."""
    return max(1.0, SLOWEST * successes_missing / SUCCESSES_TO_FULL_PACE)
