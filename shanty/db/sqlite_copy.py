"""Copies of SQLite files: made while others write, and checked before they are believed.

Knows files and pages, but not what the tables mean. Works on Prefect's file as on ours.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from shanty.db.schema import VERSION_TABLE
from shanty.errors import DatabaseError
from shanty.files.private_files import FILE_MODE

_BUSY_SECONDS = 30.0


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a database file as it is at one moment, into one new file that only we can read.

    Writers go on meanwhile. See https://sqlite.org/backup.html.

    Raises:
        DatabaseError: the file is damaged or no SQLite file.
        OSError: the copy cannot be made.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, FILE_MODE))
    with _sqlite_errors(source), _opened(source) as there, _opened(target) as copy:
        # All pages in one step: in smaller steps, each write of others would begin it anew.
        there.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # so that the copy is one file


def check_sqlite(path: Path) -> None:
    """Read a whole database file that comes from elsewhere.

    Raises:
        DatabaseError: it is damaged, no SQLite file, or holds more than tables and indexes: a
            trigger or a view is code.
    """
    with _sqlite_errors(path), _opened(path) as connection:
        connection.execute("PRAGMA trusted_schema = OFF")
        foreign = connection.execute(
            "SELECT name FROM sqlite_master WHERE type NOT IN ('table', 'index')"
            " OR sql LIKE 'CREATE VIRTUAL%'"
        ).fetchone()
        if foreign:
            raise DatabaseError(f"it holds '{foreign[0]}', which is neither a table nor an index")
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise DatabaseError(f"it is damaged: {found}")


def read_sqlite_schema(path: Path) -> str | None:
    """The schema version of a database file of ours; None if it has none.

    Raises:
        DatabaseError: the file is damaged or no SQLite file.
    """
    with _sqlite_errors(path), _opened(path) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        if VERSION_TABLE not in names:
            return None
        row = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()
    return None if row is None else str(row[0])


def count_sqlite_rows(path: Path) -> dict[str, int]:
    """How many rows each table of a database file has.

    Raises:
        DatabaseError: the file is damaged or no SQLite file.
    """
    with _sqlite_errors(path), _opened(path) as connection:
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        names = [str(name) for (name,) in connection.execute(query)]
        return {
            name: int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])
            for name in names
        }


def close_sqlite(path: Path) -> None:
    """Write everything into the one file; its log and its index of the log go away.

    Raises:
        DatabaseError: another process has it open, or it is damaged.
    """
    with _sqlite_errors(path), _opened(path, busy_seconds=1.0) as connection:
        try:
            connection.execute("PRAGMA journal_mode = DELETE").fetchone()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            raise DatabaseError(
                f"{path} is in use by another process: end each `shanty` that runs"
            ) from None


@contextmanager
def _opened(path: Path, *, busy_seconds: float = _BUSY_SECONDS) -> Iterator[sqlite3.Connection]:
    # As a URI, which makes no file where none is.
    uri = f"file:{quote(os.fsencode(path))}?mode=rw"
    with closing(sqlite3.connect(uri, uri=True, timeout=busy_seconds)) as connection:
        connection.isolation_level = None
        yield connection


@contextmanager
def _sqlite_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise DatabaseError(f"the database file {path} cannot be used: {error}") from error
