"""Statements for hot paths: SQL with typed parameters, handed directly to the driver.

They run in an ordinary transaction beside ordinary statements and raise the same errors. They skip
SQLAlchemy's work per execution, which costs several times as much as the statement itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, exc
from sqlalchemy.types import TypeEngine

_Convert = Callable[[Any], Any]


class Prepared:
    """One statement. Parameters are written ``:name``; each must be in ``parameters``.

    ``results`` are the types of the columns that it returns, if it returns any.
    """

    def __init__(
        self,
        sql: str,
        parameters: Mapping[str, TypeEngine[Any]],
        results: Sequence[TypeEngine[Any]] = (),
    ):
        self.sql = sql
        self.parameters = parameters
        self._results = results
        self._by_dialect: dict[str, _Adapted] = {}

    def fetch(self, tx: Connection, values: Mapping[str, Any]) -> list[list[Any]]:
        """Run the statement and return all rows."""
        adapted = self._for(tx.dialect)
        rows: list[list[Any]] = [list(row) for row in adapted.execute(tx, values).fetchall()]
        for row in rows:
            for position, convert in adapted.results:
                if row[position] is not None:
                    row[position] = convert(row[position])
        return rows

    def execute(self, tx: Connection, values: Mapping[str, Any]) -> Any:
        """Run the statement and return the driver's cursor, with values as the driver has them."""
        return self._for(tx.dialect).execute(tx, values)

    def run(self, tx: Connection, values: Mapping[str, Any]) -> int:
        """Run the statement and return the number of rows that it changed."""
        count: int = self._for(tx.dialect).execute(tx, values).rowcount
        return count

    def _for(self, dialect: Dialect) -> _Adapted:
        adapted = self._by_dialect.get(dialect.name)
        if adapted is None:
            adapted = _Adapted(dialect, self.sql, self.parameters, self._results)
            self._by_dialect[dialect.name] = adapted
        return adapted


class PreparedInsert:
    """Inserts one row into a table whose key is ``id``, unless a conflict clause forbids it."""

    def __init__(self, sql: str, parameters: Mapping[str, TypeEngine[Any]]):
        self._plain = Prepared(sql, parameters)
        self._returning = Prepared(f"{sql} RETURNING id", parameters)

    def insert(self, tx: Connection, values: Mapping[str, Any]) -> int | None:
        """Insert a row; return its id, or None if there was a conflict."""
        if tx.dialect.name != "sqlite":
            cursor = self._returning.execute(tx, values)
            row = cursor.fetchone()
            return None if row is None else int(row[0])
        # RETURNING would make the insert half as slow again.
        cursor = self._plain.execute(tx, values)
        return int(cursor.lastrowid) if cursor.rowcount == 1 else None


class _Adapted:
    """A statement in the form of one database's driver."""

    def __init__(
        self,
        dialect: Dialect,
        sql: str,
        parameters: Mapping[str, TypeEngine[Any]],
        results: Sequence[TypeEngine[Any]],
    ):
        is_named = dialect.paramstyle in ("qmark", "named")  # SQLite's driver takes both
        self._sql = sql if is_named else re.sub(r":(\w+)", r"%(\1)s", sql)
        # Only the columns that need converting: most do not.
        self._parameters: list[tuple[str, _Convert]] = [
            (name, convert)
            for name, kind in parameters.items()
            if (convert := kind.dialect_impl(dialect).bind_processor(dialect))
        ]
        self.results: list[tuple[int, _Convert]] = [
            (position, convert)
            for position, kind in enumerate(results)
            if (convert := kind.dialect_impl(dialect).result_processor(dialect, None))
        ]
        self._error: type[Exception] = dialect.dbapi.Error  # type: ignore[union-attr]

    def execute(self, tx: Connection, values: Mapping[str, Any]) -> Any:
        parameters = dict(values)
        for name, convert in self._parameters:
            parameters[name] = convert(parameters[name])
        driver_connection: Any = tx.connection.driver_connection
        try:
            return driver_connection.execute(self._sql, parameters)
        except self._error as error:
            raise exc.DBAPIError.instance(
                self._sql, parameters, error, self._error, hide_parameters=True
            ) from error
