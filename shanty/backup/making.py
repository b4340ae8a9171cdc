"""Makes a backup while everything runs: the database as of one moment, and what lies beside it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from shanty import __version__
from shanty.backup.archive import (
    COOKIES,
    COOKIES_STATE,
    HISTORY,
    POSTGRESQL,
    SECRET,
    SETTINGS,
    SQLITE,
    BackupError,
    Manifest,
    open_archive,
    write_archive,
)
from shanty.backup.retention import backup_name, prune
from shanty.backup.settings_text import plain_environment, text_for_backup
from shanty.clock import utc_now
from shanty.config.settings import Settings, config_path
from shanty.db import Database, parse_url
from shanty.db.postgresql_copy import count_dumped, dump_postgresql, read_dumped_schema
from shanty.db.schema import known_versions
from shanty.db.sqlite_copy import (
    check_sqlite,
    copy_sqlite,
    count_sqlite_rows,
    read_sqlite_schema,
)
from shanty.errors import DatabaseError
from shanty.files.atomic import is_leftover, temporary_in
from shanty.files.disks import describe_refusal
from shanty.files.private_files import FOLDER_MODE, make_private_folder


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup holds besides the database and the settings."""

    cookies: bool = False
    history: bool = False
    secrets: bool = False

    @classmethod
    def of(cls, settings: Settings) -> Contents:
        """What the settings say."""
        chosen = settings.backup
        return cls(chosen.cookies, chosen.history, chosen.secrets)


EVERYTHING = Contents(cookies=True, history=True, secrets=True)


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made and checked. ``members`` are what it holds, ``size`` is in bytes."""

    path: Path
    size: int
    made_at: datetime
    members: tuple[str, ...]


def back_up(
    settings: Settings,
    database: Database,
    contents: Contents,
    target: Path | None = None,
    *,
    prefix: str = "",
) -> Backup:
    """Write a backup, and open it again to see that it is good.

    ``target`` is by default a new name in the folder of backups.

    Raises:
        BackupError: it cannot be written, the name is taken, or the database is damaged.
        DatabaseError: the database cannot be used, or ``pg_dump`` cannot.
    """
    made_at = utc_now()
    if target is None:
        target = settings.backups_dir / (prefix + backup_name(made_at))
    folder = target.parent
    try:
        if target == settings.backups_dir / target.name:
            make_private_folder(folder)
        make_private_folder(settings.home)
        with working_folder(settings.home) as work:
            manifest, members = _gather(settings, database, contents, work, made_at)
            write_archive(target, manifest, members)
        check_backup(target, settings.home)
    except OSError as error:
        raise BackupError(
            f"the backup {target} cannot be written: {describe_refusal(error, folder)}"
        ) from error
    return Backup(target, target.stat().st_size, made_at, tuple(members))


def back_up_and_prune(settings: Settings, database: Database) -> tuple[Backup, int]:
    """Do what the job does: make a backup, then delete those that are too many.

    Returns the backup, and how many were deleted.

    Raises:
        BackupError, DatabaseError: as :func:`back_up`; then nothing was deleted.
    """
    made = back_up(settings, database, Contents.of(settings))
    kept = settings.backup
    return made, prune(settings.backups_dir, daily=kept.daily, weekly=kept.weekly)


def check_backup(path: Path, folder: Path) -> Manifest:
    """Read everything that a backup holds. The folder needs room for it.

    Raises:
        BackupError: it is damaged.
        OSError: it cannot be read, or unpacked.
    """
    with open_archive(path) as archive, working_folder(folder) as work:
        for name in archive.manifest.members:
            archive.extract(name, work / name)
        check_database(archive.manifest, work, path)
        return archive.manifest


def check_database(manifest: Manifest, folder: Path, path: Path) -> None:
    """Read the unpacked database of a backup.

    Raises:
        BackupError: it is damaged, of another version than the backup says, or from a newer one.
    """
    database = folder / manifest.database_member
    try:
        if manifest.database == "sqlite":
            check_sqlite(database)
            found = read_sqlite_schema(database)
        else:
            found = read_dumped_schema(database)
        if HISTORY in manifest.members:
            check_sqlite(folder / HISTORY)
    except DatabaseError as error:
        why = str(error).replace(f"{folder}/", "")
        raise BackupError(f"{path} cannot be restored: {why}") from error
    if manifest.schema_version > known_versions()[-1]:
        raise BackupError(
            f"{path} was made by a newer version of Shanty ({manifest.shanty}; its schema is "
            f"{manifest.schema_version}, this version knows {known_versions()[-1]}): update Shanty "
            "first"
        )
    if found != manifest.schema_version or found not in known_versions():
        raise BackupError(f"{path} is damaged: its database has the schema {found}")


@contextmanager
def working_folder(beside: Path) -> Iterator[Path]:
    """A folder for us alone, which is removed at the end; so are those that killed processes left.

    Raises:
        OSError: it cannot be made.
    """
    for path in beside.iterdir():
        if is_leftover(path) and path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
    with temporary_in(beside) as work:
        work.mkdir(mode=FOLDER_MODE)
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _gather(
    settings: Settings, database: Database, contents: Contents, work: Path, made_at: datetime
) -> tuple[Manifest, dict[str, Path]]:
    """Copy everything that belongs into a backup to a folder."""
    members: dict[str, Path] = {}
    url = settings.resolved_database_url
    if database.dialect_name == "sqlite":
        copy = members[SQLITE] = work / SQLITE
        copy_sqlite(Path(parse_url(url).database or ""), copy)
        rows, schema = count_sqlite_rows(copy), read_sqlite_schema(copy)
    else:
        copy = members[POSTGRESQL] = work / POSTGRESQL
        dump_postgresql(url, copy)
        rows, schema = count_dumped(copy), read_dumped_schema(copy)
    if text := _settings_text(with_secrets=contents.secrets):
        members[SETTINGS] = work / SETTINGS
        members[SETTINGS].write_text(text, encoding="utf-8")
    for name in _plain_files(contents):
        if (settings.home / name).is_file():
            members[name] = work / name
            shutil.copyfile(settings.home / name, work / name)
    if contents.history and (history := history_path(settings)).is_file():
        members[HISTORY] = work / HISTORY
        copy_sqlite(history, work / HISTORY)
    manifest = Manifest(
        format=1,
        shanty=__version__,
        schema_version=schema or "0000",
        database="sqlite" if database.dialect_name == "sqlite" else "postgresql",
        made_at=made_at,
        prefect=_prefect_version() if HISTORY in members else "",
        rows=rows,
        environment=plain_environment(),
        members={},
    )
    return manifest, members


def history_path(settings: Settings) -> Path:
    """The database of the embedded Prefect server."""
    return settings.home / "prefect" / HISTORY


def _plain_files(contents: Contents) -> list[str]:
    cookies = [COOKIES, COOKIES_STATE] if contents.cookies else []
    return cookies + ([SECRET] if contents.secrets else [])


def _settings_text(*, with_secrets: bool) -> str:
    try:
        text = config_path().read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    return text_for_backup(text, with_secrets=with_secrets)


def _prefect_version() -> str:
    try:
        return version("prefect")
    except PackageNotFoundError:  # a machine that only serves the pages
        return ""
