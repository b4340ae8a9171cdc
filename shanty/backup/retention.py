"""Which backups are kept: the last one of each of some days, and of each of some weeks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

_FORMAT = "shanty-%Y%m%d-%H%M%S.zip"
_NAME = re.compile(r"shanty-\d{8}-\d{6}\.zip")


def backup_name(made_at: datetime) -> str:
    """The name of a backup in the folder of backups: its moment, in UTC."""
    return made_at.astimezone(UTC).strftime(_FORMAT)


def prune(folder: Path, *, daily: int, weekly: int) -> int:
    """Delete the backups in a folder that are too many; return how many.

    Only names that :func:`backup_name` gives count. Every other file is a person's, and stays.
    """
    found = {path.name: path for path in folder.iterdir() if _NAME.fullmatch(path.name)}
    removed = 0
    for name in set(found) - choose_kept(found, daily=daily, weekly=weekly):
        with suppress(FileNotFoundError):  # a run beside this one was quicker
            found[name].unlink()
            removed += 1
    return removed


def choose_kept(names: Iterable[str], *, daily: int, weekly: int) -> set[str]:
    """Choose the names to keep.

    Days and weeks without a backup do not count: a machine that was off for a month keeps its old
    ones.
    """
    last_of_day: dict[object, str] = {}
    last_of_week: dict[object, str] = {}
    kept = set()
    for name in sorted(names, reverse=True):
        try:
            made_at = datetime.strptime(name, _FORMAT).replace(tzinfo=UTC)
        except ValueError:
            kept.add(name)  # the 99th of a month: no backup of ours
            continue
        last_of_day.setdefault(made_at.date(), name)
        last_of_week.setdefault(made_at.isocalendar()[:2], name)
    return kept | {
        *list(last_of_day.values())[:daily],
        *list(last_of_week.values())[:weekly],
    }
