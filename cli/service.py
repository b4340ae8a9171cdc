"""``shanty service``: `shanty up` as a service of systemd."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Annotated

import typer

from cli.printing import JsonOption, print_json, printable
from deployments.systemd import Systemd
from deployments.unit import unseen_settings
from shanty.config.settings import config_path, load_settings

app = typer.Typer(no_args_is_help=True, help="Run `shanty up` as a service of systemd.")

SystemOption = Annotated[
    bool,
    typer.Option("--system", help="The machine's own systemd, as root, instead of your user's."),
]


@app.command("install")
def install(
    is_system: SystemOption = False,
    user: Annotated[
        str,
        typer.Option(
            help="With --system: the user as whom it runs; default: the one who called sudo.",
            show_default=False,
        ),
    ] = "",
) -> None:
    """Start the service, now and whenever the machine starts; written anew if it is there.

    It finds its settings where this command finds them, but sees no other variable of this shell.
    """
    systemd = Systemd(is_system=is_system)
    systemd.require()
    if not is_system:
        load_settings()  # what is wrong with them is better said here than in a log
    typer.echo("starting the service; the first start takes up to a minute …", err=True)
    systemd.install(os.environ, user or os.environ.get("SUDO_USER", ""))
    typer.echo(f"the service runs ({printable(str(systemd.path))})")
    if unseen := unseen_settings(os.environ):
        typer.echo(
            f"it does not see what only this shell sets ({printable(', '.join(unseen))}): write "
            f"that into {printable(str(config_path()))}",
            err=True,
        )
    if systemd.ends_with_session():
        typer.echo("it ends when you log out; `loginctl enable-linger` keeps it running", err=True)


@app.command("uninstall")
def uninstall(is_system: SystemOption = False) -> None:
    """End the service and remove its unit; library, settings and database stay."""
    was_there = Systemd(is_system=is_system).uninstall()
    typer.echo("the service is removed" if was_there else "no service is installed")


@app.command("status")
def status(is_system: SystemOption = False, as_json: JsonOption = False) -> None:
    """Say how the service is; exit code 1 if it is not installed or not running."""
    systemd = Systemd(is_system=is_system)
    state = systemd.read_state()
    if as_json:
        print_json(None if state is None else asdict(state))
    elif state is None:
        typer.echo("no service is installed; `shanty service install` installs it")
    else:
        typer.echo(f"{state.state}{f', process {state.pid}' if state.pid else ''}")
        if state.status_text:
            typer.echo(f"it last said: {printable(state.status_text)}")
        if state.restarts:
            typer.echo(f"starts anew by systemd: {state.restarts}")
        if not state.is_enabled:
            typer.echo("it does not start by itself")
        typer.echo(f"its log: {systemd.log_command}")
    if state is None or not state.is_active:
        raise typer.Exit(1)
