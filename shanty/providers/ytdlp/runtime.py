"""What yt-dlp needs beside itself: a JavaScript runtime, and scripts of the right version."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

_RUN_SECONDS = 10.0
_SUM = "console.log(6 * 7)"


@dataclass(frozen=True, slots=True)
class Runtime:
    """The JavaScript runtime that yt-dlp would use. ``trouble`` says why it cannot, or ``""``."""

    path: str
    version: str
    trouble: str = ""


def find_deno() -> Path | None:
    """The JavaScript runtime of the ``deno`` wheel; if None, yt-dlp looks on the PATH."""
    try:
        from deno import find_deno_bin  # type: ignore[import-untyped]

        return Path(find_deno_bin())
    except (ImportError, FileNotFoundError):
        return None


def find_runtime() -> Runtime | None:
    """The runtime that yt-dlp is told to use, after a test with a sum; None if there is none."""
    from yt_dlp.utils._jsruntime import DenoJsRuntime

    given = find_deno()
    found = DenoJsRuntime(path=None if given is None else str(given)).info
    if found is None:
        return None
    if not found.supported:
        return Runtime(found.path, found.version, "is too old for yt-dlp")
    try:
        done = subprocess.run(
            [found.path, "eval", _SUM],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_RUN_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return Runtime(found.path, found.version, "does not run")
    is_right = done.stdout.strip() == b"42"
    return Runtime(found.path, found.version, "" if is_right else "cannot even calculate")


def release_date(released: str = "") -> date | None:
    """When a version of yt-dlp came out, or the one that this process uses, by its name.

    Returns None if the name is no date.
    """
    match = re.match(r"(\d{4})\.(\d{1,2})\.(\d{1,2})", released or version("yt-dlp"))
    try:
        return None if match is None else date(*map(int, match.groups()))
    except ValueError:
        return None


def age_days(version: str) -> int | None:
    """How many days old a version of yt-dlp is; None if that is unknown."""
    released = release_date(version)
    return None if released is None else (datetime.now(UTC).date() - released).days


def ejs_versions() -> tuple[str | None, str | None]:
    """The installed version of the scripts for YouTube, and the one that yt-dlp asks for."""
    try:
        installed = version("yt-dlp-ejs")
    except PackageNotFoundError:
        installed = None
    asked = (re.match(r"yt-dlp-ejs==([\w.]+)", one) for one in requires("yt-dlp") or ())
    return installed, next((match[1] for match in asked if match), None)
