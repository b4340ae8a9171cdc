"""``shanty watch add``: from a name, an address or an id to a rule, and to wanted tracks."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.opening import open_state
from cli.printing import JsonOption, print_json
from cli.watch import preview
from cli.watch.adding import Adding
from cli.watch.options import (
    AlsoOption,
    DryRunOption,
    FromDateOption,
    MonitorOption,
    TypeOption,
    read_wish,
)
from shanty.models import WantedTrack

app = typer.Typer(no_args_is_help=True, help="Add an artist, an album or a song to what you want.")

NameArgument = Annotated[
    list[str],
    typer.Argument(metavar="NAME|ID|URL", help="A name, a MusicBrainz id, or an address."),
]


@app.command("artist")
def add_artist(
    name: NameArgument,
    types: TypeOption = None,
    also: AlsoOption = None,
    from_date: FromDateOption = None,
    monitor: MonitorOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Want an artist's albums, and those to come.

    An artist that is watched already is changed by the options that you give, as by `watch edit`.
    """
    from shanty.watching.watch import watch_artist

    wish = read_wish(types, also, from_date, monitor)
    if dry_run:
        preview.preview_artist(" ".join(name), wish, is_quiet=as_json)
        return
    adding = Adding(open_state(), is_quiet=as_json)
    artist = adding.find_artist(" ".join(name))
    watched = watch_artist(artist, wish, adding.expansion)
    adding.tell_change(watched.change)
    adding.expand(watched.rule_id)


@app.command("album")
def add_album(
    name: NameArgument,
    monitor: MonitorOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Want one album, EP or single."""
    from shanty.watching.watch import watch_album

    if dry_run:
        preview.preview_album(" ".join(name), is_quiet=as_json)
        return
    adding = Adding(open_state(), is_quiet=as_json)
    rule_id = adding.look_up(
        "album",
        " ".join(name),
        lambda mbid: watch_album(mbid, adding.expansion, is_monitored=monitor),
    )
    adding.expand(rule_id)


@app.command("track")
def add_track(
    name: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME|ID|URL...",
            help="A name, or MusicBrainz recording ids or addresses of any service.",
        ),
    ],
    now: Annotated[bool, typer.Option("--now", help="Before everything else.")] = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Want one song: the exact recording, filed under the best release that has it."""
    from shanty.watching.addresses import is_address
    from shanty.watching.find import read_reference
    from shanty.watching.watch import watch_recording

    is_one_each = all(is_address(word) or read_reference(word, "track") for word in name)
    wanted = name if is_one_each else [" ".join(name)]
    if dry_run:
        preview.preview_tracks(wanted, is_quiet=as_json)
        return
    adding = Adding(open_state(), is_quiet=as_json)
    added: list[WantedTrack] = []
    rule_ids: list[int] = []
    for text in wanted:
        rule_id = adding.look_up(
            "track", text, lambda mbid: watch_recording(mbid, adding.expansion)
        )
        rule_ids.append(rule_id)
        adding.expand_quietly(rule_id)
        if now:
            adding.put_first(rule_id)
        for track_id in adding.state.catalog.rules.tracks_of(rule_id):
            track = adding.state.catalog.tracks.get(track_id)
            added.append(track)
            status = track.status.value.replace("_", " ")
            adding.say(f"{status}: {track.label} (on {track.album})")
    adding.say_when_it_begins(rule_ids)
    if as_json:
        print_json([_track_document(track) for track in added])


def _track_document(track: WantedTrack) -> dict[str, Any]:
    return {
        "track": track.id,
        "recording_mbid": track.recording_mbid,
        "title": track.title,
        "artist": track.artist,
        "album": track.album,
        "status": track.status.value,
    }
