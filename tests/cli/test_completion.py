"""A shell completes commands and their options, although each command is imported late."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.world.crash_world import ROOT


@pytest.mark.parametrize(
    ("typed", "completed"),
    [("shanty wa", ["watch"]), ("shanty watch add artist --dr", ["--dry-run"])],
)
def test_bash_is_told_what_fits(typed: str, completed: list[str]) -> None:
    code = "import sys; sys.argv = ['shanty']; from cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ
        | {
            "_SHANTY_COMPLETE": "complete_bash",
            "COMP_WORDS": typed,
            "COMP_CWORD": str(typed.count(" ")),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == completed
