"""Times: the present, asked here and nowhere else, and how people say a moment and a span."""

from __future__ import annotations

from datetime import UTC, datetime

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def utc_now() -> datetime:
    """The present time, aware, in UTC."""
    return datetime.now(UTC)


def describe_moment(at: datetime, now: datetime | None = None) -> str:
    """A moment as people say it: ``in 5 min``, ``3 h ago``, ``now``."""
    seconds = (at - (now or utc_now())).total_seconds()
    for size, unit in _UNITS:
        if abs(seconds) >= size:
            text = f"{int(abs(seconds) // size)} {unit}"
            return f"in {text}" if seconds > 0 else f"{text} ago"
    return "now"


def describe_span(seconds: float) -> str:
    """A span as people say it, in the two largest units: ``9 s``, ``3 min 24 s``, ``2 d 5 h``."""
    left, parts = round(max(0.0, seconds)), []
    for size, unit in _UNITS:
        number, left = divmod(left, size)
        if number:
            parts.append(f"{number} {unit}")
        if len(parts) == 2 or (parts and not number):
            break
    return " ".join(parts) or "0 s"
