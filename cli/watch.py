"""``shanty watch``: what a person wants."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import watch_add
from cli.opening import open_state
from cli.printing import JsonOption, print_json, print_table
from shanty.models import TrackStatus, WatchRule

app = typer.Typer(no_args_is_help=True, help="Say what you want, see it, take it back.")
app.add_typer(watch_add.app, name="add")


@app.command("ls")
def list_rules(as_json: JsonOption = False) -> None:
    """Show what was asked for, and what has become of it."""
    rules = open_state().catalog.rules()
    if as_json:
        print_json([watch_add.rule_document(rule) for rule in rules])
        return
    shown = [status for status in TrackStatus if status is not TrackStatus.WITHDRAWN]
    print_table(
        ("id", "kind", "name", *(status.value.replace("_", " ") for status in shown), ""),
        [
            (
                rule.id,
                rule.kind,
                rule.name,
                *(rule.counts.get(status, 0) for status in shown),
                _describe_state(rule),
            )
            for rule in rules
        ],
        empty="nothing is watched yet; `shanty watch add artist NAME` adds an artist",
    )


def _describe_state(rule: WatchRule) -> str:
    if rule.completed_at is None:
        return "interrupted; the monitor goes on"
    if rule.pending_groups:
        return f"{rule.pending_groups} albums still to come"
    return "" if rule.is_monitored or rule.kind == "track" else "not monitored"


@app.command("rm")
def remove_rule(
    rule: Annotated[int, typer.Argument(metavar="ID", help="The id that `watch ls` shows.")],
) -> None:
    """Take a wish back. What only that wish wanted is withdrawn; no file is touched."""
    from shanty.watching import unwatch

    state = open_state()
    withdrawn = unwatch(rule, database=state.database, queue=state.queue)
    typer.echo(f"removed; {withdrawn} tracks are no longer wanted")
