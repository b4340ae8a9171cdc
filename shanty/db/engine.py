"""Connections and transactions on SQLite and PostgreSQL.

Owns when a transaction takes the write lock, and the one place where a driver's error becomes a
sentence. Refuses to know what the tables are for.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, exc

from shanty.db.lock_holder import describe_stopped_holder
from shanty.db.sqlite_writer import SqliteWriter
from shanty.errors import DatabaseError, UnfitValueError, hide_secrets
from shanty.files.disks import describe_refusal, describe_trouble

_PRIMARY_CODE = 0xFF  # the low byte of SQLite's extended codes: https://sqlite.org/rescode.html
_DISK_CODES = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
}


class _RehearsedError(Exception):
    """Ends a rehearsal, so that its transaction is rolled back."""


class Database:
    """One database, with its schema in place. Made by the functions of :mod:`shanty.db.opening`."""

    def __init__(self, engine: Engine):
        """Wrap an engine that is set up. Use :mod:`shanty.db.opening` instead."""
        self._engine = engine
        self._sqlite_writer = (
            SqliteWriter(engine, self.name, self._explain)
            if engine.dialect.name == "sqlite"
            else None
        )

    @property
    def dialect_name(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._engine.dialect.name

    @property
    def name(self) -> str:
        """Return what to call this database in a sentence; it never contains the password."""
        url = self._engine.url
        if self.dialect_name == "sqlite":
            return f"the database file {url.database}"
        host = url.host or url.query.get("host") or "this machine"
        return f"the PostgreSQL database '{url.database or url.username}' on {host}"

    def begin(self) -> AbstractContextManager[Connection]:
        """Return a write transaction, committed durably if its block ends without an exception.

        On SQLite it holds the write lock from its start, and a thread cannot nest two of them.

        Raises:
            DatabaseError: the database is busy, gone, damaged, full or read-only.
        """
        return self._sqlite_writer or self._write_postgresql()

    @contextmanager
    def rehearse(self) -> Iterator[Connection]:
        """Yield a write transaction that is always rolled back, to learn what a change would do.

        Raises:
            DatabaseError: as :meth:`begin`.
        """
        with suppress(_RehearsedError), self.begin() as tx:
            yield tx
            raise _RehearsedError

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection for reading. On SQLite it sees one snapshot and blocks nobody.

        Raises:
            DatabaseError: as :meth:`begin`.
        """
        try:
            with self._engine.connect() as connection:
                if self._sqlite_writer:
                    _execute_bare(connection, "BEGIN")
                yield connection
        except (exc.SQLAlchemyError, sqlite3.Error, UnicodeEncodeError) as error:
            self._explain(error)
            raise

    @contextmanager
    def watch(self) -> Iterator[Callable[[], str]]:
        """What tells whether anything was committed, by whomever, at next to no cost.

        Gives a function whose text stays the same until something is committed. On PostgreSQL it
        may change without that: other databases of the server count too.

        Raises:
            DatabaseError: as :meth:`begin`.
        """
        # https://sqlite.org/pragma.html#pragma_data_version: a connection that never writes itself
        # sees everybody's commits. https://www.postgresql.org/docs/current/functions-info.html
        statement = (
            "PRAGMA data_version" if self._sqlite_writer else "SELECT pg_current_snapshot()::text"
        )

        try:
            with self._engine.connect() as connection:
                if not self._sqlite_writer:  # else it would sit in a transaction for ever
                    connection = connection.execution_options(isolation_level="AUTOCOMMIT")
                yield lambda: str(connection.exec_driver_sql(statement).scalar())
        except (exc.SQLAlchemyError, sqlite3.Error) as error:
            self._explain(error)
            raise

    def execute_outside_transaction(self, statement: str) -> None:
        """Execute a statement of SQLite that is not allowed inside a transaction.

        Raises:
            DatabaseError: as :meth:`begin`.
        """
        try:
            with self._engine.connect() as connection:
                _execute_bare(connection, statement)
        except (exc.SQLAlchemyError, sqlite3.Error) as error:
            self._explain(error)
            raise

    def dispose(self) -> None:
        """Close all connections, after waiting for a write that is under way."""
        if self._sqlite_writer:
            self._sqlite_writer.close()
        self._engine.dispose()

    @contextmanager
    def _write_postgresql(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as tx:
                yield tx
        except (exc.SQLAlchemyError, UnicodeEncodeError) as error:
            self._explain(error)
            raise

    def _explain(self, error: Exception) -> None:
        """Raise an error of ours if the database's state, or a value, caused a driver's error."""
        if isinstance(error, exc.DataError | UnicodeEncodeError):
            raise UnfitValueError(
                "that cannot be looked for or stored: it has a letter or a number that no "
                "database holds"
            ) from error
        if isinstance(error, exc.TimeoutError):
            raise DatabaseError(f"{self.name} is busy: no free connection") from error
        if isinstance(error, sqlite3.Error):
            raise DatabaseError(f"{self.name} cannot be used: {self._disk(error)}") from error
        # A broken constraint or wrong SQL is a bug, or a matter for the caller.
        if isinstance(error, exc.OperationalError) or type(error) is exc.DatabaseError:
            raise DatabaseError(f"{self.name} cannot be used: {self._reason(error)}") from error

    def _disk(self, error: sqlite3.Error) -> str:
        """Return what is wrong with the disk, or who has the lock, else SQLite's words."""
        code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
        path = Path(self._engine.url.database or "")
        if code == sqlite3.SQLITE_BUSY and (holder := describe_stopped_holder(path)):
            return f"{error}: {holder}"
        if code not in _DISK_CODES or not self._engine.url.database:
            return str(error)
        if trouble := describe_trouble(path):
            return trouble
        full = OSError(errno.ENOSPC, "")
        return describe_refusal(full, path) if code == sqlite3.SQLITE_FULL else str(error)

    def _reason(self, error: exc.DBAPIError) -> str:
        if isinstance(error.orig, sqlite3.Error):
            return self._disk(error.orig)
        lines = str(error.orig).strip().splitlines() or [type(error.orig).__name__]
        secrets = (self._engine.url.password, self._engine.url.query.get("password"))
        return hide_secrets(lines[0], [str(secret) for secret in secrets if secret])


def _execute_bare(connection: Connection, statement: str) -> None:
    """Execute without SQLAlchemy, whose events would cost every statement more than this."""
    driver_connection: Any = connection.connection.driver_connection
    driver_connection.execute(statement)
