"""The claim: which items are due, and how their lease is taken.

PostgreSQL does it in one statement. On SQLite a claim is an immediate transaction, which excludes
all other writers, so it is a SELECT and one UPDATE for each item: RETURNING costs more.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Integer
from sqlalchemy.types import TypeEngine

from shanty.db.prepared import Prepared
from shanty.db.tables import UtcDateTime
from shanty.models import Priority, Stage, Status, WorkItem
from shanty.workqueue.rows import BLOCKED_SOURCES_SQL, ITEM_COLUMNS, LABEL_SQL, QUEUE, to_item

_PARAMETERS: dict[str, TypeEngine[Any]] = {
    "now": UtcDateTime(),
    "limit": Integer(),
    "lease_owner": QUEUE.lease_owner.type,
}
_RESULTS = [*(column.type for column in ITEM_COLUMNS), QUEUE.stages_left.type, QUEUE.turn.type]
_COLUMNS = [str(column.key) for column in ITEM_COLUMNS[:-1]]
# The columns that a claim changes.
_CLAIMED = {
    "status": f"'{Status.ACTIVE}'",
    "attempt": "attempt + 1",
    "started_at": ":now",
    "lease_owner": ":lease_owner",
}
_SET = ", ".join(f"{column} = {value}" for column, value in _CLAIMED.items())
_LEASE = Prepared(f"UPDATE work_queue SET {_SET} WHERE id = :id", _PARAMETERS | {"id": Integer()})


def claim_items(
    tx: Connection,
    worker_id: str,
    limit: int,
    stages: tuple[Stage, ...],
    now: datetime,
    *,
    urgent_only: bool = False,
) -> list[WorkItem]:
    """Lease up to ``limit`` due items to a worker, if it is registered; return them in order."""
    parameters = {"now": now, "lease_owner": worker_id, "limit": limit}
    if tx.dialect.name == "sqlite":
        rows = due_on_sqlite(stages, urgent_only).fetch(tx, parameters)
        for row in rows:
            _LEASE.run(tx, parameters | {"id": row[0]})
        return [to_item(row) for row in rows]
    rows = claim_on_postgresql(stages, urgent_only).fetch(tx, parameters)
    # The order of returned rows is undefined.
    ordered = sorted(((to_item(row), row[-2], row[-1]) for row in rows), key=_claim_order)
    return [item for item, *_ in ordered]


@cache
def due_on_sqlite(stages: tuple[Stage, ...], urgent_only: bool = False) -> Prepared:
    """Select due items as they will be after the claim, with ``stages_left`` and ``turn``."""
    columns = ", ".join(_CLAIMED.get(column, column) for column in _COLUMNS)
    # Without this, SQLite would rather sort all pending items.
    index = "INDEXED BY ix_work_queue_due"
    return Prepared(
        f"SELECT {columns}, {LABEL_SQL}, stages_left, turn"
        f" FROM work_queue {index} {_is_due(stages, urgent_only)}",
        _PARAMETERS,
        _RESULTS,
    )


@cache
def claim_on_postgresql(stages: tuple[Stage, ...], urgent_only: bool = False) -> Prepared:
    """Claim due items and return them with ``stages_left`` and ``turn``."""
    # An array is computed once. A plain sub-select may run again and lock more than its limit.
    due = f"ARRAY (SELECT id FROM work_queue {_is_due(stages, urgent_only)} FOR UPDATE SKIP LOCKED)"
    return Prepared(
        f"UPDATE work_queue SET {_SET} WHERE id = ANY ({due})"
        f" RETURNING {', '.join(_COLUMNS)}, {LABEL_SQL}, stages_left, turn",
        _PARAMETERS,
        _RESULTS,
    )


def _is_due(stages: tuple[Stage, ...], urgent_only: bool) -> str:
    # These are literals, not parameters: the status for the partial index, the stages for speed.
    names = ", ".join(f"'{stage}'" for stage in stages) or "NULL"
    urgent = f"AND priority <= {Priority.FORCED}" if urgent_only else ""
    return f"""
        WHERE status = '{Status.PENDING}' AND run_after <= :now {urgent}
          AND task_type IN ({names})
          AND task_type NOT IN (SELECT task_type FROM paused_stages)
          AND source NOT IN ({BLOCKED_SOURCES_SQL})
          AND EXISTS (SELECT 1 FROM workers WHERE workers.id = :lease_owner)
        ORDER BY priority, stages_left, turn, id
        LIMIT :limit
    """


def _claim_order(claimed: tuple[WorkItem, int, int]) -> tuple[int, int, int, int]:
    item, left, turn = claimed
    return item.priority, left, turn, item.id
