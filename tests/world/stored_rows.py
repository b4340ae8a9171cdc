"""Every row of a database, to compare two of them: what each table holds, in no order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import inspect, text

from shanty.db import Database


def read_rows(database: Database, *, but: Iterable[str] = ()) -> dict[str, list[str]]:
    """The rows of each table, as text, so that all databases can be compared alike."""
    with database.read() as connection:
        names = set(inspect(connection).get_table_names()) - set(but)
        return {
            name: sorted(_plain(row) for row in connection.execute(text(f'SELECT * FROM "{name}"')))
            for name in sorted(names)
        }


def _plain(row: Any) -> str:
    return repr([bytes(one) if isinstance(one, memoryview) else one for one in row])
