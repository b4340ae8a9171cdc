"""What ``shanty run`` says at its end, through a real Prefect server."""

from __future__ import annotations

from pathlib import Path

import pytest

from shanty.demo.world import World
from shanty.errors import LIBRARY
from shanty.sources.circuit_names import circuit_name, label_of
from tests.world.shell import Shell


@pytest.fixture
def at_a_server(prefect_server: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", prefect_server)


@pytest.mark.usefixtures("at_a_server")
def test_a_run_that_loses_a_disk_says_so_last_and_fails(
    shanty: Shell, home: Path, world: World
) -> None:
    library, unplugged = home / "library", home / "unplugged"
    assert shanty("watch", "add", "track", *world.recordings[:2]) == 0
    assert shanty("run", "--limit", "1") == 0, shanty.err
    assert "1 track finished" in shanty.out
    library.rename(unplugged)
    library.mkdir()  # the bare mount point
    assert shanty("run") == 1
    last = shanty.out.strip().splitlines()[-1]
    assert "0 tracks finished" in last
    assert f"{label_of(circuit_name(LIBRARY))}: paused until" in last
    assert str(library) in last
    assert not list(library.iterdir())
    library.rmdir()
    unplugged.rename(library)
    assert shanty("sources", "resume", circuit_name(LIBRARY)) == 0, shanty.err
    assert shanty("run") == 0, shanty.out + shanty.err
    assert "1 track finished" in shanty.out
