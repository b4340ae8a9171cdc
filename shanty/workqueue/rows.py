"""What all parts of the queue share: the database, the clocks, and a row as a ``WorkItem``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, literal_column, select, text

from shanty.db import Database
from shanty.db.tables import circuits, work_queue
from shanty.models import Stage, Status, WorkItem

QUEUE = work_queue.c

# These are literals, because with parameters the databases cannot use the partial indexes.
IS_PENDING = text(f"work_queue.status = '{Status.PENDING}'")
IS_ACTIVE = text(f"work_queue.status = '{Status.ACTIVE}'")

# The sources whose circuit is open, as `shanty.sources.circuits` writes it; ``now`` is a parameter.
BLOCKED_SOURCES_SQL = (
    "SELECT name FROM circuits WHERE blocked_from <= :now AND blocked_until > :now"
)
LABEL_SQL = (
    "(SELECT tracks.artist || ' – ' || tracks.title FROM tracks"
    " WHERE tracks.id = work_queue.track_id)"
)
ITEM_COLUMNS: tuple[ColumnElement[Any], ...] = (
    QUEUE.id,
    QUEUE.task_type,
    QUEUE.status,
    QUEUE.track_id,
    QUEUE.priority,
    QUEUE.attempt,
    QUEUE.max_attempts,
    QUEUE.run_after,
    QUEUE.created_at,
    QUEUE.payload_json,
    QUEUE.lease_owner,
    QUEUE.started_at,
    QUEUE.completed_at,
    QUEUE.error_class,
    QUEUE.error,
    literal_column(LABEL_SQL, String),
)


def blocked_sources(now: datetime) -> Select[tuple[str]]:
    """Return the query of :data:`BLOCKED_SOURCES_SQL`, as a part of other queries."""
    return select(circuits.c.name).where(
        circuits.c.blocked_from <= now, circuits.c.blocked_until > now
    )


def is_due(now: datetime) -> ColumnElement[bool]:
    """Return whether a pending item could be claimed if its stage was not paused.

    An item that could not is shown as *waiting*.
    """
    return (QUEUE.run_after <= now) & QUEUE.source.not_in(blocked_sources(now))


# How many stages follow each stage. Claims prefer few, so that tracks are finished before others
# begin.
STAGES_LEFT = {stage: left for left, stage in enumerate(reversed(Stage))}


def to_item(row: Any) -> WorkItem:
    """Turn a row of :data:`ITEM_COLUMNS`, in that order, into a value."""
    return WorkItem(row[0], Stage(row[1]), Status(row[2]), *row[3 : len(ITEM_COLUMNS)])


@dataclass(frozen=True, slots=True)
class Access:
    """What every part of the queue works with: see :class:`shanty.workqueue.WorkQueue`."""

    database: Database
    max_attempts: int
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]


class QueueAccess:
    """A part of the queue, with its database and clocks."""

    def __init__(self, access: Access):
        self._database = access.database
        self._max_attempts = access.max_attempts
        self._clock = access.clock
        self._monotonic = access.monotonic
