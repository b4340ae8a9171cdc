"""``shanty watch``: what a person wants."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.opening import LARGEST_NUMBER, open_state
from cli.printing import JsonOption, print_json, print_table, printable
from cli.watch import add
from shanty.models import TrackStatus, WatchRule

app = typer.Typer(no_args_is_help=True, help="Say what you want, see it, take it back.")
app.add_typer(add.app, name="add")

RuleArgument = Annotated[
    int, typer.Argument(max=LARGEST_NUMBER, metavar="ID", help="The id that `watch ls` shows.")
]
_SHOWN = tuple(status for status in TrackStatus if status is not TrackStatus.WITHDRAWN)


@app.command("ls")
def list_rules(as_json: JsonOption = False) -> None:
    """Show what was asked for, and what has become of it."""
    rules = open_state().catalog.rules.list_rules()
    if as_json:
        print_json([add.rule_document(rule) for rule in rules])
        return
    print_table(
        ("id", "kind", "name", *(status.value.replace("_", " ") for status in _SHOWN), ""),
        [
            (
                rule.id,
                rule.kind,
                rule.name,
                *(rule.counts.get(status, 0) for status in _SHOWN),
                _describe_state(rule),
            )
            for rule in rules
        ],
        empty="nothing is watched yet; `shanty watch add artist NAME` adds an artist",
    )


@app.command("show")
def show_rule(
    rule: RuleArgument,
    as_json: JsonOption = False,
) -> None:
    """Show the albums that a wish means, and what has become of each."""
    catalog = open_state().catalog
    found, albums = catalog.rules.get(rule), catalog.rules.albums_of(rule)
    if as_json:
        documents = [
            {
                "release_group_mbid": album.group_mbid,
                "title": album.title,
                "date": album.first_release_date,
                "pending": not album.is_taken_up,
                "note": album.note,
                **{status.value: album.counts.get(status, 0) for status in _SHOWN},
            }
            for album in albums
        ]
        print_json({**add.rule_document(found), "of_albums": documents})
        return
    typer.echo(printable(f"{found.name}: {add.describe_rule(found)}"))
    print_table(
        ("date", "album", *(status.value.replace("_", " ") for status in _SHOWN), ""),
        [
            (
                album.first_release_date,
                album.title,
                *(album.counts.get(status, 0) for status in _SHOWN),
                album.note or ("" if album.is_taken_up else "still to come"),
            )
            for album in albums
        ],
        empty="a wish for a single song",
    )


def _describe_state(rule: WatchRule) -> str:
    if rule.completed_at is None:
        return "interrupted; the monitor goes on"
    if rule.pending_groups:
        return f"{rule.pending_groups} albums still to come"
    return "" if rule.is_monitored or rule.kind == "track" else "not monitored"


@app.command("rm")
def remove_rule(
    rule: RuleArgument,
) -> None:
    """Take a wish back. What only that wish wanted is withdrawn; no file is touched."""
    from shanty.library.playlists import refresh_playlists
    from shanty.watching.watch import unwatch

    state = open_state()
    withdrawn = unwatch(rule, database=state.database, queue=state.queue)
    refresh_playlists(state.settings, state.catalog)
    typer.echo(f"removed; {withdrawn} tracks are no longer wanted")
