"""Who keeps an SQLite database locked: a process that was stopped in the middle of a write.

Such a lock never ends by itself, so whoever waits for it should learn whose it is.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import psutil


def describe_stopped_holder(path: Path) -> str:
    """Name a stopped process that has the database open, and what to do; "" if there is none."""
    whole = str(path.resolve())
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            is_stopped = process.status() == psutil.STATUS_STOPPED
            if is_stopped and any(one.path == whole for one in process.open_files()):
                return (
                    f"process {process.pid} has it open and is stopped; "
                    f"`kill -CONT {process.pid}` lets it go on"
                )
    return ""
