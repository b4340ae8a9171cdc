"""Lists that come in parts, for pages and for the API alike."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel

T = TypeVar("T")

MOST = 500
LARGEST = 2**53
"""The largest number that every JSON reader keeps."""
LARGEST_ID = 2**31 - 1
"""The largest number of a row."""


class Paging(BaseModel):
    """Which part of a list is asked for."""

    limit: int
    offset: int


class Listed(BaseModel, Generic[T]):
    """A part of a list, and how long the whole list is."""

    items: list[T]
    total: int
    limit: int
    offset: int


OffsetOf = Annotated[int, Query(ge=0, le=LARGEST, description="How many to leave out.")]


def _paging(
    limit: Annotated[int, Query(ge=1, le=MOST, description="At most so many.")] = 60,
    offset: OffsetOf = 0,
) -> Paging:
    return Paging(limit=limit, offset=offset)


PagingOf = Annotated[Paging, Depends(_paging)]
"""The part that is asked for, as a route's parameters ``limit`` and ``offset``."""
