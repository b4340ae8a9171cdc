"""Rescue and prune: orphans are made claimable again, and old final rows deleted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    case,
    cast,
    delete,
    distinct,
    exists,
    literal,
    null,
    select,
    update,
)

from shanty.db.tables import work_queue, workers
from shanty.models import Status, WorkItem
from shanty.workqueue.progress import forget_stale_progress
from shanty.workqueue.rows import IS_ACTIVE, ITEM_COLUMNS, QUEUE, Access, QueueAccess, to_item
from shanty.workqueue.workers import Workers

_PRUNED = (Status.COMPLETED, Status.CANCELLED)


@dataclass(frozen=True, slots=True)
class DeadWorker:
    """A worker that was found dead and has been forgotten."""

    worker_id: str
    flow_run_id: str | None


@dataclass(frozen=True, slots=True)
class RescueReport:
    """What a rescue did: items made pending again, items given up, workers found dead."""

    items: int
    workers: tuple[DeadWorker, ...]
    failed_items: tuple[WorkItem, ...]

    @property
    def failed(self) -> int:
        """How many items were given up because their attempts were used up."""
        return len(self.failed_items)


class Upkeep(QueueAccess):
    """Keeps the queue healthy and small."""

    def __init__(self, access: Access, *, workers: Workers):
        super().__init__(access)
        self._workers = workers

    def rescue(self) -> RescueReport:
        """Put the items of dead workers back; see :meth:`rescue_within`."""
        with self._database.begin() as tx:
            return self.rescue_within(tx)

    def rescue_within(self, tx: Connection) -> RescueReport:
        """Forget dead workers and put their items back to pending, at the same stage.

        The attempt stays counted, because the item may be what killed the process. An item whose
        attempts are used up fails. Work that was finished meanwhile is never touched.
        """
        dead = self._bury_the_dead(tx)
        # Ids are not reused, so an owner without a row never comes back. The update names the
        # owners as a guard: on PostgreSQL it may wait for a row that gets another owner meanwhile.
        owners = list(
            tx.scalars(
                select(distinct(QUEUE.lease_owner)).where(
                    IS_ACTIVE, ~exists().where(workers.c.id == QUEUE.lease_owner)
                )
            )
        )
        if not owners:
            return RescueReport(0, dead, ())
        items = self._take_back(
            tx, QUEUE.lease_owner.in_(owners), "the process died while working on this"
        )
        failed = tuple(item for item in items if item.status is Status.FAILED)
        return RescueReport(len(items) - len(failed), dead, failed)

    def take_back_strays_within(
        self, tx: Connection, worker_id: str, in_hand: Collection[int]
    ) -> RescueReport:
        """Put back items of a living worker, except those of the tracks that it has ``in_hand``.

        Such an item is left over if its outcome could not be written down.
        """
        is_stray = (QUEUE.lease_owner == worker_id) & QUEUE.track_id.not_in(in_hand)
        items = self._take_back(tx, is_stray, "its outcome could not be written down")
        failed = tuple(item for item in items if item.status is Status.FAILED)
        return RescueReport(len(items) - len(failed), (), failed)

    def _take_back(self, tx: Connection, which: ColumnElement[bool], why: str) -> list[WorkItem]:
        """Make active items pending, or failed if their attempts are used up."""
        now = self._clock()
        is_used_up = QUEUE.attempt >= QUEUE.max_attempts
        taken = tx.execute(
            update(work_queue)
            .where(IS_ACTIVE, which)
            .values(
                status=case((is_used_up, literal(Status.FAILED.value)), else_=Status.PENDING.value),
                completed_at=case((is_used_up, literal(now, QUEUE.completed_at.type))),
                lease_owner=null(),
                started_at=null(),
                run_after=now,
                error_class="crash",
                error=literal(f"{why}, in attempt ")
                + cast(QUEUE.attempt, String)
                + " of "
                + cast(QUEUE.max_attempts, String),
            )
            .returning(*ITEM_COLUMNS)
        )
        return [to_item(row) for row in taken]

    def follow_clock_back(self, by: timedelta) -> int:
        """Shorten the waits of items after the clock was set back by this much; return how many."""
        now = self._clock()
        waiting = select(QUEUE.id, QUEUE.run_after).where(
            QUEUE.status == Status.PENDING, QUEUE.run_after > now
        )
        followed = 0
        with self._database.begin() as tx:
            for item_id, run_after in tx.execute(waiting).all():
                followed += tx.execute(
                    update(work_queue)
                    .where(
                        QUEUE.id == item_id,
                        QUEUE.status == Status.PENDING,
                        QUEUE.run_after == run_after,
                    )
                    .values(run_after=max(now, run_after - by))
                ).rowcount
        return followed

    def prune(self, older_than: timedelta, limit: int = 10_000) -> int:
        """Delete completed and cancelled items; see :meth:`prune_within`."""
        with self._database.begin() as tx:
            return self.prune_within(tx, older_than, limit)

    def prune_within(self, tx: Connection, older_than: timedelta, limit: int = 10_000) -> int:
        """Delete completed and cancelled items that ended longer ago; return how many.

        At most ``limit`` items are deleted, oldest first. Failed items are deleted only by hand.
        """
        is_prunable = QUEUE.status.in_(_PRUNED)
        oldest = (
            select(QUEUE.id)
            .where(is_prunable, QUEUE.completed_at < self._clock() - older_than)
            .order_by(QUEUE.completed_at)
            .limit(limit)
        )
        forget_stale_progress(tx)
        # The status is checked again, because a person may be retrying one of them now.
        return tx.execute(delete(work_queue).where(is_prunable, QUEUE.id.in_(oldest))).rowcount

    def _bury_the_dead(self, tx: Connection) -> tuple[DeadWorker, ...]:
        buried = []
        for worker in self._workers.list_known(tx):
            if self._workers.is_alive(worker):
                continue
            # Guarded by the heartbeat that we judged: if the worker beats now, it is alive after
            # all.
            gone = tx.execute(
                delete(workers).where(
                    workers.c.id == worker.worker_id,
                    workers.c.heartbeat_at == worker.heartbeat_at,
                )
            )
            if gone.rowcount:
                buried.append(DeadWorker(worker.worker_id, worker.flow_run_id))
        return tuple(buried)
