"""``shanty tracks``: every track that was asked for, and what has become of it."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.acting import acting_by_hand
from cli.arguments import read_track
from cli.opening import open_state
from cli.printing import JsonOption, print_json, print_table, printable
from cli.watch.options import read_rule
from shanty.catalog.lookup import find_track
from shanty.errors import count_of
from shanty.tracks.listing import ListedTrack, TrackState, list_tracks
from shanty.workqueue.item_numbers import name_item

app = typer.Typer(no_args_is_help=True, help="See what has become of each track; remove some.")

TracksArgument = Annotated[
    list[str],
    typer.Argument(
        parser=read_track,
        metavar="TRACK...",
        help="Its number, its recording's MBID, or a part of its title.",
    ),
]


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
            parser=read_rule,
            metavar="ID|NAME",
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


@app.command("remove")
def remove(tracks: TracksArgument) -> None:
    """Move the files of tracks to the trash; they are not fetched again until you say so.

    `shanty undo` brings a file back. A file that you had before Shanty is not touched.
    """
    from shanty.tracks.removal import remove_filed

    state = open_state()
    chosen = [find_track(name, state.catalog) for name in tracks]  # all, before the first goes
    with acting_by_hand("remove", state) as acts:
        for track in chosen:
            remove_filed(track, acts)
            typer.echo(printable(f"{track.label}: its file is in the trash"))
    typer.echo(f"`shanty undo {acts.run_id}` takes it back")


def _row(one: ListedTrack) -> tuple[object, ...]:
    return (
        one.track.id,
        one.state.replace("_", " "),
        one.track.label,
        one.track.album,
        one.item and name_item(one.item.id),
        one.why,
    )
