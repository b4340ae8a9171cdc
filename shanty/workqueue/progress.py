"""How far the downloads under way are, for whoever looks: mostly another process.

Owns the table ``download_progress``: a row for an item, written now and then by the one who holds
its lease. What is shown is held against the lease, so that nothing is left of an item that was
given back, rescued or finished, whatever became of its row.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite

from shanty.db.tables import download_progress
from shanty.models import Progress, WorkItem
from shanty.workqueue.rows import IS_ACTIVE, QUEUE, QueueAccess

PROGRESS = download_progress.c
_IS_CURRENT = exists().where(
    IS_ACTIVE, QUEUE.id == PROGRESS.item_id, QUEUE.lease_owner == PROGRESS.lease_owner
)


class ProgressBoard(QueueAccess):
    """Write, forget and read progress."""

    def note(self, item: WorkItem, progress: Progress) -> None:
        """Say how far an item is: one small write, in a transaction of its own."""
        insert = sqlite.insert if self._database.dialect_name == "sqlite" else postgresql.insert
        values = {
            "lease_owner": item.lease_owner,
            "downloaded_bytes": progress.downloaded_bytes,
            "total_bytes": progress.total_bytes,
            "bytes_per_second": progress.bytes_per_second,
            "updated_at": self._clock(),
        }
        statement = (
            insert(download_progress)
            .values(item_id=item.id, **values)
            .on_conflict_do_update(index_elements=[PROGRESS.item_id], set_=values)
        )
        with self._database.begin() as tx:
            tx.execute(statement)

    def forget(self, item: WorkItem) -> None:
        """Take away what this holder of the item has said; another one's is left."""
        with self._database.begin() as tx:
            tx.execute(
                delete(download_progress).where(
                    PROGRESS.item_id == item.id, PROGRESS.lease_owner == item.lease_owner
                )
            )

    def of_items(self, item_ids: Collection[int]) -> dict[int, Progress]:
        """How far these items are, by their ids: those of them that are under way and known."""
        query = select(
            PROGRESS.item_id,
            PROGRESS.downloaded_bytes,
            PROGRESS.total_bytes,
            PROGRESS.bytes_per_second,
        ).where(PROGRESS.item_id.in_(item_ids), _IS_CURRENT)
        with self._database.read() as connection:
            return {row[0]: Progress(*row[1:]) for row in connection.execute(query)}


def forget_stale_progress(tx: Connection) -> None:
    """Remove the rows that killed processes have left."""
    tx.execute(delete(download_progress).where(~_IS_CURRENT))
