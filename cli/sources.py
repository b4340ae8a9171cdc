"""``shanty sources``: the outside services that are left alone for a while, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.opening import State, open_state
from cli.printing import JsonOption, print_json, printable
from shanty.errors import NotFoundError

app = typer.Typer(no_args_is_help=True, help="See who asked us to wait, and go on before the time.")


@app.command("ls")
def list_sources(as_json: JsonOption = False) -> None:
    """List the sources that are paused, or slowly on their way back."""
    from shanty.sources.states import list_source_states

    state = open_state()
    states = list_source_states(state.database, state.queue)
    if as_json:
        print_json([one.as_document() for one in states])
        return
    for one in states:
        typer.echo(printable(one.describe()))
    if not states:
        typer.echo("no source is paused")


@app.command("resume")
def resume_source(
    name: Annotated[str, typer.Argument(help="As `sources ls` names it, such as youtube.")],
) -> None:
    """Ask a paused source again with the next request; if it refuses, the pause is longer."""
    from shanty.sources.circuit_names import label_of
    from shanty.sources.circuits import Circuits

    state = open_state()
    circuits = Circuits(state.database)
    named = [one.name for one in circuits.list_all() if name in (one.name, label_of(one.name))]
    if not sum(circuits.resume(one) for one in named):
        raise NotFoundError(f"no source {name!r} is paused; `shanty sources ls` shows them")
    typer.echo(f"{printable(name)} will be asked again with the next request")


def source_lines(state: State) -> list[str]:
    """What holds work up that a person ought to know of: a sentence each."""
    from datetime import UTC, datetime

    from shanty.sources.states import describe_quiet_hours, list_source_states

    states = list_source_states(state.database, state.queue)
    quiet = describe_quiet_hours(state.settings, datetime.now(UTC))
    return [printable(line) for line in (*(one.describe() for one in states), quiet) if line]
