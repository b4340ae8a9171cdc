"""What a person does to the queue: retry, cancel, pause, resume."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    case,
    delete,
    exc,
    exists,
    func,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from shanty.db.tables import paused_stages, work_queue
from shanty.errors import NotFoundError, ShantyError
from shanty.models import LIVE_STATUSES, Priority, Stage, Status
from shanty.workqueue.item_numbers import name_item
from shanty.workqueue.rows import QUEUE, QueueAccess, is_due

WAITING = "waiting"
_RETRIABLE = (Status.FAILED, Status.CANCELLED, Status.PENDING)

_other = work_queue.alias("other")
_another_is_live = exists().where(
    _other.c.track_id == QUEUE.track_id,
    _other.c.id != QUEUE.id,
    _other.c.completed_at.is_(None),
)
_latest_of_each_track = select(func.max(_other.c.id)).group_by(_other.c.track_id)


class ByHand(QueueAccess):
    """Changes that a person asks for, and that therefore win over any counter or clock."""

    def retry(
        self,
        item_id: int | None = None,
        *,
        stage: Stage | None = None,
        status: str | None = None,
        now: bool = False,
    ) -> int:
        """Make items due at once; returns how many. See :meth:`retry_within`."""
        with self._database.begin() as tx:
            return len(self.retry_within(tx, item_id, stage=stage, status=status, now=now))

    def retry_within(
        self,
        tx: Connection,
        item_id: int | None = None,
        *,
        stage: Stage | None = None,
        status: str | None = None,
        now: bool = False,
    ) -> list[int]:
        """Make one item, or all of a stage and status, due at once; returns their tracks' ids.

        ``status`` is failed, cancelled or waiting; without it, failed and waiting ones are meant.
        Exhausted attempts are raised by one, so a retry always runs. ``now`` puts the items at
        the head. Of each track only the latest item is retried by stage and status, and none
        while another one of the track is live.

        Raises:
            NotFoundError: there is no item of that id.
            ShantyError: that item is not to be retried: completed, active, or its track is live
                or has moved on.
        """
        if item_id is not None:
            _refuse_retry(tx, item_id)
            conditions = [QUEUE.id == item_id]
        else:
            conditions = [
                QUEUE.id.in_(_latest_of_each_track),
                *self._matching(stage, status, (Status.FAILED, WAITING)),
            ]
        return self._make_due(tx, conditions, now=now)

    def retry_ended(
        self, tx: Connection, track_ids: Collection[int], stage: Stage, classes: Collection[str]
    ) -> list[int]:
        """Make due again what has ended in a stage for an error of these classes, and is the latest
        item of one of these tracks; returns their ids.
        """
        conditions = [
            QUEUE.id.in_(_latest_of_each_track),
            QUEUE.track_id.in_(track_ids),
            QUEUE.task_type == stage,
            QUEUE.completed_at.is_not(None),
            QUEUE.error_class.in_(classes),
        ]
        return self._make_due(tx, conditions)

    def _make_due(
        self, tx: Connection, conditions: list[ColumnElement[bool]], *, now: bool = False
    ) -> list[int]:
        changes: dict[str, Any] = {
            "status": Status.PENDING,
            "run_after": self._clock(),
            "completed_at": null(),
            "max_attempts": case(
                (QUEUE.attempt >= QUEUE.max_attempts, QUEUE.attempt + 1), else_=QUEUE.max_attempts
            ),
        }
        if now:
            changes |= {"priority": Priority.FORCED, "turn": 0}
        statement = (
            update(work_queue)
            .where(*conditions, QUEUE.status.in_(_RETRIABLE), ~_another_is_live)
            .values(changes)
            .returning(QUEUE.track_id)
        )
        try:
            return list(tx.scalars(statement))
        except exc.IntegrityError as error:
            raise ShantyError("the track was enqueued by somebody else this moment") from error

    def cancel(
        self,
        item_id: int | None = None,
        *,
        stage: Stage | None = None,
        status: str | None = None,
    ) -> int:
        """End live items; returns how many. See :meth:`cancel_within`."""
        with self._database.begin() as tx:
            return len(self.cancel_within(tx, item_id, stage=stage, status=status))

    def cancel_within(
        self,
        tx: Connection,
        item_id: int | None = None,
        *,
        stage: Stage | None = None,
        status: str | None = None,
    ) -> list[int]:
        """End one live item, or all of a stage and status; returns their tracks' ids.

        ``status`` is pending, waiting or active; without it all three are meant. Whoever works
        on an active one finds out by :class:`LeaseLostError`. A track that stays wanted is
        enqueued again by the next sync: what becomes of it is the caller's to say.

        Raises:
            NotFoundError: there is no item of that id.
            ShantyError: that item has ended already, or nothing at all was named.
        """
        if item_id is not None:
            _, item_status = _find(tx, item_id)
            if item_status not in LIVE_STATUSES:
                raise ShantyError(f"work item {name_item(item_id)} is {item_status} already")
            conditions = [QUEUE.id == item_id]
        elif stage is None and status is None:
            raise ShantyError("say which work items to cancel: an id, a stage or a status")
        else:
            conditions = self._matching(stage, status, (*LIVE_STATUSES, WAITING))
        return self.cancel_where(tx, conditions, "cancelled by hand")

    def cancel_tracks(self, tx: Connection, track_ids: Collection[int], why: str) -> None:
        """End whatever is live of these tracks."""
        self.cancel_where(tx, [QUEUE.track_id.in_(track_ids)], why)

    def cancel_pending(self, tx: Connection, track_ids: Collection[int], why: str) -> set[int]:
        """End what nobody works on of these tracks; returns those that somebody works on."""
        self.cancel_where(tx, [QUEUE.track_id.in_(track_ids), QUEUE.status == Status.PENDING], why)
        active = select(QUEUE.track_id).where(
            QUEUE.track_id.in_(track_ids), QUEUE.completed_at.is_(None)
        )
        return set(tx.scalars(active))

    def cancel_where(
        self, tx: Connection, conditions: list[ColumnElement[bool]], why: str
    ) -> list[int]:
        """Cancel the live items that meet all conditions; returns their tracks' ids."""
        statement = (
            update(work_queue)
            .where(*conditions, QUEUE.status.in_(LIVE_STATUSES))
            .values(
                status=Status.CANCELLED,
                lease_owner=null(),
                completed_at=self._clock(),
                error_class="cancelled",
                error=why,
            )
            .returning(QUEUE.track_id)
        )
        return list(tx.scalars(statement))

    def pause(self, stage: Stage | None = None) -> None:
        """Let no item of the stage (of any stage) be claimed; what is under way goes on."""
        insert = sqlite.insert if self._database.dialect_name == "sqlite" else postgresql.insert
        paused_at = self._clock()
        rows = [
            {"task_type": paused.value, "paused_at": paused_at}
            for paused in (Stage if stage is None else [stage])
        ]
        with self._database.begin() as tx:
            tx.execute(insert(paused_stages).on_conflict_do_nothing(), rows)

    def resume(self, stage: Stage | None = None) -> None:
        """Let items of the stage (of all stages) be claimed again."""
        statement = delete(paused_stages)
        if stage is not None:
            statement = statement.where(paused_stages.c.task_type == stage)
        with self._database.begin() as tx:
            tx.execute(statement)

    def paused(self) -> set[Stage]:
        """The stages that are paused."""
        with self._database.read() as connection:
            names = set(connection.scalars(select(paused_stages.c.task_type)))
        return {stage for stage in Stage if stage in names}

    def _matching(
        self, stage: Stage | None, status: str | None, default: tuple[str, ...]
    ) -> list[ColumnElement[bool]]:
        """Conditions for a stage and one status, or the default ones.

        As in the lists, *pending* is what is due, and *waiting* is pending with a later date.
        """
        now = self._clock()
        is_pending = QUEUE.status == Status.PENDING
        meaning = {
            Status.PENDING.value: is_pending & is_due(now),
            WAITING: is_pending & ~is_due(now),
        }
        chosen = default if status is None else (status,)
        is_chosen = or_(*(meaning.get(one, QUEUE.status == one) for one in chosen))
        return [is_chosen] if stage is None else [is_chosen, QUEUE.task_type == stage]


