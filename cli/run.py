"""``shanty run``: one pipeline pass now."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.live import showing_progress
from cli.opening import open_state
from cli.printing import JsonOption, print_json, printable
from cli.status import find_pages, look


def run(
    limit: Annotated[
        int | None, typer.Option(min=1, help="Take up at most this many tracks.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Find, download, tag and file what is wanted, now; resumes what was interrupted.

    The exit code is 1 if a disk was lost or is full: the last line says which.
    """
    from deployments.local import run_pipeline
    from deployments.own_place import own_place
    from deployments.server import prefect_server
    from shanty.stages.services import check_settings

    state = open_state()
    check_settings(state.settings)

    def announce(line: str) -> None:
        if not as_json:
            typer.echo(f"{line} …")

    with (
        own_place(state.settings.home),
        prefect_server(state.settings, announce=announce),
        showing_progress(state, is_quiet=as_json),
    ):
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
