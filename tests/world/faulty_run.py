"""The surroundings of a run with faults: settings, patience, a full log, a disk that fills up."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable
from pathlib import Path

from shanty.stages.retry import RetryPolicy
from tests.world.fault_table import MAX_ATTEMPTS

DISK_IS_FULL, OVER = "disk-is-full", "over"


def refusals(flag: Path) -> Path:
    """The file that exists as soon as the full disk has refused something."""
    return flag.with_name(f"{flag.name}.refusals")


def refusing_fsync(flag: Path) -> Callable[[int], None]:
    """An ``os.fsync`` that fails while the file ``flag`` exists, as on a full disk.

    A full disk reports it at the latest when written data must be stored.
    """
    fsync = os.fsync

    def refuse(fd: int) -> None:
        if flag.exists():
            refusals(flag).touch()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(fd)

    return refuse


def scaled_policy(second: float) -> RetryPolicy:
    """The queue's patience, in the plan's seconds."""
    usual = RetryPolicy()
    return RetryPolicy(
        base_seconds=usual.base_seconds * second,
        cap_seconds=max(0.3, 60 * second),
        snooze_seconds=usual.snooze_seconds * second / 10,
    )


def log_everything(path: Path) -> logging.Handler:
    """A handler that writes down every log line of everybody, in full detail."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setLevel(logging.DEBUG)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    return handler


def settings_for(
    folder: Path, database_url: str, *, second: float, interval: float, stall: float
) -> dict[str, str]:
    """The environment of a run: all settings as usual, except spans of time."""
    home = folder / "home"
    home.mkdir(parents=True)
    (folder / "shanty.toml").touch()
    return {
        "SHANTY_HOME": str(home),
        "SHANTY_CONFIG": str(folder / "shanty.toml"),
        "SHANTY_LIBRARY__PATH": str(folder / "library"),
        "SHANTY_DATABASE_URL": database_url,
        "SHANTY_QUEUE__MAX_ATTEMPTS": str(MAX_ATTEMPTS),
        "SHANTY_COOKIES__DOMAINS": '["127.0.0.1"]',
        "SHANTY_MUSICBRAINZ__RATE": "50",
        "SHANTY_DOWNLOAD__INTERVAL": f"{interval:g}s",
        "SHANTY_DOWNLOAD__REQUEST_INTERVAL": f"{interval:g}s",
        "SHANTY_SOURCES__PAUSE": f"{max(1, 10 * second):g}s",
        "SHANTY_SOURCES__LONGEST_PAUSE": f"{max(2, 60 * second):g}s",
        "SHANTY_DOWNLOAD__STALL_TIMEOUT": f"{stall:g}s",
    }
