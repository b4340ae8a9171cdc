"""A world with a discography, and the command line in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shanty.demo.world import World
from tests.world.shell import Shell


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    audio_dir = tmp_path_factory.getbasetemp() / "audio"
    with World(6, audio_dir, with_scene=True) as made, made.activated():
        yield made


@pytest.fixture
def shanty(
    world: World,
    home: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Shell]:
    world.requests.reset()
    yield Shell(capsys, monkeypatch)
    world.faults.clear()
