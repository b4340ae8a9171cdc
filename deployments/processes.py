"""Processes of ours that other processes of ours own: started, watched, ended within bounds."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil

logger = logging.getLogger(__name__)

MAX_LOG_BYTES = 4 * 1024 * 1024
_ROOT = Path(__file__).resolve().parent.parent


def start_owned(module: str, *arguments: str, log_path: Path) -> subprocess.Popen[bytes]:
    """Start ``python -m module`` so that it learns of our end, however we end.

    Its standard input is a pipe that we never write to and that the system closes with us. It is
    in a session of its own: Ctrl-C is for us, we stop it in our order.
    """
    environment = dict(os.environ)
    if (_ROOT / "pyproject.toml").exists():
        # A checkout, not an installation: what is below the process must find the packages too.
        paths = [str(_ROOT), environment.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    log_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with log_path.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env=environment,
            start_new_session=True,
        )


def bound_log(path: Path, max_bytes: int = MAX_LOG_BYTES) -> None:
    """Keep a log that a process of ours appends to from growing: at most this, and as much old."""
    try:
        if path.stat().st_size <= max_bytes:
            return
        shutil.copyfile(path, path.with_name(f"{path.name}.1"))
        os.truncate(path, 0)  # whoever appends to it goes on at its new end
    except OSError as error:
        logger.warning("%s cannot be kept small: %s", path, error.strerror)


def stop_owned(process: subprocess.Popen[bytes], timeout_seconds: float) -> None:
    """Ask a process to end, and end it when it has not within the time."""
    process.terminate()
    try:
        process.wait(timeout_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdin is not None:
        process.stdin.close()


def end_children(timeout_seconds: float) -> None:
    """Ask every process below this one to end, and end those that have not within the time."""
    children = psutil.Process(os.getpid()).children(recursive=True)
    for child in children:
        with suppress(psutil.NoSuchProcess):
            child.terminate()
    _, left = psutil.wait_procs(children, timeout_seconds)
    for child in left:
        with suppress(psutil.NoSuchProcess):
            child.kill()
