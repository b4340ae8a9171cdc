"""Opening a database again must not cost this process its locks on the file.

Locks belong to a process and a file: if the process closes any descriptor of that file, all of them
are gone (https://sqlite.org/howtocorrupt.html, section 2.2). Then another process takes itself for
the last one, and removes the log from under us.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from shanty.catalog import Catalog
from shanty.config.settings import load_settings
from shanty.db import open_database
from shanty.db.sqlite_copy import copy_sqlite
from shanty.diagnosis.storage import check_database, check_home, check_space
from shanty.errors import DatabaseError
from tests.world.databases import add_tracks

LOOK_AND_GO = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT * FROM sqlite_master").fetchall()
connection.close()
"""


def open_again(path: Path) -> None:
    open_database(f"sqlite:///{path}").dispose()


def look_at_home(path: Path) -> None:
    settings = load_settings(home=path.parent)
    for check in (check_home, check_database, check_space):
        assert list(check(settings))


def back_up(path: Path) -> None:
    copy_sqlite(path, path.with_name("copy.db"))


@pytest.mark.parametrize("act", [open_again, look_at_home, back_up])
def test_no_other_process_removes_the_log_that_we_use(
    act: Callable[[Path], None], sqlite_copy_url: str
) -> None:
    path = Path(sqlite_copy_url.removeprefix("sqlite:///"))
    database = open_database(sqlite_copy_url)
    add_tracks(database, 3)
    with database.read() as connection:
        act(path)
        subprocess.run([sys.executable, "-c", LOOK_AND_GO, path], check=True)
        assert path.with_name("shanty.db-wal").exists()
        assert connection.exec_driver_sql("SELECT count(*) FROM tracks").scalar() == 3
    add_tracks(database, 2)
    assert len(Catalog(database).tracks.list_tracks()) == 5
    database.dispose()
    assert len(Catalog(open_database(sqlite_copy_url)).tracks.list_tracks()) == 5


HOLD_AND_STOP = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
os.kill(os.getpid(), signal.SIGSTOP)
"""


def test_who_was_stopped_in_the_middle_of_a_write_is_named(sqlite_copy_url: str) -> None:
    path = Path(sqlite_copy_url.removeprefix("sqlite:///"))
    database = open_database(sqlite_copy_url)
    with subprocess.Popen([sys.executable, "-c", HOLD_AND_STOP, path]) as holder:
        try:
            os.waitpid(holder.pid, os.WUNTRACED)  # until it is stopped
            impatient = sqlite3.connect(path, timeout=0, isolation_level=None)
            with pytest.raises(sqlite3.OperationalError, match="locked") as caught:
                impatient.execute("BEGIN IMMEDIATE")
            impatient.close()
            with pytest.raises(DatabaseError, match=f"locked: process {holder.pid} .*-CONT"):
                database._explain(caught.value)
        finally:
            holder.kill()
    with pytest.raises(DatabaseError, match=r"locked$"):
        database._explain(caught.value)
    database.dispose()
