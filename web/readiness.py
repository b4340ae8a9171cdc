"""What is ready and what is not, a word or a sentence for each part."""

from __future__ import annotations

from collections.abc import Callable

from deployments.signs import find_trouble
from shanty.errors import ShantyError
from shanty.files.disks import describe_trouble
from web.parts import Parts

OK = "ok"


def look(parts: Parts) -> dict[str, str]:
    """``ok`` for each part that works, else why it does not."""
    checks: dict[str, Callable[[Parts], str]] = {
        "database": _database,
        "library": _library,
        "server": _server,
        "worker": _worker,
    }
    return {name: check(parts) or OK for name, check in checks.items()}


def _database(parts: Parts) -> str:
    try:
        parts.catalog.tracks.count()
    except ShantyError as error:
        return str(error)
    return ""


def _library(parts: Parts) -> str:
    path = parts.settings.library.path
    return describe_trouble(path) if path.is_dir() else "the library's folder is not there"


def _server(parts: Parts) -> str:
    return parts.jobs.read().why_none


def _worker(parts: Parts) -> str:
    return "; ".join(find_trouble(parts.settings))
