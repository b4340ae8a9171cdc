"""``shanty up``: the service that runs in the corner; ``shanty open``: the way to its pages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from shanty.config.settings import load_settings


def up(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the pages are.")] = 4200,
    host: Annotated[
        str, typer.Option(help="Address to listen on; other than loopback needs a password.")
    ] = "127.0.0.1",
) -> None:
    """Run everything on its schedule until Ctrl-C: server, recurring jobs, worker."""
    from deployments.service import serve

    def announce(line: str) -> None:
        typer.echo(f"{datetime.now().astimezone():%H:%M:%S}  {line}")

    serve(load_settings(), host=host, port=port, announce=announce)


def open_pages() -> None:
    """Print the address of the pages, which logs you in: once, within five minutes."""
    from deployments.entrance import address_to_open

    # Not handed to a browser from here: every user of the machine can read its command line.
    typer.echo(address_to_open(load_settings()))
