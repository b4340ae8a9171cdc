"""How the values of settings are written: durations, bandwidths, passwords, paths and types.

Owns the forms that are understood, and the messages about a wrong one. Refuses to know which
setting a value is for.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from shanty.config.plain_values import OneOf
from shanty.config.quiet_hours import QuietHours
from shanty.music.release_types import (
    PRIMARY_TYPES,
    SECONDARY_TYPES,
    parse_primary_type,
    parse_secondary_type,
)

LONGEST_DURATION = timedelta(days=36_500)
"""100 years: every date that we meet is still a date after adding or taking away this much."""
_DURATION_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def parse_duration(value: object) -> object:
    """Turn ``90s``, ``10m``, ``1h``, ``30d`` or ``1h30m`` into a timedelta.

    A value that is no text is handed on for pydantic to judge.

    Raises:
        ValueError: the text is no duration, or one of more than 100 years.
    """
    if not isinstance(value, str):
        return value
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*([smhdw])", value.lower())
    if not parts or re.sub(r"\s", "", value.lower()) != "".join(n + unit for n, unit in parts):
        raise ValueError(f"{value!r} is not a duration such as 90s, 10m, 1h or 30d")
    seconds = sum(float(n) * _DURATION_UNITS[unit] for n, unit in parts)
    if seconds > LONGEST_DURATION.total_seconds():
        raise ValueError("a duration is 100 years at the most")
    return timedelta(seconds=seconds)


def _check_password(password: SecretStr) -> SecretStr:
    """Refuse a password that is too short, or that an HTTP header cannot carry."""
    secret = password.get_secret_value()
    if len(secret) < 8 or not secret.isascii() or not secret.isprintable():
        raise ValueError("a password needs at least 8 characters, all of them printable ASCII")
    return password


def _check_host(host: str) -> str:
    if re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(:\d{1,5})?", host, re.ASCII) is None:
        raise ValueError(f"{host!r} is no host such as music.example or music.example:8443")
    return host.lower()


def parse_bandwidth(value: object) -> object:
    """Turn ``500K``, ``2M`` or ``1.5MiB`` into bytes per second; a K is 1024, as for yt-dlp.

    Raises:
        ValueError: the text is no bandwidth.
    """
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?(?:/s)?", value.strip().lower())
    if found is None:
        raise ValueError(f"{value!r} is not a bandwidth such as 500K or 2M, in bytes per second")
    return round(float(found[1]) * 1024 ** " kmg".index(found[2] or " "))


def parse_quiet_hours(value: object) -> object:
    """Turn a text such as ``18:00-23:00`` into quiet hours.

    Raises:
        ValueError: the text is no span of hours.
    """
    return QuietHours.parse(value) if isinstance(value, str) else value


def parse_folder(value: object) -> Path:
    """Turn a text into a path, with ``~`` for a home folder.

    Raises:
        ValueError: the text is empty, or names the home of an unknown user.
    """
    if not isinstance(value, str | Path) or not str(value):
        raise ValueError("no folder is named; leave the setting out for its default")
    try:
        return Path(value).expanduser()
    except RuntimeError:
        raise ValueError(f"{str(value)!r} is nobody's home folder here") from None


def parse_path(value: object) -> Path:
    """Turn a text into a path that means the same folder for all processes.

    A flow runs in a folder of its own that is removed when the flow ends. Files below a relative
    path would be removed with it.

    Raises:
        ValueError: the path is relative, or :func:`parse_folder` refuses it.
    """
    path = parse_folder(value)
    if not path.is_absolute():
        raise ValueError(f"{str(value)!r} is not a whole path, such as {path.absolute()}")
    return path


def _check_home(path: Path) -> Path:
    """Refuse a name that cannot be written in settings, logs and addresses."""
    if not str(path).isprintable():
        raise ValueError(
            "its name has a line break or the like, or is not written in UTF-8: name another folder"
        )
    return path


def _check_database_url(url: SecretStr) -> SecretStr:
    scheme, _, path = url.get_secret_value().partition(":///")
    if scheme.startswith("sqlite") and path != ":memory:" and not Path(path).is_absolute():
        raise ValueError("SQLite's file needs its whole path: sqlite:////folder/shanty.db")
    return url


Duration = Annotated[timedelta, BeforeValidator(parse_duration), Field(le=LONGEST_DURATION)]
Bandwidth = Annotated[int, BeforeValidator(parse_bandwidth), Field(ge=1024)]
PrimaryType = Annotated[str, AfterValidator(parse_primary_type), OneOf(PRIMARY_TYPES)]
SecondaryType = Annotated[str, AfterValidator(parse_secondary_type), OneOf(SECONDARY_TYPES)]
HostName = Annotated[str, AfterValidator(_check_host)]
Password = Annotated[SecretStr, AfterValidator(_check_password)]
Folder = Annotated[Path, BeforeValidator(parse_folder)]
FullPath = Annotated[Path, BeforeValidator(parse_path)]
HomePath = Annotated[FullPath, AfterValidator(_check_home)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_check_database_url)]
