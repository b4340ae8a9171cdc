"""``shanty tracks``: every track that was asked for, and what has become of it."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.opening import LARGEST_NUMBER, open_state
from cli.printing import JsonOption, print_json, print_table
from shanty.errors import count_of
from shanty.tracks.listing import ListedTrack, TrackState, list_tracks
from shanty.workqueue.item_numbers import name_item

app = typer.Typer(no_args_is_help=True, help="See what has become of each track.")


@app.command("ls")
def list_all(
    status: Annotated[
        TrackState | None,
        typer.Option(
            "--status", help="Only this status; waiting tracks are among the wanted ones."
        ),
    ] = None,
    rule: Annotated[
        int | None,
        typer.Option(
            "--watch",
            metavar="ID",
            max=LARGEST_NUMBER,
            help="Only what this rule of `watch ls` wants.",
        ),
    ] = None,
    album: Annotated[
        str, typer.Option("--album", help="Only albums with this text in their title.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """List the tracks: number, status, and why one is not in the library yet.

    The number is the one that `explain`, `review` and `undo` take. Withdrawn tracks are listed
    only with `--status withdrawn`.
    """
    state = open_state()
    found = list_tracks(
        state.settings, state.database, state.queue, state=status, rule_id=rule, album=album
    )
    if as_json:
        print_json([one.as_document() for one in found])
        return
    print_table(
        ("id", "status", "track", "album", "work", "why"),
        [_row(one) for one in found],
        empty="no tracks",
    )
    if found:
        typer.echo(count_of(len(found), "track"))


def _row(one: ListedTrack) -> tuple[object, ...]:
    return (
        one.track.id,
        one.state.replace("_", " "),
        one.track.label,
        one.track.album,
        one.item and name_item(one.item.id),
        one.why,
    )
