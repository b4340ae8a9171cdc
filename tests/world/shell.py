"""The command line for tests: in this process, with a home and an offline world."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from shanty.stages import load_stages
from shanty.stages.execution import execute
from tests.world.databases import lay_database

UNKNOWN_MBID = "00000000-1111-4222-8333-444444444444"


class Shell:
    """Runs ``shanty`` in this process, with a home of its own."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
        self._capsys = capsys
        self._monkeypatch = monkeypatch
        self.out = self.err = ""

    def __call__(self, *words: str) -> int:
        from cli.main import main

        self._monkeypatch.setattr(sys, "argv", ["shanty", *words])
        code: object = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
        self.out, self.err = self._capsys.readouterr()
        assert isinstance(code, int)
        return code

    def json(self, *words: str) -> object:
        assert self(*words, "--json") == 0, self.err
        return json.loads(self.out)

    def fails(self, *words: str) -> str:
        """Run a command that must fail in the expected way; returns its one sentence."""
        assert self(*words) == 1, self.out + self.err
        assert "Traceback" not in self.out + self.err
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        return lines[0]


@pytest.fixture
def new_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which nothing has been done yet; its settings are in force."""
    (tmp_path / "shanty.toml").touch()
    (tmp_path / "library").mkdir()
    monkeypatch.setenv("SHANTY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHANTY_CONFIG", str(tmp_path / "shanty.toml"))
    monkeypatch.setenv("SHANTY_LIBRARY__PATH", str(tmp_path / "library"))
    monkeypatch.setenv("SHANTY_WEB__PORT", "0")  # else all tests would want the same one
    for name in ("SHANTY_DATABASE_URL", "PREFECT_API_URL"):  # another test's server may be there
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def home(new_home: Path) -> Path:
    """The same, with a database in which there is nothing yet."""
    lay_database(new_home / "home")
    return new_home


@pytest.fixture
def shanty(
    home: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Shell:
    return Shell(capsys, monkeypatch)


def file_everything() -> None:
    """Do the work of a pipeline run, without Prefect."""
    from cli.opening import open_state
    from shanty.stages.services import open_services

    state = open_state()
    services = open_services(state.settings, state.database, run_id="test")
    with state.database.begin() as tx:
        state.queue.items.enqueue_wanted(tx)
    worker_id = state.queue.workers.register()
    stages = load_stages()
    while items := state.queue.items.claim(worker_id, 1):
        outcome = execute(items[0], services, stages)
        while outcome.next_item is not None:
            outcome = execute(outcome.next_item, services, stages)
    state.queue.workers.unregister(worker_id)
