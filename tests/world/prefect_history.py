"""Prefect's database as a server has it that has just been made: a copy saves each its migrations.

Made once for all processes of a test run, in the folder that the first of them has made.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_RUN_FOLDER = "PYTEST_RUN_FOLDER"


def make_run_folder() -> Path | None:
    """Make the folder that all processes of this test run share; None if another has made it."""
    if _RUN_FOLDER in os.environ:
        return None
    os.environ[_RUN_FOLDER] = tempfile.mkdtemp(prefix="shanty-tests-")
    return Path(os.environ[_RUN_FOLDER])


def lay_history(folder: Path) -> Path:
    """Put an empty, migrated ``prefect.db`` into a folder; returns its path."""
    made = Path(os.environ[_RUN_FOLDER]) / "prefect.db"
    with made.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _make(made)
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(made, folder / "prefect.db"))


def _make(path: Path) -> None:
    unfinished = path.with_name("unfinished.db")
    environment = {name: value for name, value in os.environ.items() if "PREFECT" not in name}
    url = f"sqlite+aiosqlite:///{unfinished}"
    subprocess.run(
        [sys.executable, "-m", "prefect", "server", "database", "upgrade", "--yes"],
        cwd=path.parent,
        env=environment
        | {"PREFECT_HOME": str(path.parent), "PREFECT_API_DATABASE_CONNECTION_URL": url},
        capture_output=True,
        check=True,
    )
    unfinished.rename(path)
