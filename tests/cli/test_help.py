"""Help says what a person types, and nothing of the types of the program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cli.main import app


def walk(command: Any) -> Iterator[Any]:
    yield command
    for below in getattr(command, "commands", {}).values():
        yield from walk(below)


def test_no_flag_is_called_a_bool() -> None:
    flags = 0
    for command in walk(typer.main.get_command(app)):
        context = typer.Context(command)
        for param in command.get_params(context):
            if getattr(param, "is_flag", False):
                flags += 1
                assert not param.display_type_rich(context), (command.name, param.opts)
    assert flags > 100, "--help of every command, and more"


@pytest.mark.parametrize("words", [[], ["trash", "empty"], ["watch", "add", "artist"]])
def test_help_names_no_type_of_a_flag(words: list[str]) -> None:
    told = CliRunner().invoke(app, [*words, "--help"])
    assert "--help" in told.output
    assert "<bool>" not in told.output
