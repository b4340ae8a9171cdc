"""The trash as the pages and the API see it: restored from, and emptied."""

from __future__ import annotations

from datetime import UTC, datetime

from shanty.clock import utc_now
from shanty.errors import NotFoundError, count_of
from shanty.library.trash import describe_missing, empty_trash, find_trashed, old_in_trash
from shanty.tracks.acting import act_by_hand
from web.history import shown_path
from web.parts import Parts

_LARGEST_NUMBER = 2**31 - 1
"""The largest number that a row has, in every database of ours."""


def restore(parts: Parts, number: int) -> str:
    """Put a file back where it was; returns a sentence about it.

    Raises:
        NotFoundError: the trash has no file with this number.
        ShantyError: the name is taken, or the file is gone.
    """
    if not 0 < number <= _LARGEST_NUMBER:
        raise NotFoundError(f"there is no file {number} in the trash")
    trashed = find_trashed(parts.catalog, number)
    with act_by_hand("restore", parts.settings, parts.database, parts.queue) as acts:
        path = acts.restore(trashed)
    parts.changes.announce()
    return f"{shown_path(path, parts.settings.library.path)} is there again."


def empty(parts: Parts, trashed_until: datetime | None = None) -> tuple[int, str]:
    """Delete for good what was put into the trash until a moment; returns how many, and a sentence.

    Raises:
        WaitError: the disk refuses, or the library is not there.
    """
    with act_by_hand("empty-trash", parts.settings, parts.database, parts.queue) as acts:
        number = empty_trash(acts, trashed_until)
        left = len(old_in_trash(acts, trashed_until))
    parts.changes.announce()
    told = f"{count_of(number, 'file is', 'files are')} deleted."
    if left:
        told += f" {describe_missing(left)}"
    return number, told


def moment_of(milliseconds: int) -> datetime:
    """A moment by its milliseconds since 1970, at most that of now."""
    return min(datetime.fromtimestamp(min(milliseconds, 10**13) / 1000, UTC), utc_now())
