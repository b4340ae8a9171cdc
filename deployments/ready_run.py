"""The one process that a worker keeps ready to become its next flow run.

It is started when a run is about to be due, and imports while the worker does. A worker that rests
has none. Does not import Prefect.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import Any

from deployments.ready_process import ENGINE

UNUSED_SECONDS = 30.0
"""How long a process is kept that no run takes: it takes as much memory as a run."""
_MODULE = "deployments.ready_process"


class ReadyRun:
    """At most one process that is ready, or gets ready. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0

    @property
    def pid(self) -> int | None:
        """The id of the process; None if there is none."""
        process = self._process
        return None if process is None else process.pid

    def prepare(self) -> None:
        """Start the process, unless there is one already."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                words = [sys.executable, "-P", "-m", _MODULE, ENGINE]
                self._process = subprocess.Popen(words, stdin=subprocess.PIPE)
                self._started_at = time.monotonic()

    def begin(self, environment: dict[str, Any], folder: str) -> subprocess.Popen[bytes] | None:
        """Let the process become the run of an environment; None if there is no such process."""
        with self._lock:
            process, self._process = self._process, None
        if process is None or process.stdin is None or process.poll() is not None:
            return None
        told = json.dumps({"environment": environment, "folder": folder})
        try:
            with process.stdin as line:
                line.write(f"{told}\n".encode())
        except OSError:
            _end(process)
            return None
        return process

    def end(self, unused_seconds: float = 0.0) -> None:
        """End the process, if no run has taken it for so long."""
        with self._lock:
            if time.monotonic() - self._started_at < unused_seconds:
                return
            process, self._process = self._process, None
        if process is not None:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    with suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()
