"""How long to wait before a fruitless look is repeated: longer each time, and for ever.

Computes only. Refuses to know what is looked at.
"""

from __future__ import annotations

import zlib
from datetime import timedelta

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEEK, MONTH = 7 * DAY, 30 * DAY

Distances = tuple[timedelta, ...]

NOT_FOUND: Distances = (DAY, 3 * DAY, WEEK, MONTH)
"""For a track that was not found or waits for a person: new uploads may come."""
PASSING: Distances = (HOUR, 6 * HOUR, *NOT_FOUND)
"""For something that exists but could not be fetched."""
REJECTED: Distances = (MONTH,)
"""For a track of which a person has rejected every candidate."""
PICTURES: Distances = (3 * DAY, WEEK, MONTH)
LYRICS: Distances = (2 * WEEK, MONTH)
GONE: Distances = (DAY, 3 * DAY, WEEK, MONTH)
"""For a release group that MusicBrainz no longer has, or whose tracklist it does not know."""

_SPREAD = 0.1


def find_distance(times: int, distances: Distances, seed: str) -> timedelta:
    """Return the wait after the ``times``-th time in a row; the last wait repeats for ever.

    It is up to a tenth shorter, by chance, but always the same for one ``seed``. So things that
    failed together do not come back together.
    """
    longest = distances[min(max(times, 1), len(distances)) - 1]
    return longest * (1 - _SPREAD * zlib.crc32(seed.encode()) / 2**32)
