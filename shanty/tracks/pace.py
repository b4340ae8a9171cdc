"""How fast tracks come, and how large they are: as of late, or else by the settings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise

from shanty.catalog import Catalog
from shanty.clock import utc_now
from shanty.config.settings import Settings
from shanty.sources.states import SourceState

_PAUSE = timedelta(minutes=2)
_RECENT = timedelta(minutes=15)
_LEAST_FILED = 5
_LEAST_SECONDS = 2.0
# Bytes per second of music in each format of `download.format`, if nothing of ours can be measured.
# What sites have is lossy, at 130 to 160 kbit/s.
_USUAL_RATES = {"best": 18_000, "opus": 20_000, "m4a": 18_000, "mp3": 31_000, "flac": 110_000}


def seconds_per_track(
    settings: Settings,
    catalog: Catalog,
    sources: Iterable[SourceState] = (),
    now: datetime | None = None,
) -> float:
    """How long one track takes: as of late, if some were filed, else by the settings.

    The settings let a download begin after one to two intervals, or later if the source is slow.
    """
    filed = catalog.files.filed_lately(40)
    stretch = [
        (after - before).total_seconds()
        for before, after in pairwise(filed)
        if after - before <= _PAUSE
    ]
    if len(stretch) >= _LEAST_FILED and (now or utc_now()) - filed[-1] <= _RECENT:
        return sum(stretch) / len(stretch)
    slowness = max((source.slowness for source in sources), default=1.0)
    interval = settings.download.interval.total_seconds() * 1.5 * slowness
    return max(interval, _LEAST_SECONDS)


def bytes_per_second(settings: Settings, catalog: Catalog) -> float:
    """How much room a second of music takes: as in the files filed of late, else as is usual."""
    measured = catalog.files.measure_lately(200)
    seconds = sum(one.duration_seconds for one in measured)
    if len(measured) >= _LEAST_FILED and seconds > 0:
        return sum(one.size_bytes for one in measured) / seconds
    return _USUAL_RATES[settings.download.format]
