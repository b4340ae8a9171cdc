"""``shanty watch``: what a person wants."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.opening import open_state
from cli.printing import JsonOption, print_json, print_table
from shanty.models import TrackStatus

app = typer.Typer(no_args_is_help=True, help="Say what you want, see it, take it back.")
add_app = typer.Typer(no_args_is_help=True, help="Want something.")
app.add_typer(add_app, name="add")


@add_app.command("track")
def add_track(
    recordings: Annotated[
        list[str], typer.Argument(metavar="MBID...", help="MusicBrainz recording id or address.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Want a single song: the exact recording, filed under the best release it is on."""
    from shanty.services import open_musicbrainz
    from shanty.watching import parse_mbid, watch_track

    mbids = [parse_mbid(text) for text in recordings]
    state = open_state()
    musicbrainz = open_musicbrainz(state.settings, state.database)
    added = []
    for mbid in mbids:
        track = watch_track(mbid, database=state.database, musicbrainz=musicbrainz)
        added.append(track)
        if not as_json:
            typer.echo(f"{track.status.value.replace('_', ' ')}: {track.label} (on {track.album})")
    if as_json:
        print_json(
            [
                {
                    "track": track.id,
                    "recording_mbid": track.recording_mbid,
                    "title": track.title,
                    "artist": track.artist,
                    "album": track.album,
                    "status": track.status.value,
                }
                for track in added
            ]
        )


@app.command("ls")
def list_rules(as_json: JsonOption = False) -> None:
    """Show what was asked for, and what has become of it."""
    rules = open_state().catalog.rules()
    if as_json:
        print_json(
            [
                {
                    "id": rule.id,
                    "kind": rule.kind,
                    "mbid": rule.mbid,
                    "name": rule.name,
                    "created_at": rule.created_at,
                    **{status.value: rule.counts.get(status, 0) for status in TrackStatus},
                }
                for rule in rules
            ]
        )
        return
    print_table(
        ("id", "kind", "name", "wanted", "in library", "needs review", "failed"),
        [
            (
                rule.id,
                rule.kind,
                rule.name,
                *(
                    rule.counts.get(status, 0)
                    for status in TrackStatus
                    if status is not TrackStatus.WITHDRAWN
                ),
            )
            for rule in rules
        ],
        empty="nothing is watched yet; `shanty watch add track MBID` adds a song",
    )


@app.command("rm")
def remove_rule(
    rule: Annotated[int, typer.Argument(metavar="ID", help="The id that `watch ls` shows.")],
) -> None:
    """Take a wish back. What only that wish wanted is withdrawn; no file is touched."""
    from shanty.watching import unwatch

    state = open_state()
    withdrawn = unwatch(rule, database=state.database, queue=state.queue)
    typer.echo(f"removed; {withdrawn} tracks are no longer wanted")
