"""The worker process of the service: it takes up scheduled runs, and shows its turns.

With every turn of its polling loop, the worker touches a file. Nothing else shows that its loop
stands still: its process exists, and its flow runs may even go on.
"""

from __future__ import annotations

import os
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

from deployments.processes import kill_owned, kill_tree, start_owned, stop_owned
from shanty.files.private_files import make_private_folder, open_private

STOP_SECONDS = 7.0
_MODULE = "deployments.worker_process"


class WorkerProcess:
    """The worker of one pool, which can be started again."""

    def __init__(self, home: Path, pool: str, stopping: threading.Event):
        self._pool = pool
        self._stopping = stopping
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self.log_path = home / "prefect" / "worker.log"
        self.turns_path = turns_path(home)

    @property
    def pid(self) -> int | None:
        """The id of the worker's process, if it was started and not stopped since."""
        return None if self._process is None else self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the worker's process runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the worker, unless the service is stopping."""
        with self._lock:
            if not self._stopping.is_set():
                make_private_folder(self.turns_path.parent)
                open_private(self.turns_path, "a").close()
                os.utime(self.turns_path)
                self._process = start_owned(
                    _MODULE, self._pool, str(self.turns_path), log_path=self.log_path
                )

    def call(self) -> None:
        """Tell the worker that a run is about to be due, so that it gets ready at once."""
        with self._lock, suppress(OSError):
            if self._process is not None and self._process.stdin is not None:
                os.write(self._process.stdin.fileno(), b"\n")

    def stop(self) -> None:
        """End the worker and its flow runs, which give their items back."""
        with self._lock:
            if self._process is not None:
                stop_owned(self._process, STOP_SECONDS)
                self._process = None

    def kill(self) -> None:
        """End the worker and its flow runs at once."""
        with self._lock:
            if self._process is not None:
                kill_owned(self._process)
                self._process = None

    def send_kill(self) -> None:
        """Kill the worker without waiting, so that a signal handler may call this."""
        if self._process is not None:
            kill_tree(self._process.pid)

    def last_turn(self) -> int:
        """A number that changes with every turn of the worker's loop."""
        try:
            return self.turns_path.stat().st_mtime_ns
        except OSError:
            return 0


def turns_path(home: Path) -> Path:
    """The file that the worker of a home touches with every turn."""
    return home / "prefect" / "worker.turns"


def home_of(turns_path: Path) -> Path:
    """The home whose worker touches a file with every turn."""
    return turns_path.parent.parent
