"""Every schema that a version of Shanty has left behind is brought up to date with nothing lost.

``stored/`` holds databases made by those versions themselves, as SQL text.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, inspect, text

from shanty.config.settings import load_settings
from shanty.db import Database, open_database
from shanty.db.schema import VERSION_TABLE, known_versions, migrate
from shanty.db.tables import metadata
from shanty.diagnosis.overview import read_overview
from shanty.models import Stage, Status, TrackStatus
from shanty.tracks.listing import list_tracks
from shanty.workqueue import WorkQueue
from tests.world.database_dump import load

STORED = sorted((Path(__file__).parent / "stored").glob("*.sql"))

# These came to the users in one step with 0007: no version of Shanty had one of them as its newest.
NEVER_THE_NEWEST = {"0003", "0004", "0005", "0006"}

# What a migration changes on purpose: by table and column, the newest schema that still has it.
CHANGED = {
    ("owned_files", "mtime_ns"): "0013",  # so that the next scan reads every file again
    ("work_queue", "stages_left"): "0004",  # two stages came behind those that there were
    ("release_groups", "fetched_at"): "0011",  # what came to nothing is asked for again
    ("rule_groups", "expanded_at"): "0011",
}


def test_each_schema_but_the_newest_is_stored() -> None:
    """A new migration comes with the database that the program before it leaves behind.

    See CONTRIBUTING.md, "Change a table".
    """
    wanted = set(known_versions()[:-1]) - NEVER_THE_NEWEST
    assert wanted <= {path.stem for path in STORED}


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_a_stored_database_is_brought_up_to_date_and_keeps_everything(
    path: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    load(path.read_text(encoding="utf-8"), home / "shanty.db")
    with closing(sqlite3.connect(home / "shanty.db")) as before:
        names = [name for (name,) in before.execute("SELECT name FROM sqlite_master") if name]
        old = {name: _rows(before, name) for name in names if name in metadata.tables}
        assert all(old.values()), "a table is stored without a row"
    database = open_database(f"sqlite:///{home / 'shanty.db'}")
    with database.read() as connection:
        assert _differences(connection) == []
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    _assert_in_use(database, home)
    database.dispose()
    with closing(sqlite3.connect(home / "shanty.db")) as after:
        for name, rows in old.items():
            _assert_kept(name, rows, _rows(after, name), path.stem)


@pytest.mark.parametrize(
    "path",
    [path if path == STORED[0] else pytest.param(path, marks=pytest.mark.proof) for path in STORED],
    ids=lambda path: path.stem,
)
def test_postgresql_is_brought_up_to_date_too(path: Path, postgres_url: str) -> None:
    """There the old schema is made by its migrations, and filled with the rows that are stored."""
    with _memory(path) as stored:
        engine = create_engine(postgres_url)
        with engine.begin() as tx:
            migrate(tx, path.stem)
            old = {table: _rows(stored, table) for table in _tables_with_parents_first(tx)}
            for table, rows in old.items():
                _insert(tx, table, rows)
        engine.dispose()
    database = open_database(postgres_url)
    with database.read() as connection:
        assert _differences(connection) == []
        for table, rows in old.items():
            found = [dict(row) for row in connection.execute(_everything(table)).mappings()]
            assert len(found) >= len(rows), f"{table} has lost rows"
    database.dispose()


def _assert_in_use(database: Database, home: Path) -> None:
    """Today's program reads it: what waits still waits, what was filed is filed."""
    settings = load_settings(home=home)
    queue = WorkQueue(database, max_attempts=3)
    overview = read_overview(settings, database, queue)
    assert overview.tracks[TrackStatus.IN_LIBRARY] == 1
    assert overview.tracks[TrackStatus.FAILED] == 1
    waiting = queue.overview.list_items(status=Status.PENDING)
    assert [(item.track_id, item.stage) for item in waiting] == [(2, Stage.ENRICH)]
    assert len(list_tracks(settings, database, queue)) == 3


def _assert_kept(
    table: str, old: list[dict[str, Any]], new: list[dict[str, Any]], version: str
) -> None:
    free = {
        column for (name, column), newest in CHANGED.items() if name == table and version <= newest
    }
    kept = [
        {column: value for column, value in row.items() if column in old[0] and column not in free}
        for row in new
    ]
    for row in old:
        wanted = {column: value for column, value in row.items() if column not in free}
        assert wanted in kept, f"{table} has lost or changed {json.dumps(wanted, default=repr)}"


def _differences(connection: Connection) -> list[Any]:
    """What an upgraded schema has that a new one has not, or the other way round."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    options = {"version_table": VERSION_TABLE, "compare_type": True}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, metadata))


def _rows(database: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
    found = database.execute(f'SELECT * FROM "{table}"')
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found]


@contextmanager
def _memory(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as stored:
        stored.executescript(path.read_text(encoding="utf-8"))
        yield stored


def _tables_with_parents_first(tx: Connection) -> list[str]:
    there = set(inspect(tx).get_table_names())
    return [table.name for table in metadata.sorted_tables if table.name in there]


def _insert(tx: Connection, table: str, rows: Iterable[dict[str, Any]]) -> None:
    """PostgreSQL reads every value from its text, whatever the type of the column is."""
    if table == "installation":
        tx.execute(text("DELETE FROM installation"))
    for row in rows:
        values = {
            name: value if value is None or isinstance(value, bytes) else str(value)
            for name, value in row.items()
        }
        columns, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        tx.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({marks})"), values)


def _everything(table: str) -> Any:
    return text(f"SELECT * FROM {table}")
