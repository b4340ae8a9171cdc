"""The tables of a new Prefect database, made at once.

Prefect makes them by all its migrations, one after another. That takes five seconds of the
processor, and the server stays 36 MB larger for as long as it runs. ``server_tables.sql`` holds
what they make. It is used only with the version of Prefect that it was made with; with any other
one, Prefect makes the tables itself.
"""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing, suppress
from importlib.metadata import version
from pathlib import Path

from shanty.files.private_files import FILE_MODE

TABLES_PATH = Path(__file__).with_name("server_tables.sql")
_MADE_WITH = "-- Prefect "
_VERSION = re.compile(r"INSERT INTO \"alembic_version\" VALUES\('(\w+)'\)")
_NO_MIGRATION = {"PREFECT_API_DATABASE_MIGRATE_ON_START": "false"}


def prepare_tables(path: Path) -> dict[str, str]:
    """Make the database at the path, if there is none; returns variables for its server.

    If the database has all tables of the installed Prefect, the server need not look for migrations
    at its start: that takes a third of a second of the processor, and 10 MB.
    """
    make_tables(path)
    script = TABLES_PATH.read_text(encoding="utf-8")
    newest = _VERSION.search(script)
    is_current = (
        made_with(script) == version("prefect")
        and newest is not None
        and _read_version(path) == newest[1]
    )
    return _NO_MIGRATION if is_current else {}


def _read_version(path: Path) -> str | None:
    """The last migration of a database; None if it cannot be read, whatever the reason."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.Error:
        return None
    return str(found[0][0]) if len(found) == 1 else None


def make_tables(path: Path) -> bool:
    """Make a database with Prefect's tables, if there is none at the path; returns whether it did.

    If it cannot be made, there is none: whatever the trouble is, the server meets and names it.
    """
    script = TABLES_PATH.read_text(encoding="utf-8")
    if path.exists() or made_with(script) != version("prefect"):
        return False
    unfinished = path.with_name(f"{path.name}.new")
    try:
        unfinished.unlink(missing_ok=True)
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE))
        with closing(sqlite3.connect(unfinished)) as connection:
            connection.executescript(script)
        unfinished.rename(path)
    except (OSError, sqlite3.Error):
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        return False
    return True


def made_with(script: str) -> str:
    """The version of Prefect whose tables a script makes, from its first line."""
    return script.partition("\n")[0].removeprefix(_MADE_WITH)


def dump_tables(path: Path) -> str:
    """The script that makes a database like the one at the path, by the installed Prefect."""
    with closing(sqlite3.connect(path)) as connection:
        lines = list(connection.iterdump())
    return "\n".join([f"{_MADE_WITH}{version('prefect')}", *lines, ""])
