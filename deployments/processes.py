"""Processes that one of our processes owns: starting them, and ending them within bounds."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil

from shanty.config.surroundings import clean_import_path
from shanty.errors import one_line
from shanty.files.private_files import make_private_folder, open_private_log

logger = logging.getLogger(__name__)

MAX_LOG_BYTES = 4 * 1024 * 1024
_TAIL_BYTES = 8192
_LINE_LENGTH = 200


def start_owned(
    module: str,
    *arguments: str,
    log_path: Path,
    shared_files: tuple[int, ...] = (),
    stdout: int | None = None,
) -> subprocess.Popen[bytes]:
    """Start ``python -m module`` so that it notices our end, however we end.

    Its standard input is a pipe of ours, which the system closes when we end.
    The process has a session of its own, so that Ctrl-C reaches only us, and we stop things in
    order. It imports nothing from the current folder. It inherits the descriptors in
    ``shared_files`` and the locks on them. What it prints goes into the log, or to ``stdout``.
    """
    make_private_folder(log_path.parent)
    with open_private_log(log_path) as log:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=log if stdout is None else stdout,
            stderr=log,
            env=clean_import_path(os.environ),
            start_new_session=True,
            pass_fds=shared_files,
        )


def bound_log(path: Path, max_bytes: int = MAX_LOG_BYTES) -> None:
    """Bound a log that one of our processes appends to: ``max_bytes``, and one old file."""
    try:
        if path.stat().st_size <= max_bytes:
            return
        old = path.with_name(f"{path.name}.1")
        old.unlink(missing_ok=True)  # if this were a link, the copy would overwrite its target
        shutil.copyfile(path, old)
        os.truncate(path, 0)  # the process goes on at the new end, because it appends
    except OSError as error:
        logger.warning("%s cannot be kept small: %s", path, error.strerror)


def stop_owned(process: subprocess.Popen[bytes], timeout_seconds: float) -> None:
    """Ask a process to end. If it does not within the time, end it and all below it."""
    process.terminate()
    try:
        process.wait(timeout_seconds)
    except subprocess.TimeoutExpired:
        kill_owned(process)
    if process.stdin is not None:
        process.stdin.close()


def kill_owned(process: subprocess.Popen[bytes]) -> None:
    """End a process and all below it at once, even if they are stopped."""
    kill_tree(process.pid)
    process.wait()


def kill_tree(pid: int) -> None:
    """End a process and all below it at once."""
    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        for one in [*parent.children(recursive=True), parent]:
            with suppress(psutil.NoSuchProcess):
                one.kill()


def last_line(path: Path) -> str:
    """The last line in the log of one of our processes; empty if there is none."""
    try:
        with path.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - _TAIL_BYTES))
            lines = log.read().decode("utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line for line in map(one_line, reversed(lines)) if line), "")[:_LINE_LENGTH]


def end_children(timeout_seconds: float) -> None:
    """Ask every process below this one to end, and kill those that do not within the time."""
    children = psutil.Process(os.getpid()).children(recursive=True)
    for child in children:
        with suppress(psutil.NoSuchProcess):
            child.terminate()
    _, left = psutil.wait_procs(children, timeout_seconds)
    for child in left:
        with suppress(psutil.NoSuchProcess):
            child.kill()
