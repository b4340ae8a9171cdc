"""How long it takes until what came to nothing is looked at again: longer each time, and for ever.

Pure: refuses to know what is looked at.
"""

from __future__ import annotations

import zlib
from datetime import timedelta

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEEK, MONTH = 7 * DAY, 30 * DAY

Distances = tuple[timedelta, ...]

NOT_FOUND: Distances = (DAY, 3 * DAY, WEEK, MONTH)
"""What was not found, or waits for a person: new uploads may come."""
PASSING: Distances = (HOUR, 6 * HOUR, *NOT_FOUND)
"""What could not be had, although it is there."""
REJECTED: Distances = (MONTH,)
"""What a person has looked at, and rejected all of it."""
PICTURES: Distances = (3 * DAY, WEEK, MONTH)
LYRICS: Distances = (2 * WEEK, MONTH)
GONE: Distances = (DAY, 3 * DAY, WEEK, MONTH)
"""What MusicBrainz has no longer, or whose tracklist it does not know."""

_SPREAD = 0.1


def find_distance(times: int, distances: Distances, seed: str) -> timedelta:
    """The distance after the ``times``-th time in a row; the last one is for ever.

    Up to a tenth shorter, by chance but always the same for one ``seed``: what failed together
    does not come back together.
    """
    longest = distances[min(max(times, 1), len(distances)) - 1]
    return longest * (1 - _SPREAD * zlib.crc32(seed.encode()) / 2**32)
