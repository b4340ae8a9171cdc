"""``shanty watch``: what a person wants."""

from __future__ import annotations

from dataclasses import asdict

import typer

from cli.opening import State, open_state
from cli.printing import JsonOption, print_json, print_table, printable
from cli.watch import add, parts, songs
from cli.watch.adding import Adding
from cli.watch.options import (
    AlsoOption,
    FromDateOption,
    MonitorOption,
    RuleArgument,
    TracksOption,
    TypeOption,
    read_wish,
)
from cli.watch.rules import describe_counts, describe_rule, rule_document
from shanty.catalog import RuleAlbum
from shanty.errors import count_of
from shanty.models import TrackStatus, WatchRule
from shanty.watching.terms import describe_wish

app = typer.Typer(no_args_is_help=True, help="Say what you want, see it, take it back.")
app.add_typer(add.app, name="add")
app.command("exclude")(parts.exclude_part)
app.command("include")(parts.include_part)

_SHOWN = tuple(status for status in TrackStatus if status is not TrackStatus.WITHDRAWN)


@app.command("ls")
def list_rules(as_json: JsonOption = False) -> None:
    """Show what was asked for, and what has become of it."""
    state = open_state()
    rules = state.catalog.rules.list_rules()
    if as_json:
        print_json([rule_document(rule, state.settings) for rule in rules])
        return
    print_table(
        ("id", "kind", "name", "asks for", "tracks"),
        [
            (
                rule.id,
                rule.kind,
                rule.label,
                describe_wish(rule, state.settings.catalogue),
                _describe_state(rule),
            )
            for rule in rules
        ],
        empty="nothing is watched yet; `shanty watch add artist NAME` adds an artist",
    )


@app.command("show")
def show_rule(
    rule: RuleArgument,
    tracks: TracksOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show the albums that a wish means, and what has become of each."""
    state = open_state()
    found, albums = state.catalog.rules.get(rule), state.catalog.rule_albums.of_rule(rule)
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
        excluded = [asdict(one) for one in state.catalog.exclusions.of_rule(rule)]
        print_json(
            {
                **rule_document(found, state.settings),
                "of_albums": documents,
                "excluded": excluded,
                **({"tracks": songs.song_documents(state, rule)} if tracks else {}),
            }
        )
        return
    asks_for = describe_wish(found, state.settings.catalogue)
    typer.echo(printable(f"{found.label} ({asks_for}): {describe_rule(found)}"))
    if tracks:
        songs.print_songs(state, rule)
        _print_excluded(state, rule)
        return
    print_table(
        ("date", "album", "tracks"),
        [(one.first_release_date, one.title, _describe_album(one)) for one in albums],
        empty="no albums",
    )
    _print_excluded(state, rule)


def _describe_album(album: RuleAlbum) -> str:
    return album.note or (describe_counts(album.counts) if album.is_taken_up else "still to come")


def _print_excluded(state: State, rule_id: int) -> None:
    from shanty.watching.exclusion import name_part

    for one in state.catalog.exclusions.of_rule(rule_id):
        typer.echo(printable(f"left out: {name_part(one.kind, one.name, one.track_id)}"))


def _describe_state(rule: WatchRule) -> str:
    interrupted = ", interrupted: the monitor goes on" if rule.completed_at is None else ""
    return f"{describe_rule(rule)}{interrupted}"


@app.command("edit")
def edit_rule(
    rule: RuleArgument,
    types: TypeOption = None,
    also: AlsoOption = None,
    from_date: FromDateOption = None,
    monitor: MonitorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change what a wish asks for; it says what that means and how to take it back."""
    from shanty.watching import watch

    wish = read_wish(types, also, from_date, monitor)
    adding = Adding(open_state(), is_quiet=as_json)
    change = watch.edit_rule(rule, wish, adding.expansion)
    if change is None:
        adding.say("nothing changes: the wish asks for that already")
    adding.tell_change(change)
    adding.expand(rule)


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
    typer.echo(f"removed; {count_of(withdrawn, 'track is', 'tracks are')} no longer wanted")
