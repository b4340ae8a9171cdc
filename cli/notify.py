"""``shanty notify``: what people are told, and whether it arrives."""

from __future__ import annotations

import typer

from cli.printing import JsonOption, print_json, printable
from shanty.config.settings import load_settings
from shanty.errors import count_of

app = typer.Typer(no_args_is_help=True, help="Tell people what needs them.")


@app.callback()
def notify() -> None:
    """Tell people what needs them."""


@app.command("test")
def test(as_json: JsonOption = False) -> None:
    """Send a test notice to each address of notify.urls; exit code 1 if one does not take it."""
    from shanty.diagnosis.notices.notifier import send_test

    results = send_test(load_settings())
    if as_json:
        print_json([{"channel": label, "trouble": trouble} for label, trouble in results])
    else:
        for label, trouble in results:
            typer.echo(printable(trouble or f"{label}: sent"), err=bool(trouble))
    if failed := sum(bool(trouble) for _, trouble in results):
        if not as_json:
            typer.echo(f"{count_of(failed, 'channel')} did not take the notice", err=True)
        raise typer.Exit(1)
