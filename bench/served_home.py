"""A home whose pages are served by a process of their own, for the benchmark of the pages.

Owns that process, those who look at its pages, and what both cost. Knows no goal.
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.large_library import fill
from bench.lived_in import live_in
from deployments.listening import free_port
from shanty.access.credentials import Credentials
from shanty.access.secret import read_secret
from shanty.db import Database, open_database
from shanty.workqueue import WorkQueue

SHANTY = [sys.executable, "-m", "cli.main"]
START_SECONDS = 120.0
PATIENCE_SECONDS = 120.0


@dataclass(frozen=True)
class Answered:
    """A page's status, and what it took: on the clock, and of the server's processor."""

    status: int
    wall_ms: list[float]
    cpu_ms: float


class ServedHome:
    """A home with a made-up library."""

    def __init__(self, folder: Path, world_environment: Mapping[str, str]):
        self._home = folder / "home"
        self._home.mkdir(parents=True)
        self._library_dir = folder / "library"
        self._library_dir.mkdir()
        (folder / "shanty.toml").touch()
        self._port = free_port()
        self._log_path = folder / "log"
        own = {
            "SHANTY_HOME": str(self._home),
            "SHANTY_CONFIG": str(folder / "shanty.toml"),
            "SHANTY_LIBRARY__PATH": str(self._library_dir),
        }
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PREFECT_", "SHANTY_"))
        }
        self._environment = {**inherited, **world_environment, **own}
        self.database: Database = open_database(f"sqlite:///{self._home / 'shanty.db'}")

    def fill(self, tracks: int, rules: int, reviews: int) -> None:
        """Put the library into the database."""
        fill(self.database, WorkQueue(self.database), tracks, rules, reviews)
        live_in(self.database, self._library_dir)

    @contextmanager
    def served(self) -> Iterator[psutil.Process]:
        """A block with the pages served; gives their process."""
        with self.running("web", "--port", str(self._port)) as service:
            deadline = time.monotonic() + START_SECONDS
            while not self._is_served():
                if service.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"the pages are not served:\n{self._log_path.read_text()}")
                time.sleep(0.1)
            yield psutil.Process(service.pid)

    @contextmanager
    def running(self, *words: str) -> Iterator[subprocess.Popen[bytes]]:
        """A block beside which a command of ours runs."""
        with self._log_path.open("ab") as log:
            command = [*SHANTY, *words]
            process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_SECONDS)

    def ask(self, server: psutil.Process, path: str, times: int) -> Answered:
        """Ask for a page so many times, and once before, to warm up."""
        taken, status, used = [], 0, 0.0
        for number in range(times + 1):
            used = used if number > 1 else cpu_seconds(server)
            began = time.perf_counter()
            status = self.get(path)
            taken.append((time.perf_counter() - began) * 1000)
        return Answered(status, taken[1:], (cpu_seconds(server) - used) * 1000 / times)

    def get(self, path: str) -> int:
        """Read a page to its last byte, as somebody who has logged in; gives the status."""
        with self._asked(path) as answer:
            answer.read()
            return answer.status

    @contextmanager
    def looked_at(self, paths: Sequence[str]) -> Iterator[None]:
        """A block while each of the pages is open, as in a browser: what changes is fetched."""
        is_over = threading.Event()
        settled = [threading.Event() for _ in paths]
        for path, is_there in zip(paths, settled, strict=True):
            arguments = (path, is_there, is_over)
            threading.Thread(target=self._look, args=arguments, daemon=True).start()
        for is_there in settled:
            if not is_there.wait(PATIENCE_SECONDS):
                raise SystemExit("the pages tell of no change")
        try:
            yield
        finally:
            is_over.set()  # the streams end with the server

    def _look(self, path: str, is_there: threading.Event, is_over: threading.Event) -> None:
        try:
            with self._asked("/live") as stream:
                for line in stream:
                    if line.startswith(b"event: change") and not is_over.is_set():
                        self.get(path)
                        is_there.set()
        except (OSError, http.client.HTTPException):
            if not is_over.is_set():
                raise

    @contextmanager
    def _asked(self, path: str) -> Iterator[http.client.HTTPResponse]:
        credentials = Credentials(read_secret(self._home))
        cookie = f"{credentials.cookie_name}={credentials.make_session()}"
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_SECONDS)
        try:
            connection.request("GET", path, headers={"Cookie": cookie, "Accept": "text/html"})
            yield connection.getresponse()
        finally:
            connection.close()

    def _is_served(self) -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


def cpu_seconds(server: psutil.Process) -> float:
    """How much of the processor a process has used."""
    times = server.cpu_times()
    return float(times.user + times.system)
