"""Puts a backup in the place of what a home holds.

Everything is unpacked and checked before anything is changed, and what is there now is kept. A mark
lies in the home while it is half the old and half the new one: with it, nothing of Shanty works on
the home but another restore, which finishes the first. The caller sees to it that no service runs.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from shanty.backup.archive import (
    COOKIES,
    COOKIES_STATE,
    HISTORY,
    SECRET,
    SETTINGS,
    Archive,
    BackupError,
    Manifest,
    open_archive,
    require_room,
)
from shanty.backup.making import (
    EVERYTHING,
    back_up,
    check_database,
    history_path,
    working_folder,
)
from shanty.backup.settings_text import plain_environment, text_for_this_machine
from shanty.clock import utc_now
from shanty.config.home import RESTORING
from shanty.config.settings import Settings, config_path
from shanty.db import Database, open_database, parse_url
from shanty.db.postgresql_copy import load_postgresql, require_unused
from shanty.db.sqlite_copy import close_sqlite
from shanty.errors import DatabaseError, one_line
from shanty.files.atomic import fsync_file, fsync_folder, temporary_in
from shanty.files.disks import describe_refusal
from shanty.files.private_files import FILE_MODE, make_private_folder
from shanty.workqueue import WorkQueue

KEPT_PREFIX = "before-restore-"
SHOWN = ("tracks", "files", "watch_rules", "work_queue", "journal")
"""The tables whose numbers of rows say what a home holds."""
_LOGS = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class Preview:
    """What a restore would put in the place of what.

    ``now`` are the rows of each table of :data:`SHOWN`; None if there is no database that can be
    read. ``environment`` are the variables that were set where the backup was made, and are not so
    here.
    """

    manifest: Manifest
    now: dict[str, int] | None
    settings_path: Path
    environment: dict[str, str]


@dataclass(frozen=True, slots=True)
class RestoreDone:
    """What a restore has done. ``kept`` is where the state before it lies, if there was any."""

    manifest: Manifest
    kept: Path | None


class Restore:
    """A backup that is unpacked, checked, and ready to be put in place."""

    def __init__(self, settings: Settings, archive: Archive, work: Path):
        self._settings, self._archive, self._work = settings, archive, work
        self._mark_path = settings.home / RESTORING
        self._url = settings.resolved_database_url
        self._sqlite_path = (
            Path(parse_url(self._url).database or "")
            if parse_url(self._url).get_backend_name() == "sqlite"
            else None
        )

    def preview(self) -> Preview:
        """Say what would be replaced.

        Raises:
            BackupError: the home is in use.
            DatabaseError: the PostgreSQL database cannot be used.
        """
        manifest, here = self._archive.manifest, plain_environment()
        environment = {
            name: value for name, value in manifest.environment.items() if here.get(name) != value
        }
        with self._present() as database:
            now = None if database is None else _count(database)
        return Preview(manifest, now, config_path(), environment)

    def carry_out(self, *, keep_settings: bool = False) -> RestoreDone:
        """Keep what is there now, and put the backup in its place.

        If it is interrupted, doing it again finishes it.

        Raises:
            BackupError: the home is in use, or cannot be written to.
            DatabaseError: the database is in use, or refuses the backup.
        """
        try:
            kept = self._read_mark()
            if kept is None:
                kept = self._keep_present()
                self._write_mark(kept)
            self._put_files(keep_settings=keep_settings)
            self._put_database()
            self._mark_path.unlink()
            fsync_folder(self._settings.home)
        except OSError as error:
            home = self._settings.home
            raise BackupError(
                f"the backup cannot be restored: {describe_refusal(error, home)}; nothing is lost: "
                "cure that and restore it again"
            ) from error
        return RestoreDone(self._archive.manifest, kept if kept.exists() else None)

    @contextmanager
    def _present(self) -> Iterator[Database | None]:
        """The database that is there now; None if there is none, or none that can be read.

        Raises:
            BackupError: somebody is at work on it.
            DatabaseError: the PostgreSQL database cannot be used.
        """
        path = self._sqlite_path
        if path is not None and not path.exists():
            yield None
            return
        try:
            database = open_database(self._url)
        except DatabaseError:
            if path is None:
                raise
            yield None
            return
        try:
            if live := WorkQueue(database).workers.list_live():
                one = live[0]
                raise BackupError(
                    f"{one.job} is at work here (process {one.pid} on {one.host.split('/')[0]}): "
                    "end it before you restore"
                )
            if path is None:
                require_unused(database)
            yield database
        finally:
            database.dispose()
        if path is not None:
            close_sqlite(path)

    def _keep_present(self) -> Path:
        """Keep the present state; returns where, whether or not there was any to keep."""
        folder = self._settings.home / "backups"
        name = f"{KEPT_PREFIX}{utc_now().astimezone(UTC):%Y%m%d-%H%M%S-%f}"
        make_private_folder(folder)
        with self._present() as database:
            if database is not None:
                kept = folder / f"{name}.zip"
                back_up(self._settings, database, EVERYTHING, kept)
                return kept
        aside, path = folder / name, self._sqlite_path
        if path is not None and path.exists():  # damaged, or a newer version's: kept as it is
            make_private_folder(aside)
            for suffix in ("", *_LOGS):
                if (one := path.with_name(path.name + suffix)).exists():
                    shutil.copy2(one, aside / one.name)
                    fsync_file(aside / one.name)
            fsync_folder(aside)
        return aside

    def _read_mark(self) -> Path | None:
        """Where an interrupted restore has kept the state before it; None if there was none."""
        try:
            return Path(json.loads(self._mark_path.read_text(encoding="utf-8"))["kept"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write_mark(self, kept: Path) -> None:
        text = json.dumps({"file": str(self._archive.path.absolute()), "kept": str(kept)})
        _install_text(text, self._mark_path)

    def _put_files(self, *, keep_settings: bool) -> None:
        members, home = self._archive.manifest.members, self._settings.home
        if SETTINGS in members and not keep_settings:
            path = config_path()
            path.parent.mkdir(parents=True, exist_ok=True)
            present = path.read_text(encoding="utf-8") if path.exists() else ""
            restored = (self._work / SETTINGS).read_text(encoding="utf-8")
            _install_text(text_for_this_machine(present, restored), path)
        for name in (COOKIES, COOKIES_STATE, SECRET):
            if name in members:
                _install(self._work / name, home / name)
        if HISTORY in members:
            make_private_folder(history_path(self._settings).parent)
            _install_sqlite(self._work / HISTORY, history_path(self._settings))

    def _put_database(self) -> None:
        source = self._work / self._archive.manifest.database_member
        path = self._sqlite_path
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            _install_sqlite(source, path)
            open_database(self._url).dispose()  # an older schema is brought up to date
            return
        database = open_database(self._url)
        try:
            load_postgresql(database, source, self._archive.manifest.schema_version)
        finally:
            database.dispose()


@contextmanager
def open_restore(settings: Settings, path: Path) -> Iterator[Restore]:
    """Unpack a backup and check it, before anything is changed.

    Raises:
        BackupError: the file cannot be restored here, or there is no room for it.
    """
    try:
        make_private_folder(settings.home)
        with open_archive(path) as archive, working_folder(settings.home) as work:
            manifest = archive.manifest
            here = parse_url(settings.resolved_database_url).get_backend_name()
            if manifest.database != here:
                raise BackupError(
                    f"{path} is a backup of {_NAMES[manifest.database]}, and the setting "
                    f"'database_url' here names {_NAMES[here]}: change it, or leave it out"
                )
            require_room(settings.home, 2 * archive.unpacked_bytes())
            for name in manifest.members:
                archive.extract(name, work / name)
            check_database(manifest, work, path)
            _check_settings(manifest, work, path)
            yield Restore(settings, archive, work)
    except OSError as error:
        raise BackupError(f"{path} cannot be restored: {describe_refusal(error, path)}") from error


_NAMES = {"sqlite": "an SQLite database", "postgresql": "a PostgreSQL database"}


def _check_settings(manifest: Manifest, work: Path, path: Path) -> None:
    if SETTINGS not in manifest.members:
        return
    try:
        text_for_this_machine("", (work / SETTINGS).read_text(encoding="utf-8"))
    except (UnicodeDecodeError, BackupError) as error:
        raise BackupError(f"{path} is damaged: {one_line(str(error))}") from None


def _count(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return {
            name: int(connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar() or 0)
            for name in SHOWN
        }


def _install_sqlite(source: Path, target: Path) -> None:
    """Put a database file in the place of another one, whose log must not outlive it."""
    if target.exists():
        try:
            close_sqlite(target)
        except DatabaseError as error:
            if "in use" in str(error):
                raise
            # It is damaged, and kept. SQLite would take its log for that of the new file.
            for suffix in _LOGS:
                target.with_name(target.name + suffix).unlink(missing_ok=True)
    _install(source, target)


def _install(source: Path, target: Path) -> None:
    with temporary_in(target.parent) as part:
        shutil.copyfile(source, part)
        _replace(part, target)


def _install_text(text: str, target: Path) -> None:
    with temporary_in(target.parent) as part:
        part.write_text(text, encoding="utf-8")
        _replace(part, target)


def _replace(part: Path, target: Path) -> None:
    part.chmod(FILE_MODE)
    fsync_file(part)
    part.replace(target)
    fsync_folder(target.parent)
