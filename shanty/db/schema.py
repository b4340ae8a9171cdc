"""Which schema version a database has, and how it is brought up to date.

Owns the version table and the rule for which databases are refused. Alembic is imported only if
there is something to migrate. Otherwise this costs two small queries.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from shanty.db.tables import metadata
from shanty.errors import DatabaseError

if TYPE_CHECKING:
    from shanty.db.engine import Database

# Prefect and other programs keep an ``alembic_version`` in their databases, so ours has another
# name.
VERSION_TABLE = "shanty_schema"
MIGRATIONS_DIR = Path(__file__).parent / "migrations"

_LOCK_KEY = 0x5348414E5459  # "SHANTY"; any constant would do, if all processes use it
_WAL_SECONDS = 30
_TABLE_NAMES = {
    "sqlite": text("SELECT name FROM sqlite_master WHERE type = 'table'"),
    "postgresql": text(
        "SELECT tablename FROM pg_tables WHERE schemaname = ANY (current_schemas(false))"
    ),
}


def known_versions() -> list[str]:
    """Return the schema versions that this program knows, oldest first: its migrations."""
    versions_dir = MIGRATIONS_DIR / "versions"
    return sorted(path.name.partition("_")[0] for path in versions_dir.glob("[0-9]*_*.py"))


def bring_up_to_date(database: Database) -> None:
    """Apply the missing migrations; cheap if there are none.

    If several processes call this at once, one of them migrates and the others wait for it.

    Raises:
        DatabaseError: the schema is newer than this program, or the tables are another program's.
    """
    newest = known_versions()[-1]
    with database.read() as connection:
        version = _read_version(connection, database.name)
    if database.dialect_name == "sqlite":
        _use_write_ahead_log(database)
    if version == newest:
        return
    with database.begin() as tx:
        if database.dialect_name == "postgresql":
            tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        if _read_version(tx, database.name) != newest:
            migrate(tx, "head")


def _read_version(connection: Connection, name: str) -> str | None:
    """Return the version of our schema; None if there is none and nothing is in its way."""
    dialect_name = connection.dialect.name
    present = set(connection.execute(_TABLE_NAMES[dialect_name]).scalars())
    if VERSION_TABLE in present:
        version = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
        if version is not None and version not in known_versions():
            raise DatabaseError(
                f"{name} was written by a newer version of Shanty (its schema is {version}, this "
                f"version knows {known_versions()[-1]}): update Shanty"
            )
        return version
    # A SQLite file is ours alone. A server's database may be shared, if no table names collide.
    foreign = present if dialect_name == "sqlite" else present & set(metadata.tables)
    if foreign:
        raise DatabaseError(
            f"{name} belongs to another program (it has a table '{min(foreign)}'): give Shanty a "
            "database of its own"
        )
    return None


def _use_write_ahead_log(database: Database) -> None:
    """Switch the file to WAL permanently; do nothing if it uses WAL already.

    SQLite does not apply its busy timeout here, so two processes at once need the loop.
    """
    deadline = time.monotonic() + _WAL_SECONDS
    while True:
        try:
            database.execute_outside_transaction("PRAGMA journal_mode = WAL")
            return
        except DatabaseError as error:
            if time.monotonic() > deadline or "locked" not in str(error):
                raise
            time.sleep(0.02)


def migrate(tx: Connection, version: str) -> None:
    """Apply the missing migrations up to a version, or up to ``head``."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_DIR).replace("%", "%%"))
    config.attributes.update(connection=tx, version_table=VERSION_TABLE)
    command.upgrade(config, version)
