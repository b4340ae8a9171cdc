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

from shanty.private_files import make_private_folder, open_private_log
from shanty.surroundings import clean_import_path

logger = logging.getLogger(__name__)

MAX_LOG_BYTES = 4 * 1024 * 1024


def start_owned(module: str, *arguments: str, log_path: Path) -> subprocess.Popen[bytes]:
    """Start ``python -m module`` so that it learns of our end, however we end.

    Its standard input is a pipe that we never write to and that the system closes with us. It is
    in a session of its own: Ctrl-C is for us, we stop it in our order. Nothing that it imports
    comes from the current folder.
    """
    make_private_folder(log_path.parent)
    with open_private_log(log_path) as log:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env=clean_import_path(os.environ),
            start_new_session=True,
        )


def bound_log(path: Path, max_bytes: int = MAX_LOG_BYTES) -> None:
    """Keep a log that a process of ours appends to from growing: at most this, and as much old."""
    try:
        if path.stat().st_size <= max_bytes:
            return
        old = path.with_name(f"{path.name}.1")
        old.unlink(missing_ok=True)  # were it a link, something else would be written over
        shutil.copyfile(path, old)
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
