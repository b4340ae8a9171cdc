"""A process that is ready becomes a flow run, or ends; it is never left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from deployments.ready_process import ENGINE
from deployments.ready_run import ReadyRun
from tests.world.crash_world import ROOT
from tests.world.service_home import wait_until

END_SECONDS = 60.0


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home for processes that are started from here."""
    monkeypatch.setenv("SHANTY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHANTY_CONFIG", str(tmp_path / "shanty.toml"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "shanty.toml").touch()
    return tmp_path


def test_a_ready_process_takes_the_environment_and_the_folder_of_its_run(home: Path) -> None:
    folder = home / "run"
    folder.mkdir()
    ready = ReadyRun()
    assert ready.begin({}, str(folder)) is None, "there is none yet"
    ready.prepare()
    pid = ready.pid
    assert pid is not None
    process = psutil.Process(pid)
    wait_until(lambda: ENGINE in process.cmdline(), "the caretaker knows it by that")
    ready.prepare()
    assert ready.pid == pid, "one is enough"
    # No engine runs a run that has no id: it says so in its log, and ends.
    process = ready.begin({**os.environ, "PREFECT__FLOW_RUN_ID": "no-id"}, str(folder))
    assert process is not None
    assert process.pid == pid
    assert ready.pid is None
    assert process.wait(END_SECONDS) == 1
    assert ready.begin({}, str(folder)) is None, "a process is one run"


def test_a_ready_process_that_nobody_wants_ends(home: Path) -> None:
    ready = ReadyRun()
    ready.prepare()
    assert ready.pid is not None
    process = psutil.Process(ready.pid)
    ready.end(END_SECONDS)
    assert ready.pid == process.pid, "a run may want it yet"
    ready.end()
    assert ready.pid is None
    assert not process.is_running()
    ready.end()


def test_a_ready_process_ends_with_its_starter(home: Path) -> None:
    program = (
        "from deployments.ready_run import ReadyRun\n"
        "ready = ReadyRun()\nready.prepare()\nprint(ready.pid)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    pid = int(said.stdout)
    wait_until(lambda: not psutil.pid_exists(pid), "it has ended", END_SECONDS)
