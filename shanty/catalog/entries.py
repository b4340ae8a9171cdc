"""An entry of the journal as a value, and as a row."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Row, and_

from shanty.catalog.act_details import (
    KINDS,
    Action,
    Detail,
    Placed,
    read_detail,
    write_detail,
)
from shanty.db.tables import journal

ADDED = (Action.COVER, Action.ADD)
"""The actions that put a new file beside the music."""


class EntryStatus(StrEnum):
    """How far an act has come."""

    INTENDED = "intended"
    DONE = "done"
    UNDONE = "undone"  # a later entry has reversed it


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One act on one file. Checksums are SHA-256 in hex; empty if there is or was no file.

    ``delta`` turns the content after the act into the content before it. It is set only on an entry
    that is about to be written. For a stored entry, call :meth:`Journal.delta_of`.

    ``detail`` is of the kind that belongs to the action. ``is_reversal`` is
    True if this entry undoes another one. Undoing an undo is a redo and is not marked as a
    reversal.
    """

    action: Action
    run_id: str
    track_id: int | None
    source_path: Path
    target_path: Path
    detail: Detail
    checksum_before: str = ""
    checksum_after: str = ""
    owner: str | None = None
    status: EntryStatus = EntryStatus.INTENDED
    undoes_id: int | None = None
    is_reversal: bool = False
    id: int = 0
    at: datetime | None = None
    delta: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuse a detail that belongs to another kind of act."""
        assert type(self.detail) is KINDS[self.action], f"{self.action} has {self.detail}"


def is_row_of(entry: JournalEntry) -> ColumnElement[bool]:
    """Whether a row is this entry. The id alone is not enough: SQLite reuses it after a drop."""
    return and_(
        journal.c.id == entry.id,
        journal.c.owner.is_not_distinct_from(entry.owner),
        journal.c.source_path == str(entry.source_path),
        journal.c.target_path == str(entry.target_path),
    )


def to_values(entry: JournalEntry) -> dict[str, Any]:
    """Turn an entry into the columns of a row; all except its id."""
    return {
        "status": entry.status.value,
        "at": entry.at,
        "run_id": entry.run_id,
        "track_id": entry.track_id,
        "action": entry.action.value,
        "source_path": str(entry.source_path),
        "target_path": str(entry.target_path),
        "detail": write_detail(entry.detail),
        "owner": entry.owner,
        "checksum_before": entry.checksum_before,
        "checksum_after": entry.checksum_after,
        "undoes_id": entry.undoes_id,
        "is_reversal": entry.is_reversal,
    }


def to_entry(row: Row[Any]) -> JournalEntry:
    """Turn a row into an entry."""
    action = Action(row.action)
    detail = read_detail(action, row.detail)
    placed_as = detail.checksum if isinstance(detail, Placed) else ""
    return JournalEntry(
        id=row.id,
        at=row.at,
        action=action,
        run_id=row.run_id,
        track_id=row.track_id,
        source_path=Path(row.source_path),
        target_path=Path(row.target_path),
        detail=detail,
        checksum_before=row.checksum_before,
        # For files that were filed before entries had checksums, the detail has the checksum.
        checksum_after=row.checksum_after or placed_as,
        owner=row.owner,
        status=EntryStatus(row.status),
        undoes_id=row.undoes_id,
        is_reversal=row.is_reversal,
    )
