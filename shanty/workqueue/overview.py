"""Looking at the queue: counts, the next due time, lists, one item. Changes nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    TextClause,
    case,
    exists,
    func,
    literal,
    select,
    union_all,
)

from shanty.db.tables import circuits, paused_stages, tracks, work_queue
from shanty.errors import NotFoundError
from shanty.models import LIVE_STATUSES, Stage, Status, TrackStatus, WorkItem
from shanty.workqueue.by_hand import WAITING
from shanty.workqueue.item_numbers import name_item
from shanty.workqueue.rows import (
    IS_ACTIVE,
    IS_PENDING,
    ITEM_COLUMNS,
    QUEUE,
    QueueAccess,
    blocked_sources,
    is_due,
    to_item,
)

COUNTED = (Status.PENDING.value, WAITING, "active", "completed", "failed")
"""What the items of a stage are counted by, in the order in which it is shown."""
_MOST_NAMED = 10_000
"""More ids than this are no condition: databases take only so many, and all cost no more."""
_ENDED = tuple(status for status in Status if status not in LIVE_STATUSES)


@dataclass(frozen=True, slots=True)
class DueItems:
    """The items that a claim could take at one moment, as numbers that a claim changes.

    Two equal values, one from before a run and one from after it, mean that it did nothing.
    """

    number: int
    first_id: int
    attempts: int
    latest_run_after: datetime


def leave_out_unused(
    counts: dict[Stage, dict[str, int]], used: Collection[Stage]
) -> dict[Stage, dict[str, int]]:
    """Return the counts of the stages in use, and of any other stage with something to show."""
    telling = (Status.PENDING, WAITING, Status.ACTIVE, Status.FAILED)
    return {
        stage: numbers
        for stage, numbers in counts.items()
        if stage in used or any(numbers[name] for name in telling)
    }


class Overview(QueueAccess):
    """What ``status`` and ``queue ls`` show."""

    def counts(self) -> dict[Stage, dict[str, int]]:
        """Count items by stage and state: pending (due), waiting, active, completed, failed.

        Every stage and state is a key. A pending item is *waiting* if it is not due yet, or if its
        source is left alone.
        """
        is_waiting = (QUEUE.status == Status.PENDING) & ~is_due(self._clock())
        state = case((is_waiting, literal(WAITING)), else_=QUEUE.status).label("state")
        # Two halves, because each has a small index.
        ended = select(QUEUE.task_type, QUEUE.status, func.count()).where(
            QUEUE.completed_at.is_not(None)
        )
        live = select(QUEUE.task_type, state, func.count()).where(QUEUE.completed_at.is_(None))
        query = union_all(
            ended.group_by(QUEUE.task_type, QUEUE.status), live.group_by(QUEUE.task_type, state)
        )
        with self._database.read() as connection:
            counted = {(stage, name): number for stage, name, number in connection.execute(query)}
        return {
            stage: {name: counted.get((stage.value, name), 0) for name in COUNTED}
            for stage in Stage
        }

    def is_worked_on(self, track_id: int) -> bool:
        """Whether somebody works on a track now."""
        query = select(QUEUE.id).where(
            QUEUE.track_id == track_id, QUEUE.completed_at.is_(None), IS_ACTIVE
        )
        with self._database.read() as connection:
            return connection.scalar(query.limit(1)) is not None

    def count_live(self, priority: int) -> int:
        """Count the items of a priority that have not ended."""
        query = select(func.count()).where(QUEUE.completed_at.is_(None), QUEUE.priority == priority)
        with self._database.read() as connection:
            return int(connection.scalar(query) or 0)

    def next_due_at(self, *, but: Collection[Stage] = ()) -> datetime | None:
        """Return when the next claim can find an item (possibly in the past), or None if never.

        The stages in ``but`` are left out, as paused ones are.
        """
        now = self._clock()
        is_meant = (
            IS_PENDING,
            QUEUE.task_type.not_in(select(paused_stages.c.task_type)),
            QUEUE.task_type.not_in(but),
        )
        free = select(func.min(QUEUE.run_after)).where(
            *is_meant, QUEUE.source.not_in(blocked_sources(now))
        )
        freed = select(func.min(circuits.c.blocked_until)).where(
            circuits.c.name.in_(blocked_sources(now)),
            exists().where(*is_meant, QUEUE.source == circuits.c.name),
        )
        with self._database.read() as connection:
            moments = [connection.scalar(free), connection.scalar(freed)]
        return min((moment for moment in moments if moment is not None), default=None)

    def find_due(self, *, but: Collection[Stage] = ()) -> DueItems | None:
        """What the next claim could take now, or None if there is nothing.

        ``but`` are stages that are left out, as paused ones are.
        """
        query = select(
            func.count(), func.min(QUEUE.id), func.sum(QUEUE.attempt), func.max(QUEUE.run_after)
        ).where(
            IS_PENDING,
            is_due(self._clock()),
            QUEUE.task_type.not_in(select(paused_stages.c.task_type)),
            QUEUE.task_type.not_in(but),
        )
        with self._database.read() as connection:
            number, *rest = connection.execute(query).one()
        return DueItems(number, *rest) if number else None

    def is_wanted_unqueued(self) -> bool:
        """Whether a wanted track has no item that has not ended."""
        has_item = exists().where(QUEUE.track_id == tracks.c.id, QUEUE.completed_at.is_(None))
        query = select(tracks.c.id).where(tracks.c.status == TrackStatus.WANTED, ~has_item)
        with self._database.read() as connection:
            return connection.scalar(query.limit(1)) is not None

    def count_held(self) -> dict[str, int]:
        """Count pending items by source, for the sources that are not used at full pace."""
        query = (
            select(QUEUE.source, func.count().label("number"))
            .where(IS_PENDING, QUEUE.source.in_(select(circuits.c.name)))
            .group_by(QUEUE.source)
        )
        with self._database.read() as connection:
            return {row.source: row.number for row in connection.execute(query)}

    def list_items(
        self, stage: Stage | None = None, status: str | None = None, limit: int = 1000
    ) -> list[WorkItem]:
        """List items: active, then pending in the order of claims, then ended ones, latest first.

        ``status`` may also be *waiting*; then *pending* means due.
        """
        order: list[Any] = [QUEUE.priority, QUEUE.stages_left, QUEUE.turn, QUEUE.id]
        live = self._listed(stage, status)
        if status is None:
            live.append(QUEUE.completed_at.is_(None))
            order.insert(0, QUEUE.status != Status.ACTIVE)
        query = select(*ITEM_COLUMNS).where(*live).order_by(*order).limit(limit)
        found: list[WorkItem] = []
        with self._database.read() as connection:
            if status not in _ENDED:
                found += [to_item(row) for row in connection.execute(query)]
            if status in (None, *_ENDED) and len(found) < limit:
                ended = self._last_ended(stage, status, limit - len(found))
                found += [to_item(row) for row in connection.execute(ended)]
        return found

    def _last_ended(self, stage: Stage | None, status: str | None, limit: int) -> Select[Any]:
        """The items that have ended, the latest first.

        The last ones of each stage and status are read from the index, which has that order; among
        all ended items, which may be hundreds of thousands, they would have to be sorted.
        """
        parts = [
            select(QUEUE.id)
            .where(QUEUE.completed_at.is_not(None), QUEUE.task_type == one, QUEUE.status == ending)
            .order_by(QUEUE.completed_at.desc())
            .limit(limit)
            .subquery()
            for one in ([stage] if stage is not None else Stage)
            for ending in ([status] if status is not None else _ENDED)
        ]
        last = union_all(*(select(part.c.id) for part in parts))
        query = select(*ITEM_COLUMNS).where(QUEUE.id.in_(last))
        order = (QUEUE.completed_at.desc(), QUEUE.priority, QUEUE.stages_left, QUEUE.turn, QUEUE.id)
        return query.order_by(*order).limit(limit)

    def count_items(self, stage: Stage | None = None, status: str | None = None) -> int:
        """Count the items that :meth:`list_items` lists without a limit."""
        query = select(func.count()).select_from(work_queue).where(*self._listed(stage, status))
        with self._database.read() as connection:
            return int(connection.scalar(query) or 0)

    def count_tracks(self, stage: Stage | None = None, status: str | None = None) -> int:
        """How many tracks the items of :meth:`list_items` are of."""
        query = select(func.count(QUEUE.track_id.distinct())).where(*self._listed(stage, status))
        with self._database.read() as connection:
            return int(connection.scalar(query) or 0)

    def _listed(
        self, stage: Stage | None, status: str | None
    ) -> list[ColumnElement[bool] | TextClause]:
        """Return the conditions that a listed item meets."""
        conditions: list[ColumnElement[bool] | TextClause] = []
        if stage is not None:
            conditions.append(QUEUE.task_type == stage)
        if status in (WAITING, Status.PENDING):
            due = is_due(self._clock())
            conditions += [IS_PENDING, due if status != WAITING else ~due]
        elif status is not None:
            conditions.append(QUEUE.status == status)
            # The status implies whether an item has ended, but only this condition has an index.
            if status == Status.ACTIVE:
                conditions.append(QUEUE.completed_at.is_(None))
            else:
                conditions += [QUEUE.completed_at.is_not(None), QUEUE.task_type.in_(list(Stage))]
        return conditions

    def live_of_tracks(self, track_ids: Collection[int] | None = None) -> dict[int, WorkItem]:
        """What has not ended, by its track's id; the earliest stage of a track that has several.

        ``track_ids`` keeps only these tracks.
        """
        query = (
            select(*ITEM_COLUMNS)
            .where(QUEUE.completed_at.is_(None))
            .order_by(QUEUE.track_id, QUEUE.stages_left)
        )
        if track_ids is not None and len(track_ids) <= _MOST_NAMED:
            query = query.where(QUEUE.track_id.in_(track_ids))
        with self._database.read() as connection:
            return {row.track_id: to_item(row) for row in connection.execute(query)}

    def last_of_track(self, track_id: int) -> WorkItem | None:
        """The item of a track's latest work: what has not ended, or else what has ended last."""
        query = (
            select(*ITEM_COLUMNS)
            .where(QUEUE.track_id == track_id)
            .order_by(QUEUE.completed_at.is_not(None), QUEUE.completed_at.desc(), QUEUE.id.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else to_item(row)

    def get(self, item_id: int) -> WorkItem:
        """Return one item.

        Raises:
            NotFoundError: there is no item with this id.
        """
        query = select(*ITEM_COLUMNS).select_from(work_queue).where(QUEUE.id == item_id)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise NotFoundError(
                f"there is no work item {name_item(item_id)}; `shanty queue ls` shows them"
            )
        return to_item(row)

    def blocked_by(self) -> dict[int, str]:
        """Map each pending item that waits for a source, by its id, to that source."""
        query = select(QUEUE.id, QUEUE.source).where(
            IS_PENDING, QUEUE.source.in_(blocked_sources(self._clock()))
        )
        with self._database.read() as connection:
            return {row.id: row.source for row in connection.execute(query)}
