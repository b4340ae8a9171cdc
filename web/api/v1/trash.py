"""``/api/v1/trash``: what was removed from the library, until it is too old."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from shanty.clock import utc_now
from web import trash
from web.history import shown_path
from web.paging import Listed, PagingOf
from web.parts import PartsOf
from web.troubles import TROUBLES

router = APIRouter(prefix="/trash", tags=["trash"], responses=TROUBLES)


class TrashedAnswer(BaseModel):
    """A file in the trash. From ``deleted_from`` on, it is deleted by itself."""

    id: int
    track_id: int | None
    original_path: str
    size: int
    reason: str
    run: str
    trashed_at: datetime
    deleted_from: datetime


class RestoreAnswer(BaseModel):
    """That a file is back, as a sentence."""

    message: str


class EmptyAnswer(BaseModel):
    """How many files are deleted, and a sentence about it."""

    deleted: int
    message: str


@router.get("")
def list_all(parts: PartsOf, paging: PagingOf) -> Listed[TrashedAnswer]:
    """The files in the trash, newest first."""
    library = parts.settings.library
    found = parts.catalog.trash.list_trash(limit=paging.limit, offset=paging.offset)
    return Listed(
        items=[
            TrashedAnswer(
                id=one.id,
                track_id=one.track_id,
                original_path=shown_path(one.original_path, library.path),
                size=one.size,
                reason=one.reason,
                run=one.run_id,
                trashed_at=one.trashed_at,
                deleted_from=one.trashed_at + library.trash_retention,
            )
            for one in found
        ],
        total=parts.catalog.trash.measure()[0],
        limit=paging.limit,
        offset=paging.offset,
    )


@router.post("/empty")
def empty(
    parts: PartsOf, older_than_days: Annotated[int, Query(ge=0, le=36_500)] = 0
) -> EmptyAnswer:
    """Delete for good what lies there for longer. It cannot be undone."""
    number, told = trash.empty(parts, utc_now() - timedelta(days=older_than_days))
    return EmptyAnswer(deleted=number, message=told)


@router.post("/{number}/restore")
def restore(parts: PartsOf, number: int) -> RestoreAnswer:
    """Put a file back where it was; nothing that is there now is overwritten."""
    return RestoreAnswer(message=trash.restore(parts, number))
