"""For how long a source is left alone, by why that is and how often it has happened.

Pure: refuses to know how things stand with any source.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from shanty.sources.circuit_names import is_local

ASKED, AWAY, REFUSING = "asked", "away", "refusing"
"""Why a source is left alone: it asked us to wait, there is no way to it, or it refuses all."""

LONGEST_LOCAL_SECONDS = 5 * 60.0
"""To look whether the disk has room again annoys nobody."""
LONGEST_AWAY_SECONDS = 2 * 60.0
"""Nor does it annoy a source that cannot be reached, and work goes on soon after it is back."""
FIRST_UNASKED_SECONDS = 15.0
_JITTER = 0.1


@dataclass(frozen=True, slots=True)
class PausePolicy:
    """For how long a source is left alone that does not say so: doubled each time, and capped."""

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
        """How long the pause is that is the ``times``-th in a row.

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
