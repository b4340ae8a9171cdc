"""``shanty up``: the service in the corner; ``web`` and ``worker``, parts of it; ``open``."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Annotated, Any

import typer

from shanty.config.settings import Settings, load_settings

_WEB_PORT = "Where our own pages and the API are; default: as the setting web.port says."


def up(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where Prefect's pages are.")] = 4200,
    host: Annotated[
        str, typer.Option(help="Address to listen on; other than loopback needs a password.")
    ] = "127.0.0.1",
    web_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help=f"{_WEB_PORT} 0: nowhere.", show_default="4300"),
    ] = None,
) -> None:
    """Run everything on its schedule until Ctrl-C: pages, server, recurring jobs, worker."""
    from deployments.service import serve

    settings = load_settings()
    pages = _pages(settings, host, web_port)
    serve(settings, host=host, port=port, announce=_announce, pages=pages)


def worker() -> None:
    """Work for the Prefect server of PREFECT_API_URL until Ctrl-C: one of several machines.

    It joins a run that is at work on another machine as long as that one has more than it can take.
    """
    from deployments.machine import work_for_server
    from shanty.config.home import prepare_home

    settings = load_settings()
    prepare_home(settings)
    work_for_server(settings, announce=_announce)


def _announce(line: str) -> None:
    typer.echo(f"{datetime.now().astimezone():%H:%M:%S}  {line}")


def web(
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help=_WEB_PORT, show_default="4300")
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; other than loopback needs a password.")
    ] = "127.0.0.1",
) -> None:
    """Serve the pages and the API alone, until Ctrl-C: where another machine does the rest."""
    from shanty.config.home import prepare_home
    from web.serving import serve_alone

    settings = load_settings()
    prepare_home(settings)
    serve_alone(_placed(settings, host, port), announce=typer.echo)


def open_pages(
    prefect: Annotated[bool, typer.Option("--prefect", help="Prefect's pages instead.")] = False,
) -> None:
    """Print the address of the pages, which logs you in: once, within five minutes."""
    from deployments.entrance import address_to_open

    # Not handed to a browser from here: every user of the machine can read its command line.
    typer.echo(address_to_open(load_settings(), of_prefect=prefect))


def _pages(settings: Settings, host: str, port: int | None) -> AbstractContextManager[str] | None:
    """The pages that are served beside everything else, if any are."""
    placed = _placed(settings, host, port)
    if not placed.web.port:
        return None
    from web.serving import serve_beside

    is_asked_for = port is not None or "port" in settings.web.model_fields_set
    return serve_beside(placed, is_asked_for=is_asked_for)


def _placed(settings: Settings, host: str, port: int | None) -> Settings:
    """The settings with the place of the pages that the command line names."""
    changes: dict[str, Any] = {"host": settings.web.host or host}
    if port is not None:
        changes["port"] = port
    return settings.model_copy(update={"web": settings.web.model_copy(update=changes)})
