"""The tools flow on a real Prefect server; tests/providers/ytdlp/test_versions.py has the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from shanty.config.settings import load_settings
from shanty.errors import TOOLS
from shanty.providers.ytdlp.versions import choice, renewal
from shanty.sources.circuit_names import circuit_name
from shanty.sources.circuits import Circuits
from tests.world.shell import Shell
from tests.world.ytdlp_wheels import LocalIndex, local_index

__all__ = ["local_index"]

pytestmark = pytest.mark.takes(seconds=6)


@pytest.mark.usefixtures("prefect_server", "home", "local_index")
def test_without_an_index_the_job_is_one_quiet_line() -> None:
    from flows.tools import tools

    state = tools(return_state=True)
    assert state.is_completed()
    assert "stays in use: pip: Could not find a version" in (state.message or "")


@pytest.mark.usefixtures("prefect_server")
def test_what_waits_for_a_newer_version_waits_no_longer(
    shanty: Shell, home: Path, local_index: LocalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cli.opening import open_state
    from flows.tools import tools

    monkeypatch.setattr(renewal, "require_fit", lambda *_: None)
    local_index.add("2099.1.1")
    circuits = Circuits(open_state().database)
    circuits.open(circuit_name(TOOLS), "yt-dlp has to be updated")
    assert circuits.blocks(TOOLS)
    state = tools(return_state=True)
    assert state.is_completed()
    assert (state.message or "").startswith("yt-dlp 2099.1.1 is in use: newer than")
    assert not circuits.blocks(TOOLS)
    assert choice.find_in_use(load_settings().home).version == "2099.1.1"


@pytest.mark.usefixtures("prefect_server", "local_index")
def test_a_disk_that_refuses_fails_the_job_and_changes_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.tools import tools

    folder = choice.tools_dir(load_settings().home)
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.touch()
    state = tools(return_state=True)
    assert state.is_failed()
    assert "yt-dlp stays as it is" in (state.message or "")
