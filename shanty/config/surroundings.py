"""What our processes take over from the place where they were started, and what they ignore.

The current folder, the environment and Python's variables may belong to another project, or to
another person. Owns which of them count here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The folder that our packages are in: a checkout, or where they are installed."""

WORKER_PACE = "PREFECT_WORKER_QUERY_SECONDS"
PACE = ("PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS", WORKER_PACE)
"""Prefect's settings that are taken over: how often schedules and work are looked at."""
NAMED_SERVER = (
    "PREFECT_API_URL",
    "PREFECT_API_AUTH_STRING",
    "PREFECT_API_KEY",
    "PREFECT_API_SSL_CERT_FILE",
    "PREFECT_API_TLS_INSECURE_SKIP_VERIFY",
)
"""Prefect's settings that are taken over if the first one names a server."""
_PLUGINS = "yt_dlp_plugins"
_PYTHON_KEPT = {"PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"}
# Another project's settings of uvicorn: how many processes it has, and whose headers it believes.
_OF_OTHER_SERVERS = {"WEB_CONCURRENCY", "FORWARDED_ALLOW_IPS"}


def ignored_prefect_settings(environment: Mapping[str, str]) -> list[str]:
    """The names of Prefect's settings in an environment that are ignored here."""
    kept = {*PACE, *(NAMED_SERVER if environment.get(NAMED_SERVER[0]) else ())}
    # Prefect reads them in upper and lower case; we and our documents know upper case only.
    return sorted(
        name for name in environment if name.upper().startswith("PREFECT_") and name not in kept
    )


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for our own processes, without the settings of other projects."""
    dropped = {*ignored_prefect_settings(environment), *_OF_OTHER_SERVERS}
    clean = {name: value for name, value in environment.items() if name not in dropped}
    if "PATH" in clean:
        clean["PATH"] = absolute_folders(clean["PATH"])
    return clean_import_path(clean)


def clean_import_path(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment in which Python imports installed packages, our own, and yt-dlp's plug-ins.

    It sets Python's safe path, which child processes inherit, and UTF-8.
    """
    clean = {
        name: value
        for name, value in environment.items()
        if not name.startswith("PYTHON") or name in _PYTHON_KEPT
    }
    clean |= {"PYTHONSAFEPATH": "1", "PYTHONUTF8": "1"}
    folders = plugin_folders(environment.get("PYTHONPATH", ""))
    if (ROOT / "pyproject.toml").exists():
        # In a checkout nothing is installed: child processes must find the packages too.
        folders = [str(ROOT), *(folder for folder in folders if Path(folder) != ROOT)]
    if folders:
        clean["PYTHONPATH"] = os.pathsep.join(folders)
    return clean


def plugin_folders(python_path: str) -> list[str]:
    """The folders of a ``PYTHONPATH`` that bring yt-dlp plug-ins, or Shanty itself.

    Other folders could hide modules of Python, of Prefect or of ours, such as ``queue.py`` or
    ``flows``.
    """
    return [
        entry
        for entry in python_path.split(os.pathsep)
        if (folder := Path(entry)).is_absolute()
        and (folder == ROOT or (folder / _PLUGINS).is_dir())
    ]


def absolute_folders(search_path: str) -> str:
    """A ``PATH`` without relative folders, in which anybody's ``ffmpeg`` may lie."""
    entries = search_path.split(os.pathsep)
    return os.pathsep.join(entry for entry in entries if Path(entry).is_absolute())


def found_foreign_files(folder: Path) -> list[str]:
    """The names of files in a folder that would change programs which trust that folder."""
    names = [name for name in (".env", "prefect.toml") if (folder / name).is_file()]
    modules = {path.stem for path in folder.glob("*.py")} & sys.stdlib_module_names
    return [*names, *sorted(f"{name}.py" for name in modules)]
