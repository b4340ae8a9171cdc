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

from shanty.db.insertion import insert_into
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
    """Changes that a person asks for. They override every counter and clock."""

    def retry(
        self,
        item_id: int | None = None,
        *,
        stage: Stage | None = None,
        status: str | None = None,
        now: bool = False,
    ) -> int:
        """Make items due at once; return how many. See :meth:`retry_within`."""
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
        """Make one item, or all of a stage and status, due at once; return their tracks' ids.

        ``status`` is failed, cancelled or waiting; without it, failed and waiting items are meant.
        If an item's attempts are used up it gets one more, so a retry always runs. ``now`` puts the
        items first. By stage and status, only the latest item of each track is retried, and none if
        another item of the track is live.

        Raises:
            NotFoundError: there is no item with this id.
            ShantyError: the item cannot be retried: it is completed or active, or its track has
                another live item or has moved on.
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
        """Make items due again that ended in a stage with an error of these classes.

        Only the latest item of each of these tracks counts. Returns the tracks' ids.
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
            raise ShantyError("the track has just been enqueued by somebody else") from error

    def cancel(
        self,
        item_id: int | None = None,
        *,
        stage: Stage | None = None,
        status: str | None = None,
    ) -> int:
        """End live items; return how many. See :meth:`cancel_within`."""
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
        """End one live item, or all of a stage and status; return their tracks' ids.

        ``status`` is pending, waiting or active; without it all three are meant. The worker of an
        active item learns of it by :class:`LeaseLostError`. If the track stays wanted, the next
        sync enqueues it again, so the caller has to decide what becomes of the track.

        Raises:
            NotFoundError: there is no item with this id.
            ShantyError: the item has ended already, or neither id, stage nor status was given.
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
        """End all live items of these tracks."""
        self.cancel_where(tx, [QUEUE.track_id.in_(track_ids)], why)

    def cancel_pending(self, tx: Connection, track_ids: Collection[int], why: str) -> set[int]:
        """End the pending items of these tracks; return the tracks that have an active one."""
        self.cancel_where(tx, [QUEUE.track_id.in_(track_ids), QUEUE.status == Status.PENDING], why)
        active = select(QUEUE.track_id).where(
            QUEUE.track_id.in_(track_ids), QUEUE.completed_at.is_(None)
        )
        return set(tx.scalars(active))

    def cancel_where(
        self, tx: Connection, conditions: list[ColumnElement[bool]], why: str
    ) -> list[int]:
        """Cancel the live items that meet all conditions; return their tracks' ids."""
        statement = (
            update(work_queue)
            # Both say the same of an item. The second one is the condition of the index by track.
            .where(*conditions, QUEUE.status.in_(LIVE_STATUSES), QUEUE.completed_at.is_(None))
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
        """Stop claims of a stage's items, or of all stages; what is under way goes on."""
        paused_at = self._clock()
        rows = [
            {"task_type": paused.value, "paused_at": paused_at}
            for paused in (Stage if stage is None else [stage])
        ]
        with self._database.begin() as tx:
            tx.execute(insert_into(tx, paused_stages).on_conflict_do_nothing(), rows)

    def resume(self, stage: Stage | None = None) -> None:
        """Allow claims of a stage's items again, or of all stages."""
        statement = delete(paused_stages)
        if stage is not None:
            statement = statement.where(paused_stages.c.task_type == stage)
        with self._database.begin() as tx:
            tx.execute(statement)

    def paused(self) -> set[Stage]:
        """Return the paused stages."""
        with self._database.read() as connection:
            names = set(connection.scalars(select(paused_stages.c.task_type)))
        return {stage for stage in Stage if stage in names}

    def _matching(
        self, stage: Stage | None, status: str | None, default: tuple[str, ...]
    ) -> list[ColumnElement[bool]]:
        """Return the conditions for a stage and one status, or the default statuses.

        As in the lists, *pending* means due, and *waiting* means pending but not due yet.
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
    """Return the track id and the status of an item."""
    row = tx.execute(select(QUEUE.track_id, QUEUE.status).where(QUEUE.id == item_id)).first()
    if row is None:
        raise NotFoundError(
            f"there is no work item {name_item(item_id)}; `shanty queue ls` shows them"
        )
    return row.track_id, row.status


def _refuse_retry(tx: Connection, item_id: int) -> None:
    """Refuse to retry an item that is active or completed, or that its track has left behind.

    The stages of an older item would meet a file that newer items have moved.
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
