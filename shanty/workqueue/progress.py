"""How far the downloads under way have come, for whoever looks: mostly another process.

Owns the table ``download_progress``, with one row for an item. The holder of the item's lease
writes it now and then. A row is shown only if it fits the present lease. So nothing is shown of an
item that was given back, rescued or finished, even if its row is still there.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, exists, select

from shanty.db.insertion import insert_into
from shanty.db.tables import download_progress
from shanty.models import Progress, WorkItem
from shanty.workqueue.rows import IS_ACTIVE, QUEUE, QueueAccess

PROGRESS = download_progress.c
_IS_CURRENT = exists().where(
    IS_ACTIVE, QUEUE.id == PROGRESS.item_id, QUEUE.lease_owner == PROGRESS.lease_owner
)


class ProgressBoard(QueueAccess):
    """Writes, forgets and reads progress."""

    def note(self, item: WorkItem, progress: Progress) -> None:
        """Store how far an item has come: one small write, in a transaction of its own."""
        values = {
            "lease_owner": item.lease_owner,
            "downloaded_bytes": progress.downloaded_bytes,
            "total_bytes": progress.total_bytes,
            "bytes_per_second": progress.bytes_per_second,
            "slot_at": progress.slot_at,
            "updated_at": self._clock(),
        }
        with self._database.begin() as tx:
            tx.execute(
                insert_into(tx, download_progress)
                .values(item_id=item.id, **values)
                .on_conflict_do_update(index_elements=[PROGRESS.item_id], set_=values)
            )

    def forget(self, item: WorkItem) -> None:
        """Remove what this holder of the item has stored; keep what another one has."""
        with self._database.begin() as tx:
            tx.execute(
                delete(download_progress).where(
                    PROGRESS.item_id == item.id, PROGRESS.lease_owner == item.lease_owner
                )
            )

    def of_items(self, item_ids: Collection[int]) -> dict[int, Progress]:
        """Return how far these items have come, by id; without those whose progress is unknown."""
        query = select(
            PROGRESS.item_id,
            PROGRESS.downloaded_bytes,
            PROGRESS.total_bytes,
            PROGRESS.bytes_per_second,
            PROGRESS.slot_at,
        ).where(PROGRESS.item_id.in_(item_ids), _IS_CURRENT)
        with self._database.read() as connection:
            return {row[0]: Progress(*row[1:]) for row in connection.execute(query)}


def forget_stale_progress(tx: Connection) -> None:
    """Remove the rows that killed processes have left."""
    tx.execute(delete(download_progress).where(~_IS_CURRENT))
