"""Whether a database is sound: what it reports when it checks itself."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from shanty.db.engine import Database
from shanty.db.schema import known_versions

_LISTED_PROBLEMS = 10


@dataclass(frozen=True, slots=True)
class Health:
    """The state of a database. ``log_bytes`` is the size of SQLite's write-ahead log.

    ``schema`` is the version that this program knows, because opening has brought it up to date.
    """

    server: str
    schema: str
    problems: tuple[str, ...] = ()
    log_bytes: int = 0
    postgresql_version: int | None = None


def examine(database: Database) -> Health:
    """Check a database. On SQLite every page is read, which takes about a second for a gigabyte.

    Raises:
        DatabaseError: it cannot be used at all.
    """
    schema = known_versions()[-1]
    if database.dialect_name == "postgresql":
        with database.read() as connection:
            said = str(connection.scalar(text("SHOW server_version")))
            number = int(connection.scalar(text("SHOW server_version_num")) or 0)
        return Health(f"PostgreSQL {said.split()[0]}", schema, postgresql_version=number // 10_000)
    with database.read() as connection:
        version = connection.scalar(text("SELECT sqlite_version()"))
        found = connection.execute(text(f"PRAGMA quick_check({_LISTED_PROBLEMS})")).scalars()
        problems = tuple(str(one).replace("\n", " ") for one in found if one != "ok")
        # Row 0 is the main database: its number, its name and its file.
        path = connection.execute(text("PRAGMA database_list")).all()[0][2]
    log_bytes = 0
    with suppress(OSError):
        log_bytes = Path(f"{path}-wal").stat().st_size
    return Health(f"SQLite {version}", schema, problems, log_bytes)
