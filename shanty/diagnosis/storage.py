"""Checks of the disks and of the database."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from shanty.catalog import Catalog
from shanty.config.settings import Settings
from shanty.db import open_database
from shanty.db.health import examine
from shanty.diagnosis.findings import Finding, green, red, yellow
from shanty.errors import ConfigError, ShantyError, WaitError
from shanty.library.name_preview import require_usable_names
from shanty.library.presence import look_for_library

LOW_SPACE_BYTES = 2 * 1024**3
NO_SPACE_BYTES = 100 * 1024**2
LARGE_LOG_BYTES = 64 * 1024**2
OLDEST_POSTGRESQL = 14
"""The oldest version that is still supported: https://www.postgresql.org/support/versioning/."""


def check_home(settings: Settings) -> Iterator[Finding]:
    """Whether the home folder can be used, and whether others can change what is in it."""
    home = settings.home
    place = _nearest(home)
    if not place.is_dir():
        yield red("home", f"{place} is no folder", "set SHANTY_HOME to another place")
    elif not os.access(place, os.W_OK | os.X_OK):
        yield red("home", f"{place} cannot be written to", "change its owner, or set SHANTY_HOME")
    elif not home.exists():
        yield green("home", f"{home} will be made")
    elif stat.S_IMODE(home.stat().st_mode) & 0o022:
        yield yellow("home", f"others can change what is in {home}", f"chmod 700 {home}")
    else:
        yield green("home", str(home))


def check_database(settings: Settings) -> Iterator[Finding]:
    """Whether the database can be opened, is up to date, and is sound."""
    try:
        database = open_database(settings.resolved_database_url)
        try:
            health = examine(database)
        finally:
            database.dispose()
    except ShantyError as error:
        yield red("database", str(error), "see database_url in `shanty config show`")
        return
    about = f"{health.server}, schema {health.schema}"
    if health.problems:
        yield red(
            "database",
            f"{about}: it is damaged ({health.problems[0]})",
            "stop Shanty, keep a copy, and restore a backup",
        )
    elif health.log_bytes > LARGE_LOG_BYTES:
        yield yellow(
            "database",
            f"{about}; its log has grown to {_show_bytes(health.log_bytes)} and is not emptied",
            "some process has been reading for hours: restart Shanty",
        )
    elif health.postgresql_version is not None and health.postgresql_version < OLDEST_POSTGRESQL:
        yield yellow("database", f"{about}, which is no longer supported", "update PostgreSQL")
    else:
        yield green("database", f"{about}, sound")


def check_library(settings: Settings) -> Iterator[Finding]:
    """Whether finished tracks can be filed."""
    path = settings.library.path
    place = path if path.exists() else path.parent
    if not place.is_dir():
        remedy = "create it, mount it, or set library.path"
        yield red("library", f"{path} does not exist", remedy)
    elif not os.access(place, os.W_OK | os.X_OK):
        yield red("library", f"{place} cannot be written to", "change its owner or mode")
    elif absent := _find_absence(settings):
        remedy = "mount its disk, or set library.path; until then nothing is filed"
        yield red("library", absent, remedy)
    else:
        yield green("library", str(path) if path.exists() else f"{path} will be made")


def _find_absence(settings: Settings) -> str:
    """Why the folder is not the library that files were filed in; an empty text if it is."""
    folder = settings.library.path
    try:
        database = open_database(settings.resolved_database_url)
    except ShantyError:
        return ""  # nothing is known of filed tracks; the check of the database says why
    try:
        look_for_library(folder, Catalog(database).known_library)
    except WaitError as error:
        return str(error)
    finally:
        database.dispose()
    return ""


def check_names(settings: Settings) -> Iterator[Finding]:
    """Whether the templates for the names of files can be used."""
    try:
        require_usable_names(settings.library)
    except ConfigError as error:
        remedy = "correct it, or take it out for that of library.preset; until then nothing runs"
        yield red("file names", str(error), remedy)
    else:
        yield green("file names", f"as by {settings.library.template}")


def check_space(settings: Settings) -> Iterator[Finding]:
    """How much room is left where files go. Places on the same disk share a line."""
    places = {
        "library": settings.library.path,
        "staging": settings.incoming_dir,
        "home": settings.home,
    }
    by_disk: dict[int, tuple[list[str], int]] = {}
    for name, place in places.items():
        nearest = _nearest(place)
        names, _ = by_disk.setdefault(nearest.stat().st_dev, ([], shutil.disk_usage(nearest).free))
        names.append(name)
    said = "; ".join(
        f"{_show_bytes(free)} free for {' and '.join(names)}" for names, free in by_disk.values()
    )
    least = min(free for _, free in by_disk.values())
    remedy = "make room; until then downloads wait"
    if least < NO_SPACE_BYTES:
        yield red("disk space", said, remedy)
    elif least < LOW_SPACE_BYTES:
        yield yellow("disk space", said, remedy)
    else:
        yield green("disk space", said)


def _nearest(path: Path) -> Path:
    """The path, or the nearest one above it that exists."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def _show_bytes(number: int) -> str:
    if number < 1024**3:
        return f"{number / 1024**2:.0f} MiB"
    return f"{number / 1024**3:.1f} GiB"
