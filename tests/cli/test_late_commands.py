"""Commands that are imported when they run: the table of them says what they say of themselves."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import Any

import pytest
import typer
import typer.main

from cli.late_commands import LATE_COMMANDS
from cli.main import app
from tests.world.crash_world import ROOT


@pytest.fixture(scope="module")
def shanty() -> Any:
    return typer.main.get_command(app)


@pytest.mark.parametrize("name", LATE_COMMANDS)
def test_the_table_says_what_the_command_says_of_itself(shanty: Any, name: str) -> None:
    command, listed = shanty.commands[name], shanty.get_command(typer.Context(shanty), name)
    assert command.name == listed.name == name
    assert not command.hidden and not command.deprecated
    first, *_ = inspect.cleandoc(command.short_help or command.help).split("\n\n")
    assert listed.help == " ".join(first.split())


def test_a_command_comes_with_what_is_below_it_and_a_wrong_one_with_advice(shanty: Any) -> None:
    context = typer.Context(shanty)
    name, command, rest = shanty.resolve_command(context, ["library", "scan", "music"])
    assert (name, rest) == ("library", ["scan", "music"])
    assert {"scan", "rename", "check"} <= command.commands.keys()
    with pytest.raises(Exception, match=r"No such command 'statsu'\. Did you mean 'status'"):
        shanty.resolve_command(context, ["statsu"])


def test_a_shell_is_told_the_names_that_begin_so(shanty: Any) -> None:
    told = shanty.shell_complete(typer.Context(shanty), "re")
    assert [(one.value, one.help) for one in told] == [
        (name, typer.Context(shanty.commands[name]).command.get_short_help_str())
        for name in ("restore", "review")
    ]


def test_the_list_of_commands_imports_none_of_them() -> None:
    code = (
        "import sys; from cli.main import app\n"
        "app(['--help'], standalone_mode=False)\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stderr.split())
    assert "cli.late_commands" in loaded and "status" in done.stdout
    assert not loaded & {late.place.split(":")[0] for late in LATE_COMMANDS.values()}
    assert not {name.split(".")[0] for name in loaded} & {"pydantic", "sqlalchemy", "requests"}
