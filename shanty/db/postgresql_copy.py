"""Copies of our tables on PostgreSQL: ``pg_dump`` writes the rows, and we read them back.

A dump is a program in SQL, and it may come from elsewhere. So none of it is ever executed. Its rows
are read out of its ``COPY`` blocks, and go into tables that our own migrations have made.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, inspect, text

from shanty.db.engine import Database
from shanty.db.schema import VERSION_TABLE, migrate
from shanty.db.tables import metadata
from shanty.db.url import parse_url
from shanty.errors import DatabaseError, hide_secrets, one_line

_PROGRAM = "pg_dump"
_LONGEST_SECONDS = 3600.0
_LOCK_MILLISECONDS = 30_000
_COPY = re.compile(rb'COPY (?:(?:"[^"]+"|\w+)\.)?"?(\w+)"? \(([^()]*)\) FROM stdin;\r?\n')
_SETVAL = re.compile(
    rb"SELECT pg_catalog\.setval\('(?:[^'.]+\.)?\"?(\w+)_id_seq\"?', (\d{1,18}), (true|false)\);"
)
_END = b"\\.\n"
_LONGEST_LINE = 1 << 30  # PostgreSQL's own limit for a field


def dump_postgresql(url: str, target: Path) -> None:
    """Write the rows of our tables, as they are at one moment, into a new file.

    Raises:
        DatabaseError: ``pg_dump`` is missing, or fails: for example, it is older than the server.
        OSError: the file cannot be written.
    """
    program = shutil.which(_PROGRAM)
    if program is None:
        raise DatabaseError(
            f"a backup of PostgreSQL needs the program {_PROGRAM}, which is not in the PATH: "
            "install PostgreSQL's client programs (on Debian: postgresql-client)"
        )
    parsed = parse_url(url)
    _, wanted = parsed.get_dialect()().create_connect_args(parsed)
    limits: dict[str, Any] = {"connect_timeout": 10, **wanted}
    password = limits.pop("password", None)
    tables = [f"--table={name}" for name in (*metadata.tables, VERSION_TABLE)]
    command = [program, "--data-only", "--format=plain", "--encoding=UTF8", "--no-password"]
    command += [f"--lock-wait-timeout={_LOCK_MILLISECONDS}", *tables]
    command.append(f"--dbname={make_conninfo(**limits)}")
    # A password on the command line would be shown to every user of this machine.
    secret = {"PGPASSWORD": str(password)} if password else {}
    with target.open("xb") as file:
        try:
            ended = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.PIPE,
                env=os.environ | secret,
                timeout=_LONGEST_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise DatabaseError(f"{_PROGRAM} did not end within an hour and was stopped") from None
    if ended.returncode:
        said = hide_secrets(ended.stderr.decode(errors="replace"), [str(password or "")])
        raise DatabaseError(f"{_PROGRAM} failed: {one_line(said)[:500]}")


def count_dumped(dump: Path) -> dict[str, int]:
    """Read a whole dump; return how many rows each table has in it.

    Raises:
        DatabaseError: it breaks off within the rows of a table.
    """
    counts: dict[str, int] = {}
    with dump.open("rb") as file:
        for found in _blocks(file):
            if isinstance(found, _Block):
                counts[found.table] = sum(1 for _ in found.rows)
    return counts


def read_dumped_schema(dump: Path) -> str | None:
    """The schema version in a dump; None if it has none.

    Raises:
        DatabaseError: it breaks off within the rows of a table.
    """
    version = None
    with dump.open("rb") as file:
        for found in _blocks(file):
            if isinstance(found, _Block):
                for row in found.rows:
                    if found.table == VERSION_TABLE:
                        version = row.decode(errors="replace").strip()
    return version


def require_unused(database: Database) -> None:
    """Make sure that nobody else is connected.

    Raises:
        DatabaseError: the database is in use.
    """
    with database.begin() as tx:
        _require_unused(tx)


def load_postgresql(database: Database, dump: Path, schema: str) -> None:
    """Put the rows of a dump in the place of all rows of our tables, in one transaction.

    ``schema`` is the version that the dump was made with. Afterwards the tables are up to date.

    Raises:
        DatabaseError: the database is in use, or the dump does not fit that version.
    """
    with database.begin() as tx:
        _require_unused(tx)
        tx.execute(text(f"SET LOCAL lock_timeout = {_LOCK_MILLISECONDS}"))
        for name in (*metadata.tables, VERSION_TABLE):
            tx.execute(text(f'DROP TABLE IF EXISTS "{name}" CASCADE'))
        others = set(inspect(tx).get_table_names())
        migrate(tx, schema)
        ours = set(inspect(tx).get_table_names()) - others
        names = ", ".join(f'"{name}"' for name in sorted(ours))
        tx.execute(text(f"TRUNCATE {names}"))  # migrations have put rows into some
        with dump.open("rb") as file:
            for found in _blocks(file):
                if found.table not in ours:
                    raise DatabaseError(f"the backup has rows of a table '{found.table}'")
                if isinstance(found, _Block):
                    _load(tx, found)
                else:
                    tx.execute(_SET_NUMBER, {"name": f'"{found.table}"', **found.values})
        migrate(tx, "head")


_SET_NUMBER = text(
    "SELECT setval(pg_get_serial_sequence(:name, 'id')::regclass, :number, :is_called)"
)


class _Block:
    """The rows of one table, which must be read to their end."""

    def __init__(self, table: str, columns: list[str], rows: Iterator[bytes]):
        self.table, self.columns, self.rows = table, columns, rows


class _Number:
    """Where the numbers of a table's new rows begin."""

    def __init__(self, table: str, number: int, is_called: bool):
        self.table = table
        self.values = {"number": number, "is_called": is_called}


def _blocks(file: BinaryIO) -> Iterator[_Block | _Number]:
    while line := file.readline(_LONGEST_LINE):
        if match := _COPY.fullmatch(line):
            columns = [name.strip().strip('"') for name in match[2].decode().split(",")]
            rows = _rows(file)
            yield _Block(match[1].decode(), columns, rows)
            for _ in rows:  # whatever the caller has left
                pass
        elif match := _SETVAL.match(line):
            yield _Number(match[1].decode(), int(match[2]), match[3] == b"true")


def _rows(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(_LONGEST_LINE):
        if line == _END:
            return
        yield line
    raise DatabaseError("the rows of the database break off: the backup is not whole")


def _load(tx: Connection, block: _Block) -> None:
    known = {column["name"] for column in inspect(tx).get_columns(block.table)}
    if not set(block.columns) <= known:
        raise DatabaseError(f"the backup's table '{block.table}' has other columns than ours")
    statement = sql.SQL("COPY {} ({}) FROM STDIN (ENCODING 'UTF8')").format(
        sql.Identifier(block.table), sql.SQL(", ").join(map(sql.Identifier, block.columns))
    )
    driver_connection: Any = tx.connection.driver_connection
    try:
        with driver_connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in block.rows:
                copy.write(row)
    except psycopg.Error as error:
        said = one_line(str(error))[:300]
        raise DatabaseError(f"the backup's rows of '{block.table}' do not fit: {said}") from error


def _require_unused(tx: Connection) -> None:
    others = tx.scalar(
        text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
    )
    if others:
        raise DatabaseError(
            f"the database is in use: {others} other connections are open; end each `shanty up`, "
            "run and worker that uses it, on every machine"
        )
