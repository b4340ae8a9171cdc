"""The name of this machine's time zone, such as ``Europe/Berlin``.

The system's clock decides what local time is, so a schedule with a zone's name must mean the same
hours. ``TZ`` may hold a rule instead of a name (``CET-1CEST,M3.5.0,M10.5.0/3``), and
``/etc/localtime`` may be a copy that does not say its name. Then the name is found by comparing
hours.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from tzlocal import get_localzone_name

_YEARS_AHEAD = 3
_HOUR, _DAY = 3600, 86_400
# Zone names that Prefect does not know, or that count leap seconds.
_NO_NAMES = ("posix/", "right/", "localtime", "Factory", "posixrules")
# The beginning of a rule: a name and an offset. https://man7.org/linux/man-pages/man3/tzset.3.html
_RULE = re.compile(
    r"(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)[+-]?\d{1,3}(?::\d\d?){0,2}(?:[A-Za-z<].*)?"
)


def find_local_zone(now: float | None = None) -> str | None:
    """A name of this machine's zone, judged by its clock's hours for the next three years.

    None if no zone has these hours, because ``TZ`` is a rule that is in force nowhere.
    """
    return _find(os.environ.get("TZ"), int(time.time() if now is None else now) // _DAY)


@lru_cache(maxsize=4)
def _find(variable: str | None, day: int) -> str | None:
    begin = day * _DAY
    changes = list(_changes(begin, begin + _YEARS_AHEAD * 365 * _DAY))
    names = {name for name in available_timezones() if not name.startswith(_NO_NAMES)}
    for name in chain(_likely_names(variable), _by_likeness(names)):
        if name in names and _agrees(ZoneInfo(name), begin, changes):
            return name
    return None


def is_known_zone(variable: str) -> bool:
    """Whether the system understands a ``TZ``. It takes one that it does not know for UTC."""
    name = variable.removeprefix(":")
    if not name or _RULE.fullmatch(name):
        return True
    try:
        if Path(name).is_absolute():
            return Path(name).is_file()
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _likely_names(variable: str | None) -> Iterator[str]:
    if variable:
        yield variable.removeprefix(":")
    with suppress(LookupError, ValueError, OSError):  # the system's files may contradict each other
        yield get_localzone_name()
    yield time.tzname[0]


def _by_likeness(names: set[str]) -> Iterator[str]:
    """The names; zones whose abbreviations are those of this machine's clock come first."""
    midwinter, midsummer = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 7))

    def is_other(name: str) -> bool:
        zone = ZoneInfo(name)
        called = {at.astimezone(zone).tzname() for at in (midwinter, midsummer)}
        return not called <= set(time.tzname)

    yield from sorted(names, key=lambda name: (is_other(name), name))


def _changes(begin: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Each change of the system's clock: the moment, the offset before, and the offset after."""
    before = _offset(begin)
    for at in range(begin + _HOUR, end, _HOUR):
        after = _offset(at)
        if after != before:
            yield _moment(at - _HOUR, at, before), before, after
            before = after


def _moment(low: int, high: int, before: int) -> int:
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(middle) == before else (low, middle)
    return high


def _agrees(zone: ZoneInfo, begin: int, changes: list[tuple[int, int, int]]) -> bool:
    """Whether a zone has the system's hours, at each change and on every day in between."""
    if any(
        (_offset_in(zone, at - 1), _offset_in(zone, at)) != (before, after)
        for at, before, after in changes
    ):
        return False
    days = range(begin, begin + _YEARS_AHEAD * 365 * _DAY, _DAY)
    return all(_offset_in(zone, at) == _offset(at) for at in days)


def _offset(at: int) -> int:
    return time.localtime(at).tm_gmtoff


def _offset_in(zone: ZoneInfo, at: int) -> int:
    offset = datetime.fromtimestamp(at, zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())
