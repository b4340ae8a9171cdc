"""Checks whether everything that Shanty needs is there, with a remedy for what is not."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from shanty.config import Settings
from shanty.db import open_database
from shanty.errors import ShantyError, TransientError
from shanty.providers.ffmpeg import find_ffmpeg
from shanty.providers.fingerprint import ANY_FINGERPRINT, AcoustId, find_fpcalc
from shanty.providers.http_session import make_session
from shanty.providers.ytdlp import find_deno

STALE_AFTER_DAYS = 60
"""yt-dlp follows the sites it reads from; older ones begin to fail."""
LOW_SPACE_BYTES = 2 * 1024**3

# Beyond these the Prefect server does not start or no schedule fires: see pyproject.toml.
KNOWN_GOOD = {
    "prefect": ("3.8", "3.9"),
    "fastapi": ("0.139", "0.151"),
    "sqlalchemy": ("2.0", "2.1"),
}


class Level(StrEnum):
    """How bad it is."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check saw, and what to do about it."""

    name: str
    level: Level
    message: str
    remedy: str = ""


def diagnose(settings: Settings) -> Iterator[Finding]:
    """Run every check, one finding each; a check that breaks is a red finding, not an error."""
    checks: tuple[Callable[[Settings], Finding], ...] = (
        _check_database,
        _check_library,
        _check_space,
        _check_ffmpeg,
        _check_js_runtime,
        _check_ytdlp,
        _check_musicbrainz,
        _check_acoustid,
        _check_versions,
    )
    for check in checks:
        try:
            yield check(settings)
        except Exception as error:
            name = check.__name__.removeprefix("_check_")
            yield Finding(name, Level.RED, f"the check itself failed: {error!r}")


def _check_database(settings: Settings) -> Finding:
    try:
        database = open_database(settings.resolved_database_url)
    except ShantyError as error:
        return Finding("database", Level.RED, str(error), "see [database_url] in `config show`")
    kind = database.dialect_name
    database.dispose()
    return Finding("database", Level.GREEN, f"{kind}, schema up to date")


def _check_library(settings: Settings) -> Finding:
    path = settings.library.path
    existing = path if path.exists() else path.parent
    if not existing.is_dir():
        return Finding(
            "library",
            Level.RED,
            f"{path} does not exist",
            "create it, mount it, or set library.path",
        )
    if not os.access(existing, os.W_OK):
        return Finding(
            "library", Level.RED, f"{existing} is not writable", "change its owner or mode"
        )
    return Finding("library", Level.GREEN, str(path))


def _check_space(settings: Settings) -> Finding:
    places = (settings.home, settings.library.path)
    free = min(shutil.disk_usage(_nearest(place)).free for place in places)
    text = f"{free / 1024**3:.1f} GiB free"
    if free < LOW_SPACE_BYTES:
        return Finding("disk space", Level.YELLOW, text, "downloads wait when the disk is full")
    return Finding("disk space", Level.GREEN, text)


def _check_ffmpeg(settings: Settings) -> Finding:
    found = find_ffmpeg()
    if found is None:
        return Finding("ffmpeg", Level.RED, "not found", "install the package ffmpeg")
    return Finding("ffmpeg", Level.GREEN, str(found))


def _check_js_runtime(settings: Settings) -> Finding:
    found = find_deno() or shutil.which("deno") or shutil.which("node")
    if found is None:
        return Finding(
            "JavaScript", Level.YELLOW, "no runtime found", "YouTube needs one: install deno"
        )
    return Finding("JavaScript", Level.GREEN, str(found))


def _check_ytdlp(settings: Settings) -> Finding:
    text = version("yt-dlp")
    year, month, day = (int(part) for part in text.split(".")[:3])
    age = (datetime.now(UTC) - datetime(year, month, day, tzinfo=UTC)).days
    message = f"{text}, {age} days old"
    if age > STALE_AFTER_DAYS:
        return Finding(
            "yt-dlp", Level.YELLOW, message, "update it: pip install -U yt-dlp yt-dlp-ejs"
        )
    return Finding("yt-dlp", Level.GREEN, message)


def _check_musicbrainz(settings: Settings) -> Finding:
    url = settings.musicbrainz.url
    try:
        make_session(settings.musicbrainz.contact).get(url, timeout=5)
    except OSError:  # what requests raises
        return Finding(
            "MusicBrainz",
            Level.RED,
            f"{url} cannot be reached",
            "check the network or musicbrainz.url",
        )
    if not settings.musicbrainz.contact:
        return Finding(
            "MusicBrainz",
            Level.YELLOW,
            f"{url} answers; no contact is set",
            "set musicbrainz.contact to your mail address: anonymous clients get blocked",
        )
    return Finding("MusicBrainz", Level.GREEN, f"{url} answers")


def _check_acoustid(settings: Settings) -> Finding:
    if settings.acoustid.key is None:
        return Finding("AcoustID", Level.GREEN, "not asked: no acoustid.key is set")
    found = find_fpcalc()
    if found is None:
        return Finding(
            "AcoustID",
            Level.YELLOW,
            "a key is set, but there is no fpcalc: nothing is recognized",
            "install fpcalc (Debian: libchromaprint-tools)",
        )
    try:
        acoustid = AcoustId(settings.acoustid.url, settings.acoustid.key.get_secret_value())
        acoustid.look_up(*ANY_FINGERPRINT)
    except TransientError as error:
        return Finding("AcoustID", Level.YELLOW, str(error), "check acoustid.key, and the network")
    return Finding("AcoustID", Level.GREEN, f"takes the key; {found}")


def _check_versions(settings: Settings) -> Finding:
    wrong = []
    for package, (lowest, beyond) in KNOWN_GOOD.items():
        try:
            found = version(package)
        except PackageNotFoundError:
            wrong.append(f"{package} is missing")
            continue
        if not _numbers(lowest) <= _numbers(found) < _numbers(beyond):
            wrong.append(f"{package} {found} is outside {lowest} to {beyond}")
    if wrong:
        return Finding("versions", Level.RED, "; ".join(wrong), "install from requirements.lock")
    return Finding("versions", Level.GREEN, f"prefect {version('prefect')}")


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def _nearest(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path
