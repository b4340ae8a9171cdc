"""Stages that are switched off or on: items that wait at one, and files that lack one."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from shanty.db.tables import files, tracks
from shanty.models import Priority, Stage, Status, TrackStatus
from shanty.workqueue.by_hand import ByHand
from shanty.workqueue.rows import QUEUE, Access, QueueAccess
from shanty.workqueue.transitions import Transitions


class SwitchedStages(QueueAccess):
    """Work items that follow the settings of their stage."""

    def __init__(self, access: Access, *, items: Transitions, by_hand: ByHand):
        super().__init__(access)
        self._items = items
        self._by_hand = by_hand

    def pass_over(self, tx: Connection, stage: Stage, following: Stage | None) -> int:
        """End the items that wait at a switched-off stage, and go on behind it; return how many."""
        is_waiting = (QUEUE.task_type == stage, QUEUE.status == Status.PENDING)
        columns = (QUEUE.id, QUEUE.track_id, QUEUE.priority, QUEUE.payload_json)
        rows = tx.execute(select(*columns).where(*is_waiting).with_for_update()).all()
        self._by_hand.cancel_where(tx, [*is_waiting], f"{stage} is switched off")
        if following is not None:
            for row in rows:
                self._items.enqueue(
                    tx, row.track_id, following, priority=row.priority, payload=row.payload_json
                )
        return len(rows)

    def find_live(
        self, track_ids: Collection[int], stages: Collection[Stage] = tuple(Stage)
    ) -> set[int]:
        """Return those of the tracks that have a live item at one of the stages."""
        query = select(QUEUE.track_id).where(
            QUEUE.track_id.in_(track_ids),
            QUEUE.completed_at.is_(None),
            QUEUE.task_type.in_(stages),
        )
        with self._database.read() as connection:
            return set(connection.scalars(query))

    def enqueue_filed(self, tx: Connection, stage: Stage) -> int:
        """Add an item of the stage for each filed track without a live item; return how many.

        These items come after everything that is wanted: the library has waited for them until now.
        """
        is_live = select(QUEUE.track_id).where(QUEUE.completed_at.is_(None))
        filed = (
            select(tracks.c.id)
            .join(files, files.c.track_id == tracks.c.id)
            .where(tracks.c.status == TrackStatus.IN_LIBRARY, files.c.is_placed)
            .where(tracks.c.id.not_in(is_live))
            .order_by(files.c.path)
        )
        added = [
            self._items.enqueue(tx, track_id, stage, priority=Priority.IN_LIBRARY)
            for track_id in tx.scalars(filed).all()
        ]
        return len([item_id for item_id in added if item_id is not None])
