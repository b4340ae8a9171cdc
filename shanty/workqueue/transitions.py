"""A work item's life in the hands of a worker: from being enqueued to its end.

Every transition that ends a lease is one UPDATE guarded by id, status, owner and attempt. If it
matches no row, somebody else has decided meanwhile, and it raises :class:`LeaseLostError`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, exists, func, null, select, update

from shanty.db.tables import work_queue, workers
from shanty.errors import LeaseLostError
from shanty.models import Priority, Stage, Status, WorkItem
from shanty.workqueue import statements
from shanty.workqueue.claims import claim_items
from shanty.workqueue.item_numbers import name_item
from shanty.workqueue.rows import QUEUE, STAGES_LEFT, QueueAccess

_EVERY_STAGE = tuple(Stage)
_TURNS_BACK = 2
"""Puts an item behind its artist's next one, which has the next turn, whichever came first."""


class Transitions(QueueAccess):
    """Enqueues, claims, completes, fails, retries later, snoozes, cancels, restarts, gives back."""

    def enqueue(
        self,
        tx: Connection,
        track_id: int,
        stage: Stage,
        *,
        priority: int,
        payload: dict[str, Any] | None = None,
        run_after: datetime | None = None,
    ) -> int | None:
        """Add an item for a track and stage; return its id, or None if there is a live one."""
        now = self._clock()
        return self._insert(tx, track_id, stage, priority, payload, now, run_after=run_after or now)

    def enqueue_wanted(self, tx: Connection, *, source: str = "") -> int:
        """Add a download item for every wanted track without a live item; return how many.

        Within a priority, artists take turns: first one track of each artist, then a second one of
        each. An artist with many items in the queue, or one that comes later, gets no turns that
        have passed. ``source`` is where a track without candidates is searched first. Its item
        waits as long as that source is left alone.
        """
        parameters = {
            "now": self._clock(),
            "max_attempts": self._max_attempts,
            "source": source,
        }
        return statements.INSERT_WANTED.run(tx, parameters)

    def hasten(self, tx: Connection, track_ids: Collection[int], priority: int) -> None:
        """Raise the live items of these tracks to this priority, unless they have a higher one."""
        tx.execute(
            update(work_queue)
            .where(
                QUEUE.track_id.in_(track_ids),
                QUEUE.completed_at.is_(None),
                QUEUE.priority > priority,
            )
            .values(priority=priority)
        )

    def hasten_look(self, tx: Connection, track_id: int, priority: int) -> bool:
        """Raise a track's item for another look to this priority; return whether there was one."""
        mine = (QUEUE.track_id == track_id, QUEUE.completed_at.is_(None))
        is_look = QUEUE.priority == Priority.LOOKED_AT_AGAIN
        statement = update(work_queue).where(*mine, is_look).values(priority=priority)
        return tx.execute(statement).rowcount > 0

    def claim(
        self,
        worker_id: str,
        limit: int,
        *,
        stages: Collection[Stage] | None = None,
        urgent_only: bool = False,
    ) -> list[WorkItem]:
        """Lease up to ``limit`` due items, of these stages only if given, and count an attempt.

        With ``urgent_only``, only items that a person wants before everything else are leased. The
        order is: priority, then later stages first, then turns, then age. Paused stages are left
        out, and so are items that wait for a source that is left alone. No two claims return the
        same lease.

        Raises:
            LeaseLostError: the worker is not (or no longer) registered.
        """
        chosen = _EVERY_STAGE if stages is None else tuple(stages)
        with self._database.begin() as tx:
            items = claim_items(
                tx, worker_id, limit, chosen, self._clock(), urgent_only=urgent_only
            )
            if not items and not tx.scalar(select(exists().where(workers.c.id == worker_id))):
                raise LeaseLostError(f"worker {worker_id} is not registered: it was taken for dead")
        return items

    def complete(
        self,
        tx: Connection,
        item: WorkItem,
        *,
        next_stage: Stage | None,
        next_payload: dict[str, Any] | None = None,
    ) -> WorkItem | None:
        """Close an item and, in the same transaction, hand over to the next stage.

        Returns the next stage's item, which is already leased to the same worker and counted as
        attempt 1. Returns None if there is no next stage, if it is paused (then the item waits as
        pending), or if it has a live item of its own (which is left alone).

        Raises:
            LeaseLostError: the item is no longer this worker's.
        """
        now = self._clock()
        parameters = {
            "id": item.id,
            "lease_owner": item.lease_owner,
            "attempt": item.attempt,
            "now": now,
        }
        if next_stage is None:
            if statements.COMPLETE_LAST.run(tx, parameters) != 1:
                raise _lease_lost(item)
            return None
        parameters["next_task_type"] = next_stage.value
        closed = statements.COMPLETE.fetch(tx, parameters)
        if not closed:
            raise _lease_lost(item)
        [[is_paused]] = closed
        owner = None if is_paused else item.lease_owner
        item_id = self._insert(
            tx, item.track_id, next_stage, item.priority, next_payload, now, owner=owner
        )
        if item_id is None or owner is None:
            return None
        return replace(
            item,
            id=item_id,
            stage=next_stage,
            attempt=1,
            max_attempts=self._max_attempts,
            run_after=now,
            created_at=now,
            started_at=now,
            payload=next_payload or {},
            error_class=None,
            error=None,
        )

    def hold(self, tx: Connection, item: WorkItem) -> None:
        """Make sure that an item is still ours, and stays ours until the transaction ends.

        Raises:
            LeaseLostError: it is no longer this worker's.
        """
        if tx.scalar(_leased(item).with_for_update()) is None:
            raise _lease_lost(item)

    def is_ours(self, item: WorkItem) -> bool:
        """Whether an item is still ours now."""
        with self._database.read() as connection:
            return connection.scalar(_leased(item)) is not None

    def fail(self, tx: Connection, item: WorkItem, error_class: str, message: str) -> None:
        """Give an item up. Only a person can retry it.

        Raises:
            LeaseLostError: the item is no longer this worker's.
        """
        self._end(tx, item, Status.FAILED, error_class, message)

    def cancel_item(self, tx: Connection, item: WorkItem, error_class: str, message: str) -> None:
        """End an item without failure: its track waits for a person or goes another way.

        Raises:
            LeaseLostError: the item is no longer this worker's.
        """
        self._end(tx, item, Status.CANCELLED, error_class, message)

    def retry_at(
        self, tx: Connection, item: WorkItem, at: datetime, error_class: str, message: str
    ) -> None:
        """Let the item be tried again from ``at``; the attempt stays counted.

        Raises:
            LeaseLostError: the item is no longer this worker's.
        """
        self._put_back(tx, item, item.attempt, at, error_class, message)

    def snooze(
        self,
        tx: Connection,
        item: WorkItem,
        until: datetime,
        error_class: str,
        message: str,
        *,
        source: str = "",
        is_last: bool = False,
    ) -> None:
        """Let the item be tried again from ``until``; the attempt is given back.

        With a ``source``, the item also waits until that source's circuit allows it. With
        ``is_last``, another item of its priority goes first.

        Raises:
            LeaseLostError: the item is no longer this worker's.
        """
        turns = _TURNS_BACK if is_last else 0
        self._put_back(tx, item, item.attempt - 1, until, error_class, message, source, turns)

    def restart_from(
        self,
        tx: Connection,
        item: WorkItem,
        stage: Stage,
        error_class: str,
        message: str,
        *,
        payload: dict[str, Any] | None = None,
    ) -> WorkItem:
        """Send a track back: cancel this item, and return a fresh, pending one of ``stage``.

        Raises:
            LeaseLostError: the item is no longer this worker's, or the track has a live item at
                that stage already.
        """
        self._end(tx, item, Status.CANCELLED, error_class, message)
        now = self._clock()
        item_id = self._insert(tx, item.track_id, stage, item.priority, payload, now)
        if item_id is None:
            raise LeaseLostError(f"{item.label} is at stage {stage} already")
        return WorkItem(
            id=item_id,
            stage=stage,
            status=Status.PENDING,
            track_id=item.track_id,
            priority=item.priority,
            attempt=0,
            max_attempts=self._max_attempts,
            run_after=now,
            created_at=now,
            payload=payload or {},
            label=item.label,
        )

    def begin_anew(self, tx: Connection, track_id: int, stage: Stage, *, priority: int) -> bool:
        """Let a stage begin anew with a track; return False if the track has a live item.

        An item that failed there is made due again with all its attempts. Otherwise a new item is
        added.
        """
        is_live = QUEUE.track_id == track_id, QUEUE.completed_at.is_(None)
        if tx.scalar(select(exists().where(*is_live))):
            return False
        failed = select(func.max(QUEUE.id)).where(
            QUEUE.track_id == track_id,
            QUEUE.task_type == stage,
            QUEUE.status == Status.FAILED,
            QUEUE.completed_at.is_not(None),  # said of each of them, and needed for their index
        )
        item_id = tx.scalar(failed)
        if item_id is None:
            return self._insert(tx, track_id, stage, priority, None, self._clock()) is not None
        tx.execute(
            update(work_queue)
            .where(QUEUE.id == item_id)
            .values(
                status=Status.PENDING,
                run_after=self._clock(),
                completed_at=null(),
                attempt=0,
                priority=priority,
            )
        )
        return True

    def give_back(self, worker_id: str) -> int:
        """Put all items of a worker back, due at once, with no attempt counted; return how many."""
        parameters = {"lease_owner": worker_id, "now": self._clock()}
        with self._database.begin() as tx:
            return statements.GIVE_BACK.run(tx, parameters)

    # --- inside ---------------------------------------------------------------------------------

    def _insert(
        self,
        tx: Connection,
        track_id: int,
        stage: Stage,
        priority: int,
        payload: dict[str, Any] | None,
        now: datetime,
        *,
        run_after: datetime | None = None,
        owner: str | None = None,
    ) -> int | None:
        """Insert a pending item, or an active one if there is an owner."""
        values = {
            "track_id": track_id,
            # Plain strings, because SQLite's driver looks for an adapter of every other type.
            "task_type": stage.value,
            "status": (Status.PENDING if owner is None else Status.ACTIVE).value,
            "priority": priority,
            "stages_left": STAGES_LEFT[stage],
            "attempt": 0 if owner is None else 1,
            "max_attempts": self._max_attempts,
            "run_after": run_after or now,
            "lease_owner": owner,
            "payload_json": payload or {},
            "created_at": now,
            "started_at": None if owner is None else now,
        }
        return statements.INSERT_ITEM.insert(tx, values)

    def _end(
        self, tx: Connection, item: WorkItem, status: Status, error_class: str, message: str
    ) -> None:
        parameters = self._release_parameters(
            item, status, completed_at=self._clock(), error_class=error_class, error=message
        )
        self._release(tx, item, parameters)

    def _put_back(
        self,
        tx: Connection,
        item: WorkItem,
        attempt: int,
        run_after: datetime,
        error_class: str,
        message: str,
        source: str = "",
        turns: int = 0,
    ) -> None:
        parameters = self._release_parameters(
            item, Status.PENDING, error_class=error_class, error=message
        )
        parameters |= {
            "to_source": source,
            "turns": turns,
            "to_attempt": attempt,
            "to_run_after": run_after,
            "to_started_at": None,
        }
        self._release(tx, item, parameters)

    def _release(self, tx: Connection, item: WorkItem, parameters: dict[str, Any]) -> None:
        if statements.RELEASE.run(tx, parameters) != 1:
            raise _lease_lost(item)

    def _release_parameters(
        self,
        item: WorkItem,
        status: Status,
        *,
        completed_at: datetime | None = None,
        error_class: str | None = None,
        error: str | None = None,
    ) -> dict[str, Any]:
        return {
            "id": item.id,
            "lease_owner": item.lease_owner,
            "attempt": item.attempt,
            "to_status": status.value,
            "to_attempt": item.attempt,
            "to_run_after": item.run_after,
            "to_started_at": item.started_at,
            "to_completed_at": completed_at,
            "to_error_class": error_class,
            "to_error": error,
            "to_source": "",
            "turns": 0,
        }


def _leased(item: WorkItem) -> Select[tuple[int]]:
    return select(QUEUE.id).where(
        QUEUE.id == item.id,
        QUEUE.status == Status.ACTIVE,
        QUEUE.lease_owner == item.lease_owner,
        QUEUE.attempt == item.attempt,
    )


def _lease_lost(item: WorkItem) -> LeaseLostError:
    return LeaseLostError(
        f"work item {name_item(item.id)} ({item.stage}, {item.label}) is no longer ours: it was "
        "cancelled, rescued or finished elsewhere"
    )
