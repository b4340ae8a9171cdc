"""``shanty run``: one pipeline pass now."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.opening import State, open_state
from cli.printing import JsonOption, print_json, printable
from shanty.config.settings import load_settings


def run(
    limit: Annotated[
        int | None, typer.Option(min=1, help="Take up at most this many tracks.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Find, download, tag and file what is wanted, now; resumes what was interrupted.

    The exit code is 1 if a disk was lost or is full: the last line says which.
    """
    # The server boots longest: all that is not needed to start it is imported meanwhile.
    from deployments.own_place import own_place
    from deployments.server import prefect_server
    from shanty.config.home import require_whole_home
    from shanty.naming.settings_check import check_settings

    settings = load_settings()
    require_whole_home(settings)
    check_settings(settings)
    opened: list[State] = []

    def announce(line: str) -> None:
        if not as_json:
            typer.echo(f"{line} …")

    def open_meanwhile() -> None:
        opened.append(open_state())

    with (
        own_place(settings.home),
        prefect_server(settings, announce=announce, meanwhile=open_meanwhile),
    ):
        _pass_once(opened[0], limit, as_json=as_json)


def _pass_once(state: State, limit: int | None, *, as_json: bool) -> None:
    """One pass against the server in the environment; say what came of it."""
    from cli.live import showing_progress
    from cli.status import find_pages, look
    from deployments.local import run_pipeline

    with showing_progress(state, is_quiet=as_json):
        if not as_json and (pages := find_pages(state.settings)):
            typer.echo(pages)
        result = run_pipeline(limit)
    if as_json:
        print_json(result)
    else:
        typer.echo(result["message"])
        overview = look(state)
        for line in (*overview.hindrances, *overview.needs):
            if line not in result["message"]:
                typer.echo(printable(line))
    if result["notice"]:
        typer.echo(f"shanty: {result['notice']}", err=True)
    if result.get("lost_disks"):
        raise typer.Exit(1)
