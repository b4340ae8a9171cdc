"""What all parts of the catalogue share: the database, the clock, and insert-or-replace."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import Any

from sqlalchemy import Connection, Executable, Select, Table, delete, select

from shanty.clock import utc_now
from shanty.db import Database
from shanty.db.insertion import insert_for
from shanty.db.tables import installation, rule_tracks

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class RulePart:
    """A part of what a rule wants: through these release groups, or through all but these."""

    rule_id: int
    group_mbids: tuple[str, ...]
    is_all_but: bool = False


def tracks_of_rule(rule: int | RulePart) -> Select[tuple[int]]:
    """The ids of the tracks that a rule wants, or a part of it, for a condition."""
    group, query = rule_tracks.c.group_mbid, select(rule_tracks.c.track_id)
    if isinstance(rule, int):
        return query.where(rule_tracks.c.rule_id == rule)
    is_meant = group.not_in if rule.is_all_but else group.in_
    return query.where(rule_tracks.c.rule_id == rule.rule_id, is_meant(rule.group_mbids))


@cache
def _make_upsert(
    dialect_name: str, table: Table, conflict: tuple[str, ...], replaced: tuple[str, ...]
) -> Executable:
    """The statement of an upsert. Making it takes longer than running it, so each is kept."""
    statement = insert_for(dialect_name, table)
    if not replaced:
        return statement.on_conflict_do_nothing(index_elements=list(conflict))
    return statement.on_conflict_do_update(
        index_elements=list(conflict),
        set_={name: statement.excluded[name] for name in replaced},
    )


class CatalogAccess:
    """A part of the catalogue, with its database and clock."""

    def __init__(self, database: Database, clock: Clock = utc_now):
        self._database = database
        self._clock = clock

    @cached_property
    def installation_id(self) -> str:
        """An id that all machines using this database share, and no other installation has."""
        with self._database.read() as connection:
            found: str = connection.scalars(select(installation.c.id)).one()
        return found

    def _upsert(
        self,
        tx: Connection,
        table: Table,
        values: Mapping[str, Any] | list[dict[str, Any]],
        *,
        conflict: Collection[str],
        replaced: Collection[str] = (),
    ) -> None:
        """Insert rows. If a row exists already, replace these columns of it, or leave it."""
        if values:
            statement = _make_upsert(tx.dialect.name, table, tuple(conflict), tuple(replaced))
            tx.execute(statement, values)

    def _move(self, tx: Connection, table: Table, column: str, old: object, new: object) -> None:
        """Give rows another value in a column of their key. If such a row exists, it stays."""
        rows = tx.execute(select(table).where(table.c[column] == old)).all()
        moved = [{**row._mapping, column: new} for row in rows]
        self._upsert(tx, table, moved, conflict=table.primary_key.columns.keys())
        tx.execute(delete(table).where(table.c[column] == old))
