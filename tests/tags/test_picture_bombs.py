"""Pictures from outside take a bounded amount of memory, whatever they contain."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.world.crash_world import ROOT
from tests.world.picture_bombs import BOMBS

MOST_MIB = 300
SHORT = ("png palette", "jpeg progressive", "tiff of strips")


def take(name: str, wanted: str) -> int:
    """Return the most memory, in MiB, of a process that fits two such pictures at the same time."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.world.picture_bombs", wanted],
        input=BOMBS[name](),
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=300,
    )
    most, _, fate = done.stdout.decode().split(" ", 2)
    assert fate.startswith("the picture") or "x" in fate
    return int(most)


@pytest.mark.parametrize("name", SHORT)
def test_some_bombs_do_not_go_off(name: str) -> None:
    assert take(name, "keep") < MOST_MIB


@pytest.mark.proof
@pytest.mark.parametrize("wanted", ["keep", "png"])
@pytest.mark.parametrize("name", BOMBS)
def test_no_bomb_goes_off(name: str, wanted: str) -> None:
    assert take(name, wanted) < MOST_MIB
