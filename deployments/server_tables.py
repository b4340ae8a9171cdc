"""The tables of a new Prefect database, made at once.

Prefect makes them by all its migrations, one after another. That takes five seconds of the
processor, and the server stays 36 MB larger for as long as it runs. ``server_tables.sql`` holds
what they make. It is used only with the version of Prefect that it was made with; with any other
one, Prefect makes the tables itself.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from importlib.metadata import version
from pathlib import Path

from shanty.files.private_files import FILE_MODE

TABLES_PATH = Path(__file__).with_name("server_tables.sql")
_MADE_WITH = "-- Prefect "


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
