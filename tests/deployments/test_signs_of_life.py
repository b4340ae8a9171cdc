"""When systemd is given a sign of life: real processes are stopped, a real database is away."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments import server as server_module
from deployments import server_pulse
from deployments import service_worker as worker_module
from deployments.caretaker import Caretaker
from deployments.listening import LOOPBACK, free_port
from deployments.server import Server
from deployments.server_pulse import ServerPulse
from deployments.service import Service
from deployments.service_manager import ServiceManager
from deployments.timetable import load_jobs
from shanty.config.settings import load_settings
from shanty.db import open_database
from shanty.errors import DatabaseError
from shanty.workqueue import WorkQueue
from tests.world.notify_listener import Listener
from tests.world.service_home import kill_all, wait_until


class Watched:
    """A service that watches over a light server and a light worker, and whoever listens to it."""

    def __init__(self, folder: Path):
        settings = load_settings()
        self.listener = Listener(str(folder / "notify"))
        manager = ServiceManager(self.listener.address, 1e-6)  # a sign is always due
        self.service = Service(
            settings, print, print, load_jobs({}), LOOPBACK, free_port(), manager
        )
        self.server = Server(settings, LOOPBACK, self.service.port)
        self.server.start()
        self.service.worker.start()
        self.database = open_database(settings.resolved_database_url)
        self.database_path = settings.home / "shanty.db"
        self.pulse = ServerPulse(self.server.api_url, self.server.pid)
        queue = WorkQueue(self.database)
        self.caretaker = Caretaker(
            print, queue, self.database, self.pulse, self.server, self.service.worker
        )

    def is_well(self) -> bool:
        """Whether a sign is given now."""
        self.service._give_sign(self.caretaker)
        return self.listener.heard() == ["WATCHDOG=1"]

    def close(self) -> None:
        kill_all([pid for pid in (self.service.worker.pid, self.server.pid) if pid])
        self.server.stop()
        self.service.worker.stop()
        self.database.dispose()
        self.listener.close()


@pytest.fixture
def watched(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setattr(server_module, "_SERVER_MODULE", "tests.world.light_server")
    monkeypatch.setattr(worker_module, "_MODULE", "tests.world.light_worker")
    monkeypatch.setattr(server_pulse, "_BOUNDS", server_pulse.Bounds(0.5, 0.5, 0.5))
    made = Watched(tmp_path)
    try:
        with made.pulse:
            yield made
    finally:
        made.close()


def test_signs_are_given_only_while_server_worker_and_database_answer(watched: Watched) -> None:
    assert watched.is_well()
    assert watched.server.pid is not None and watched.service.worker.pid is not None
    os.kill(watched.server.pid, signal.SIGSTOP)
    wait_until(lambda: not watched.is_well(), "no sign while the server is stopped", 30)
    os.kill(watched.server.pid, signal.SIGCONT)
    wait_until(watched.is_well, "it answers again", 30)
    with sqlite3.connect(watched.database_path) as other:
        other.execute("ALTER TABLE work_queue RENAME TO elsewhere")
    with pytest.raises(DatabaseError):
        watched.is_well()
    assert watched.listener.heard() == []
    with sqlite3.connect(watched.database_path) as other:
        other.execute("ALTER TABLE elsewhere RENAME TO work_queue")
    assert watched.is_well()
    kill_all([watched.service.worker.pid])
    wait_until(lambda: not watched.service.worker.is_running, "the worker is dead", 30)
    assert not watched.is_well()
    watched.caretaker.is_worker_wanted = False
    assert watched.is_well(), "it is kept stopped on purpose"
