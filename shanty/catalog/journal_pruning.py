"""What the journal forgets in time, and what it notes elsewhere first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, select, update

from shanty.catalog.access import CatalogAccess
from shanty.catalog.act_details import Action
from shanty.catalog.entries import ADDED, EntryStatus, JournalEntry, to_entry
from shanty.db.tables import journal, undo_deltas


class JournalPruning(CatalogAccess):
    """Keeps the journal from growing without bound."""

    def prune(self, older_than: timedelta, largest: int) -> int:
        """Forget older entries; see :meth:`prune_within`."""
        with self._database.begin() as tx:
            return self.prune_within(tx, older_than, largest)

    def prune_within(self, tx: Connection, older_than: timedelta, largest: int) -> int:
        """Forget older entries, and the oldest deltas beyond ``largest`` bytes; return how many.

        An entry that filed a file, or put one beside the music, is kept for ever: there is one such
        entry for each file. For a file beside the music, the entry also keeps the file's present
        path and checksum.
        """
        is_old = and_(
            journal.c.at < self._clock() - older_than,
            journal.c.action.not_in((Action.PLACE, *ADDED)),
            journal.c.status != EntryStatus.INTENDED,
        )
        _note_where_it_is(tx, is_old)
        pruned = tx.execute(delete(journal).where(is_old)).rowcount
        newest_first = select(
            undo_deltas.c.journal_id,
            func.sum(undo_deltas.c.size)
            .over(order_by=undo_deltas.c.journal_id.desc())
            .label("so_far"),
        ).subquery()
        beyond = select(newest_first.c.journal_id).where(newest_first.c.so_far > largest)
        return (
            pruned
            + tx.execute(delete(undo_deltas).where(undo_deltas.c.journal_id.in_(beyond))).rowcount
        )


def _note_where_it_is(tx: Connection, is_old: ColumnElement[bool]) -> None:
    """Note in the entries of added files what old entries, about to go, say about these files."""
    added = select(journal).where(journal.c.action.in_(ADDED))
    later = select(journal).where(is_old, journal.c.action.not_in((Action.TAG,)))
    at: dict[str, JournalEntry] = {}
    changed: dict[int, JournalEntry] = {}
    rows = [*tx.execute(added), *tx.execute(later)]
    for entry in sorted(map(to_entry, rows), key=lambda one: one.id):
        if entry.action in ADDED:
            at[str(entry.target_path)] = entry
        elif (known := at.pop(str(entry.source_path), None)) is not None:
            known = replace(
                known, target_path=entry.target_path, checksum_after=entry.checksum_after
            )
            at[str(known.target_path)] = changed[known.id] = known
    if changed:
        tx.execute(
            update(journal)
            .where(journal.c.id == bindparam("key"))
            .values(target_path=bindparam("path"), checksum_after=bindparam("digest")),
            [
                {"key": one.id, "path": str(one.target_path), "digest": one.checksum_after}
                for one in changed.values()
            ],
        )
