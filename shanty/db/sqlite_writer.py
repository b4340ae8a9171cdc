"""Write transactions on SQLite: one at a time in this process, on one connection.

Owns the turn, the connection and the write lock. Refuses to know what an error means.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Engine, exc

from shanty.errors import DatabaseError

BUSY_SECONDS = 30


class SqliteWriter:
    """Each ``with`` block on it is a write transaction.

    SQLite makes a second writer poll, with sleeps of up to 0.1 s. Here, the threads of one process
    take turns instead, without delay and in order. The connection is kept, so that its cache stays
    valid. This is a class, because a generator would cost as much as the transaction's own BEGIN.
    """

    def __init__(self, engine: Engine, name: str, explain: Callable[[Exception], None]):
        """Make a writer. ``name`` is used in messages; ``explain`` may raise one for an error."""
        self._engine = engine
        self._name = name
        self._explain = explain
        self._turn = threading.Lock()
        self._in_turn: int | None = None
        self._connection: Connection | None = None
        self._driver: Any = None

    def __enter__(self) -> Connection:
        """Begin a transaction with the write lock.

        Raises:
            DatabaseError: another thread or process wrote for too long, or the database is
                unusable.
        """
        me = threading.get_ident()
        if self._in_turn == me:
            raise RuntimeError("a write transaction inside another one of the same thread")
        if not self._turn.acquire(timeout=BUSY_SECONDS):
            raise DatabaseError(f"{self._name} is busy: a write took over {BUSY_SECONDS} seconds")
        self._in_turn = me
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
                self._driver = self._connection.connection.driver_connection
            # A deferred transaction would ask for the lock only at its first write, when waiting
            # may fail.
            self._driver.execute("BEGIN IMMEDIATE")
        except BaseException as error:
            self._give_up(error)
            raise
        return self._connection

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Commit durably, or roll back if there was an exception."""
        if error is not None:
            self._give_up(error)
            return
        connection = self._connection
        assert connection is not None
        try:
            # SQLAlchemy does not know of a transaction until one of its own statements runs.
            if connection.in_transaction():
                connection.commit()
            else:
                self._driver.commit()
        except BaseException as caught:
            self._give_up(caught)
            raise
        self._in_turn = None
        self._turn.release()

    def close(self) -> None:
        """Close the connection, after waiting for a transaction that is under way."""
        with self._turn:
            self._drop_connection()

    def _give_up(self, error: BaseException) -> None:
        """Roll back, pass on the turn, and explain the error if it is the database's."""
        try:
            self._drop_connection()
        finally:
            self._in_turn = None
            self._turn.release()
        if isinstance(error, (exc.SQLAlchemyError, sqlite3.Error, UnicodeEncodeError)):
            self._explain(error)

    def _drop_connection(self) -> None:
        connection, self._connection, self._driver = self._connection, None, None
        if connection is not None:
            connection.close()
