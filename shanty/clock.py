"""The present: asked here and nowhere else, so that a test can set another one."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present, aware."""
    return datetime.now(UTC)
