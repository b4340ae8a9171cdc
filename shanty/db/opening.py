"""Opening a database, by its URL or with an existing engine.

Owns which drivers are supported, how a connection is set up, and that the schema is up to date
before anybody uses it.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, exc
from sqlalchemy.engine import URL

from shanty.db.engine import Database
from shanty.db.schema import bring_up_to_date
from shanty.db.sqlite_writer import BUSY_SECONDS
from shanty.db.url import parse_url
from shanty.errors import DatabaseError
from shanty.files.disks import describe_refusal

_CONNECT_SECONDS = 10
_LOG_BYTES = 16 * 1024 * 1024


# Room for stage threads, the heartbeat and the caller. Connections are only made when needed.
_POOL: dict[str, Any] = {"pool_size": 16, "max_overflow": 48, "pool_use_lifo": True}


_DRIVERS = {"sqlite": "sqlite", "sqlite+pysqlite": "sqlite", "postgresql+psycopg": "postgresql"}


def open_database(url: str) -> Database:
    """Open a database by its SQLAlchemy URL and bring its schema up to date.

    ``sqlite:////absolute/path`` makes the file (for its owner only) and its folder;
    ``postgresql+psycopg://user:password@host/name`` needs an existing database.

    Raises:
        DatabaseError: the scheme is not supported; the file is damaged, no SQLite file, or another
            program's; the folder cannot be written; the server cannot be reached; the schema is
            from a newer version.
    """
    try:
        parsed = parse_url(url)
    except exc.ArgumentError:
        raise DatabaseError(
            "the database URL cannot be understood: it should look like sqlite:////path/shanty.db "
            "or postgresql+psycopg://user:password@host/name"
        ) from None
    dialect = _DRIVERS.get(parsed.drivername)
    if dialect is None:
        raise DatabaseError(
            f"database URLs that begin with {parsed.drivername}:// are not supported: use "
            "sqlite:////path/shanty.db or postgresql+psycopg://user:password@host/name"
        )
    if dialect == "sqlite":
        _create_file(parsed)
        engine = create_engine(parsed, **_POOL)
    else:
        arguments = {"connect_timeout": _CONNECT_SECONDS}
        engine = create_engine(parsed, connect_args=arguments, pool_pre_ping=True, **_POOL)
    try:
        return use_engine(engine)
    except BaseException:
        engine.dispose()
        raise


def _create_file(url: URL) -> None:
    """Make the file before SQLite does, which would let everybody read it."""
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise DatabaseError("the database needs a file: sqlite:////path/shanty.db")
    path = Path(url.database)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        _require_usable(path)
    except OSError as error:
        raise DatabaseError(
            f"the database file {path} cannot be opened for writing: "
            f"{describe_refusal(error, path)}"
        ) from error


def _require_usable(path: Path) -> None:
    """Refuse a file that SQLite could not write, without opening it.

    SQLite's locks belong to the process: by closing the file here, we would take them from every
    other connection of this process (https://sqlite.org/howtocorrupt.html, section 2.2).

    Raises:
        OSError: it is a link that leads to nothing, a folder, or we may not write it.
    """
    if stat.S_ISDIR(path.stat().st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not os.access(path, os.R_OK | os.W_OK):
        is_read_only = os.statvfs(path).f_flag & os.ST_RDONLY
        code = errno.EROFS if is_read_only else errno.EACCES
        raise OSError(code, os.strerror(code))


def _prepare(engine: Engine) -> None:
    if engine.dialect.name != "sqlite" or event.contains(engine, "connect", _set_up_sqlite):
        return
    # Earlier connections would lack the settings.
    engine.dispose()
    event.listen(engine, "connect", _set_up_sqlite)


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # Python begins a transaction late, and never for reads. Ours are explicit.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    connection.execute("PRAGMA foreign_keys = ON")
    # In WAL mode, any lower setting may lose the last commits in a power cut.
    connection.execute("PRAGMA synchronous = FULL")
    # Without a limit, the log would keep its largest size for ever.
    connection.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
    # Our rows are small and a commit writes whole pages, so small pages save 6 % of each step of a
    # work item. The setting has an effect only when the file is made.
    connection.execute("PRAGMA page_size = 2048")


def use_engine(engine: Engine) -> Database:
    """Use an engine made elsewhere, such as by the prefect-sqlalchemy block.

    Raises:
        DatabaseError: as :func:`open_database`.
    """
    if engine.dialect.name not in _DRIVERS.values() or engine.dialect.is_async:
        raise DatabaseError(
            f"the database driver {engine.dialect.name}+{engine.dialect.driver} is not "
            "supported: use sqlite or postgresql+psycopg"
        )
    if engine.dialect.name == "sqlite":
        _create_file(engine.url)
    _prepare(engine)
    database = Database(engine)
    bring_up_to_date(database)
    return database
