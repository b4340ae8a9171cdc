"""A process that hangs is found and replaced; real processes are stopped and killed here."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deployments import caretaker as caretaker_module
from deployments import server as server_module
from deployments import server_pulse
from deployments import service_worker as worker_module
from deployments.caretaker import Caretaker
from deployments.listening import LOOPBACK, free_port
from deployments.server import Server, is_healthy, known_server_pid
from deployments.server_pulse import ServerPulse
from deployments.service_lock import only_service
from deployments.service_worker import WorkerProcess
from deployments.signs import check_service, find_trouble
from deployments.silence import Patience
from shanty.config.settings import Settings, load_settings
from shanty.db import open_database
from shanty.diagnosis.findings import Level
from shanty.workqueue import WorkQueue
from tests.world.service_home import kill_all, wait_until
from tests.world.shell import Shell

SOON = Patience(idle_seconds=1.5, busy_seconds=3.0)
LATER = Patience(idle_seconds=4.0, busy_seconds=8.0)
STOPPED, KILLED = signal.SIGSTOP, signal.SIGKILL


class Watch:
    """A caretaker at work on a light server and a light worker."""

    def __init__(self, settings: Settings):
        self.told: list[str] = []
        self.home = settings.home
        self.server = Server(settings, LOOPBACK, free_port())
        self.server.start()
        self.worker = WorkerProcess(settings.home, "shanty", threading.Event())
        self.worker.start()
        self.database = open_database(settings.resolved_database_url)
        self.pulse = ServerPulse(self.server.api_url, self.server.pid)
        self.caretaker = Caretaker(
            self.told.append,
            WorkQueue(self.database),
            self.database,
            self.pulse,
            self.server,
            self.worker,
        )

    def look_until(self, told: str) -> str:
        """Look again and again until something was told; returns it."""

        def is_told() -> bool:
            self.caretaker.look()
            return any(told in line for line in self.told)

        wait_until(is_told, told, 60)
        return next(line for line in self.told if told in line)

    def close(self) -> None:
        kill_all([pid for pid in (self.worker.pid, self.server.pid) if pid])
        self.server.stop()
        self.worker.stop()
        self.database.dispose()


@pytest.fixture
def watch(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setattr(server_module, "_SERVER_MODULE", "tests.world.light_server")
    monkeypatch.setattr(worker_module, "_MODULE", "tests.world.light_worker")
    monkeypatch.setattr(server_pulse, "PATIENCE", SOON)
    monkeypatch.setattr(server_pulse, "_BOUNDS", server_pulse.Bounds(0.5, 0.5, 0.5))
    monkeypatch.setattr(caretaker_module, "WORKER_PATIENCE", LATER)
    for name in ("FLOW_PATIENCE", "UNLEASED_PATIENCE"):
        monkeypatch.setattr(caretaker_module, name, SOON)
    made = Watch(load_settings())
    try:
        with made.pulse:
            yield made
    finally:
        made.close()


@pytest.mark.parametrize("number", [STOPPED, KILLED])
def test_a_server_is_judged_by_its_answer(watch: Watch, number: signal.Signals) -> None:
    first = watch.server.pid
    assert first is not None
    os.kill(first, number)
    line = watch.look_until("starting it again")
    assert ("has not answered for" if number is STOPPED else "died") in line
    assert "the last line of its log: " in line
    wait_until(lambda: watch.caretaker.look() or is_healthy(watch.server.api_url), "up", 30)
    assert watch.server.pid not in (None, first)
    assert known_server_pid(watch.home) == watch.server.pid
    assert not psutil.pid_exists(first)


@pytest.mark.parametrize("number", [STOPPED, KILLED])
def test_a_worker_is_judged_by_its_turns(watch: Watch, number: signal.Signals) -> None:
    first = watch.worker.pid
    assert first is not None
    turn = watch.worker.last_turn()
    wait_until(lambda: watch.worker.last_turn() != turn, "it turns", 30)
    os.kill(first, number)
    line = watch.look_until("starting it again")
    assert ("no sign of life" if number is STOPPED else "died") in line
    wait_until(lambda: watch.caretaker.look() or watch.worker.is_running, "up", 30)
    assert watch.worker.pid not in (None, first)
    assert not psutil.pid_exists(first)


def test_only_our_flow_runs_are_judged_and_by_their_heartbeat(watch: Watch) -> None:
    wait_until(lambda: len(caretaker_module._flow_runs_below(watch.worker.pid)) == 1, "a run", 30)
    (ours,) = caretaker_module._flow_runs_below(watch.worker.pid)
    other = subprocess.Popen([sys.executable, "-c", "input()", "prefect.engine"], stdin=-1)
    try:
        os.kill(ours, STOPPED)
        os.kill(other.pid, STOPPED)
        line = watch.look_until("its work is taken up again")
        assert f"process {ours}" in line
        assert other.poll() is None
        wait_until(lambda: not psutil.pid_exists(ours) or is_zombie(ours), "ended", 10)
    finally:
        kill_all([other.pid])
        other.wait()


def is_zombie(pid: int) -> bool:
    return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_worker_is_excused_while_the_server_says_nothing(watch: Watch) -> None:
    assert watch.worker.pid is not None
    assert watch.server.pid is not None
    os.kill(watch.worker.pid, STOPPED)
    os.kill(watch.server.pid, STOPPED)
    line = watch.look_until("starting it again")
    assert "the Prefect server" in line
    assert not any("the worker" in told for told in watch.told)


def test_status_and_doctor_name_what_is_not_well(
    watch: Watch, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings()
    shanty = Shell(capsys, monkeypatch)
    assert find_trouble(settings) == []
    (finding,) = check_service(settings)
    assert finding.level is Level.GREEN
    with only_service(watch.home):
        (finding,) = check_service(settings)
        assert finding.level is Level.GREEN
        assert f"process {os.getpid()}" in finding.message
        assert watch.server.pid is not None
        os.kill(watch.server.pid, STOPPED)
        old = time.time() - 600
        os.utime(watch.worker.turns_path, (old, old))
        assert watch.worker.pid is not None
        os.kill(watch.worker.pid, STOPPED)
        os.utime(watch.worker.turns_path, (old, old))
        troubles = find_trouble(settings)
        assert [trouble.split(" (")[0] for trouble in troubles][:1] == ["the Prefect server"]
        assert "the worker has given no sign of life" in troubles[1]
        assert {finding.level for finding in check_service(settings)} == {Level.RED}
        assert shanty("status") == 0
        assert f"trouble: the Prefect server (process {watch.server.pid})" in shanty.out
        assert "no server is running" not in shanty.out
        assert len(shanty.json("status")["trouble"]) == 2  # type: ignore[call-overload,index]
