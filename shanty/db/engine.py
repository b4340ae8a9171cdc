"""Connections and transactions on SQLite and PostgreSQL.

Owns how a connection is set up, when a transaction takes the write lock, and the one place where
a driver's error becomes a sentence. Refuses to know what the tables are for.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.engine import URL

from shanty.db.schema import bring_up_to_date
from shanty.db.sqlite_writer import BUSY_SECONDS, SqliteWriter
from shanty.db.url import parse_url
from shanty.disks import describe_refusal, describe_trouble
from shanty.errors import DatabaseError

_CONNECT_SECONDS = 10
_LOG_BYTES = 16 * 1024 * 1024
# Stage threads, the heartbeat and the caller; connections are made only as they are needed.
_POOL: dict[str, Any] = {"pool_size": 16, "max_overflow": 48, "pool_use_lifo": True}
_PRIMARY_CODE = 0xFF  # of SQLite's extended codes: https://sqlite.org/rescode.html
_DISK_CODES = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
}
_DRIVERS = {"sqlite": "sqlite", "sqlite+pysqlite": "sqlite", "postgresql+psycopg": "postgresql"}


class Database:
    """One database, with its schema in place. Made by :func:`open_database` or from an engine."""

    def __init__(self, engine: Engine):
        """Wrap an engine that :func:`_prepare` has seen; use the constructors instead."""
        self._engine = engine
        self._sqlite_writer = (
            SqliteWriter(engine, self.name, self._explain)
            if engine.dialect.name == "sqlite"
            else None
        )

    @classmethod
    def from_engine(cls, engine: Engine) -> Database:
        """Use an engine that somebody else made, such as the prefect-sqlalchemy block's.

        Raises:
            DatabaseError: as :func:`open_database`.
        """
        if engine.dialect.name not in _DRIVERS.values() or engine.dialect.is_async:
            raise DatabaseError(
                f"the database driver {engine.dialect.name}+{engine.dialect.driver} is not "
                "supported: use sqlite or postgresql+psycopg"
            )
        if engine.dialect.name == "sqlite":
            _create_file(engine.url)
        _prepare(engine)
        database = cls(engine)
        bring_up_to_date(database)
        return database

    @property
    def dialect_name(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._engine.dialect.name

    @property
    def name(self) -> str:
        """What to call this database in a sentence: never contains the password."""
        url = self._engine.url
        if self.dialect_name == "sqlite":
            return f"the database file {url.database}"
        host = url.host or url.query.get("host") or "this machine"
        return f"the PostgreSQL database '{url.database or url.username}' on {host}"

    def begin(self) -> AbstractContextManager[Connection]:
        """A write transaction: committed, durably, when the block ends without an exception.

        On SQLite it holds the write lock from its start, and two cannot be nested in a thread.

        Raises:
            DatabaseError: the database is busy, gone, damaged, full or read-only.
        """
        return self._sqlite_writer or self._write_postgresql()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading; on SQLite one consistent snapshot that blocks nobody.

        Raises:
            DatabaseError: as :meth:`begin`.
        """
        try:
            with self._engine.connect() as connection:
                if self._sqlite_writer:
                    _execute_bare(connection, "BEGIN")
                yield connection
        except (exc.SQLAlchemyError, sqlite3.Error) as error:
            self._explain(error)
            raise

    def execute_outside_transaction(self, statement: str) -> None:
        """For the statements of SQLite's that no transaction may enclose.

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
        """Close all connections; waits for a write that is under way."""
        if self._sqlite_writer:
            self._sqlite_writer.close()
        self._engine.dispose()

    @contextmanager
    def _write_postgresql(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as tx:
                yield tx
        except exc.SQLAlchemyError as error:
            self._explain(error)
            raise

    def _explain(self, error: Exception) -> None:
        """Raise a sentence if the database's state is to blame for a driver's error."""
        if isinstance(error, exc.TimeoutError):
            raise DatabaseError(f"{self.name} is busy: no free connection") from error
        if isinstance(error, sqlite3.Error):
            raise DatabaseError(f"{self.name} cannot be used: {self._disk(error)}") from error
        # Broken constraints and wrong SQL are bugs or domain matters.
        if isinstance(error, exc.OperationalError) or type(error) is exc.DatabaseError:
            raise DatabaseError(f"{self.name} cannot be used: {self._reason(error)}") from error

    def _disk(self, error: sqlite3.Error) -> str:
        """What SQLite says, or what is the matter with the disk if that is why it says so."""
        code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
        if code not in _DISK_CODES or not self._engine.url.database:
            return str(error)
        path = Path(self._engine.url.database)
        if trouble := describe_trouble(path):
            return trouble
        full = OSError(errno.ENOSPC, "")
        return describe_refusal(full, path) if code == sqlite3.SQLITE_FULL else str(error)

    def _reason(self, error: exc.DBAPIError) -> str:
        if isinstance(error.orig, sqlite3.Error):
            return self._disk(error.orig)
        lines = str(error.orig).strip().splitlines() or [type(error.orig).__name__]
        reason = lines[0]
        for secret in (self._engine.url.password, self._engine.url.query.get("password")):
            if secret:
                reason = reason.replace(str(secret), "***")
        return reason


def open_database(url: str) -> Database:
    """Open a database by its SQLAlchemy URL and bring its schema up to date.

    ``sqlite:////absolute/path`` makes the file (for its owner only) and its folder;
    ``postgresql+psycopg://user:password@host/name`` needs an existing database.

    Raises:
        DatabaseError: the scheme is not supported; the file is not SQLite's, damaged or another
            program's; the folder cannot be written; the server cannot be reached; the schema is
            from a newer version.
    """
    try:
        parsed = parse_url(url)
    except exc.ArgumentError:
        raise DatabaseError(
            "the database URL cannot be understood: it should look like sqlite:////path/shanty.db "
            "or postgresql+psycopg://user:password@host/name"
        ) from None
    dialect = _DRIVERS.get(parsed.drivername)
    if dialect is None:
        raise DatabaseError(
            f"database URLs that begin with {parsed.drivername}:// are not supported: use "
            "sqlite:////path/shanty.db or postgresql+psycopg://user:password@host/name"
        )
    if dialect == "sqlite":
        _create_file(parsed)
        engine = create_engine(parsed, **_POOL)
    else:
        arguments = {"connect_timeout": _CONNECT_SECONDS}
        engine = create_engine(parsed, connect_args=arguments, pool_pre_ping=True, **_POOL)
    try:
        return Database.from_engine(engine)
    except BaseException:
        engine.dispose()
        raise


def _create_file(url: URL) -> None:
    """Make the file before SQLite does: with SQLite's mode, anybody could read it."""
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise DatabaseError("the database needs a file: sqlite:////path/shanty.db")
    path = Path(url.database)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        # A link is followed to a file that is there; one to nothing has made none.
        os.close(os.open(path, os.O_RDWR | os.O_CLOEXEC))
    except OSError as error:
        raise DatabaseError(
            f"the database file {path} cannot be opened for writing: "
            f"{describe_refusal(error, path)}"
        ) from error


def _prepare(engine: Engine) -> None:
    if engine.dialect.name != "sqlite" or event.contains(engine, "connect", _set_up_sqlite):
        return
    # Connections made before would lack the settings.
    engine.dispose()
    event.listen(engine, "connect", _set_up_sqlite)


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # Python's own transaction handling begins late and never for reads; ours is explicit.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    connection.execute("PRAGMA foreign_keys = ON")
    # In WAL mode anything less may lose the last commits in a power cut.
    connection.execute("PRAGMA synchronous = FULL")
    # The log keeps the size of its largest hour otherwise, for ever.
    connection.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
    # Our rows are small and a commit writes whole pages: 6 % off each step of a work item. It
    # only has a say when the file is made.
    connection.execute("PRAGMA page_size = 2048")


def _execute_bare(connection: Connection, statement: str) -> None:
    """Past SQLAlchemy: its events for the same purpose cost every statement more than this."""
    driver_connection: Any = connection.connection.driver_connection
    driver_connection.execute(statement)
