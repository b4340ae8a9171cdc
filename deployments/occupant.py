"""A lock that says which process holds it, so that whoever waits can name that process.

The lock dies with its holders, however they end. A child process that gets the lock's open file
shares the lock.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO

import psutil

from shanty.errors import ConfigError
from shanty.files.disks import describe_refusal
from shanty.files.private_files import make_private_folder, open_private

_PROGRAMS = ("shanty", "cli.main")


@dataclass(frozen=True, slots=True)
class Occupant:
    """The process that took a lock: its command, since when it runs, and whether it is stopped."""

    pid: int
    command: str
    since: datetime
    is_stopped: bool

    def describe(self) -> str:
        """``process 123 (shanty run, since 30 Nov 14:02)``."""
        return f"process {self.pid} ({self.command}, since {self.since:%d %b %H:%M})"

    @property
    def remedy(self) -> str:
        """What a person can do if the process is stopped."""
        return f"`kill -CONT {self.pid}` lets it go on, `kill -KILL {self.pid}` ends it"


def take_lock(path: Path) -> TextIO | None:
    """Take a lock and write this process into it; None if another process holds it.

    Raises:
        ConfigError: the lock's folder cannot be written to.
    """
    make_private_folder(path.parent)
    lock = open_private(path, "a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    try:
        os.ftruncate(lock.fileno(), 0)
        os.write(lock.fileno(), str(os.getpid()).encode())
    except OSError as error:
        folder = path.parent
        why = describe_refusal(error, folder)
        raise ConfigError(f"{folder} cannot be written to: {why}") from None
    return lock


def is_taken(path: Path) -> bool:
    """Whether a process holds a lock."""
    try:
        with path.open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def find_occupant(path: Path) -> Occupant | None:
    """The process that took a lock; None if it is gone, or has not written its id yet."""
    try:
        return describe_process(int(path.read_text()))
    except (OSError, ValueError):
        return None


def describe_process(pid: int) -> Occupant | None:
    """A process in words for people; None if there is none of this id."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        status = process.status()
        if status != psutil.STATUS_ZOMBIE:
            return Occupant(
                pid=pid,
                command=_command(process.cmdline()),
                since=datetime.fromtimestamp(process.create_time()).astimezone(),
                is_stopped=status == psutil.STATUS_STOPPED,
            )
    return None


def _command(words: list[str]) -> str:
    """``shanty run``, however it was called; for another program, its name."""
    for number, word in enumerate(words):
        if Path(word).name in _PROGRAMS or word.endswith("/cli/main.py"):
            named = [one for one in words[number + 1 :] if not one.startswith("-")]
            return " ".join(["shanty", *named[:1]])
    return Path(words[0]).name if words else "unknown"