def _find(tx: Connection, item_id: int) -> tuple[int, str]:
    """Track id and status of an item."""
    row = tx.execute(select(QUEUE.track_id, QUEUE.status).where(QUEUE.id == item_id)).first()
    if row is None:
        raise NotFoundError(
            f"there is no work item {name_item(item_id)}; `shanty queue ls` shows them"
        )
    return row.track_id, row.status


def _refuse_retry(tx: Connection, item_id: int) -> None:
    """Refuse what is under way or done, and what its track has left behind.

    The stages of an older item would meet a file that newer ones have moved on.
    """
    track_id, status = _find(tx, item_id)
    if status not in _RETRIABLE:
        raise ShantyError(f"work item {name_item(item_id)} is {status}: there is nothing to retry")
    live = tx.execute(
        select(QUEUE.id, QUEUE.task_type, QUEUE.status).where(
            QUEUE.track_id == track_id, QUEUE.id != item_id, QUEUE.completed_at.is_(None)
        )
    ).first()
    if live is not None:
        raise ShantyError(
            f"the track of work item {name_item(item_id)} is in the queue already, as "
            f"{name_item(live.id)} ({live.task_type}, {live.status})"
        )
    newer = tx.execute(
        select(QUEUE.id, QUEUE.task_type, QUEUE.status)
        .where(QUEUE.track_id == track_id, QUEUE.id > item_id)
        .order_by(QUEUE.id.desc())
    ).first()
    if newer is not None and status != Status.PENDING:
        raise ShantyError(
            f"the track of work item {name_item(item_id)} has moved on since, to "
            f"{name_item(newer.id)} ({newer.task_type}, {newer.status})"
        )
