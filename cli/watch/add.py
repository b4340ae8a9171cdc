"""``shanty watch add``: from a name, an address or an id to a rule, and to wanted tracks."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from cli.opening import State, open_state
from cli.printing import JsonOption, print_json, printable
from shanty.errors import NotFoundError, ShantyError, StageError, WaitError, one_line
from shanty.models import TrackStatus, WantedTrack, WatchRule
from shanty.music.release_types import parse_primary_type, parse_secondary_type

if TYPE_CHECKING:
    from shanty.watching.expansion import Expansion, Step
    from shanty.watching.find import Choice

app = typer.Typer(no_args_is_help=True, help="Want something.")

T = TypeVar("T")
_CHOICES = 25

NameArgument = Annotated[
    list[str],
    typer.Argument(metavar="NAME|ID|URL", help="A name, or a MusicBrainz id or address."),
]
MonitorOption = Annotated[
    bool | None,
    typer.Option("--monitor/--no-monitor", help="Keep looking for what is new; on by default."),
]


@app.command("artist")
def add_artist(
    name: NameArgument,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", help="album, ep, single …; may be repeated. Default: album."),
    ] = None,
    also: Annotated[
        list[str] | None,
        typer.Option("--also", help="live, compilation, remix …, else left out; may be repeated."),
    ] = None,
    from_date: Annotated[
        str | None,
        typer.Option("--from-date", metavar="DATE", help="Only what came out since: 1999-01-31."),
    ] = None,
    monitor: MonitorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Want an artist's albums, and those to come."""
    from shanty.watching.watch import Wish, watch_artist

    wish = Wish(
        primary_types=_parse_all(types, parse_primary_type, "--type"),
        also=_parse_all(also, parse_secondary_type, "--also"),
        from_date=None if from_date is None else _parse_date(from_date),
        is_monitored=monitor,
    )
    adding = _Adding(open_state(), is_quiet=as_json)
    artist = adding.find_artist(" ".join(name))
    adding.expand(watch_artist(artist, wish, adding.expansion))


@app.command("album")
def add_album(
    name: NameArgument, monitor: MonitorOption = None, as_json: JsonOption = False
) -> None:
    """Want one album, EP or single."""
    from shanty.watching.watch import watch_album

    adding = _Adding(open_state(), is_quiet=as_json)
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
            metavar="NAME|ID|URL...", help="A name, or MusicBrainz recording ids or addresses."
        ),
    ],
    now: Annotated[bool, typer.Option("--now", help="Before everything else.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Want a single song: the exact recording, filed under the best release it is on."""
    from shanty.watching.find import read_reference
    from shanty.watching.watch import watch_recording

    references = [read_reference(word, "track") for word in name]
    wanted = name if all(references) else [" ".join(name)]
    adding = _Adding(open_state(), is_quiet=as_json)
    added: list[WantedTrack] = []
    for text in wanted:
        rule_id = adding.look_up(
            "track", text, lambda mbid: watch_recording(mbid, adding.expansion)
        )
        adding.expand_quietly(rule_id)
        if now:
            adding.put_first(rule_id)
        for track_id in adding.state.catalog.rules.tracks_of(rule_id):
            track = adding.state.catalog.tracks.get(track_id)
            added.append(track)
            status = track.status.value.replace("_", " ")
            adding.say(f"{status}: {track.label} (on {track.album})")
    if as_json:
        print_json([_track_document(track) for track in added])


class _Adding:
    """What adding a rule needs: the catalogue service, the database, and somebody to ask."""

    def __init__(self, state: State, *, is_quiet: bool):
        from shanty.sources.opening import open_musicbrainz
        from shanty.watching.expansion import Expansion

        self.state = state
        self.musicbrainz = open_musicbrainz(state.settings, state.database)
        self.expansion: Expansion = Expansion(
            state.database, self.musicbrainz, state.settings.catalogue
        )
        self._is_quiet = is_quiet

    def put_first(self, rule_id: int) -> None:
        """Let the tracks of a rule be the next to be downloaded, by a run that is at work too."""
        from shanty.tracks import by_hand

        state = self.state
        by_hand.put_first(state.settings, state.queue, state.catalog, state.database, rule_id)

    def say(self, line: str) -> None:
        """Print a line, unless one JSON document is to be all that is printed."""
        if not self._is_quiet:
            typer.echo(printable(line))

    def find_artist(self, text: str) -> Any:
        """The artist that is meant, with no request if it is known already."""
        from shanty.watching.find import read_reference

        if read_reference(text, "artist") is None:
            return self._choose("artist", text).entity

        def get(mbid: str) -> Any:
            known = self.state.catalog.discographies.find_artist(mbid)
            return self.musicbrainz.get_artist(mbid) if known is None else known.artist

        return self.look_up("artist", text, get)

    def look_up(self, kind: str, text: str, use: Callable[[str], T]) -> T:
        """Do something with the MBID that is meant; if it is another kind of thing, say so."""
        from shanty.watching.find import read_reference, resolve_other_kind

        mbid = read_reference(text, kind)
        if mbid is None:
            return use(self._choose(kind, text).mbid)
        try:
            return use(mbid)
        except NotFoundError:
            return use(resolve_other_kind(mbid, kind, self.musicbrainz))

    def _choose(self, kind: str, name: str) -> Choice:
        from shanty.watching.find import pick, search

        found = search(kind, name, self.musicbrainz, limit=_CHOICES)
        is_asked = sys.stdin.isatty() and sys.stdout.isatty() and not self._is_quiet
        if not is_asked or len(found.choices) < 2:
            return pick(kind, name, found)
        for number, choice in enumerate(found.choices, start=1):
            typer.echo(f"{number:3}  {printable(choice.line)}")
        if found.total > len(found.choices):
            typer.echo(f"     … and {found.total - len(found.choices)} more: say more of the name")
        number = 0
        while not 1 <= number <= len(found.choices):
            number = typer.prompt("Which one?", default=1, type=int)
        return found.choices[number - 1]

    def expand(self, rule_id: int) -> None:
        """Want what the rule means, with a line for each album, and say what has come of it."""

        def show(step: Step) -> None:
            self.say(f"{step.done:4}/{step.total}  {step.title}: {step.tracks} tracks")

        self.expand_quietly(rule_id, show)
        rule = self.state.catalog.rules.get(rule_id)
        requests = self.musicbrainz.requests_made
        if self._is_quiet:
            print_json({**rule_document(rule), "requests": requests})
            return
        for note in self.expansion.notes:
            self.say(note)
        self.say(f"{rule.name}: {describe_rule(rule)}; {requests} requests made")

    def expand_quietly(
        self, rule_id: int, on_step: Callable[[Step], None] = lambda _: None
    ) -> None:
        """Want what the rule means; an interruption is one sentence that says how it goes on."""
        try:
            self.expansion.expand(rule_id, on_step)
        except StageError as error:
            rule = self.state.catalog.rules.get(rule_id)
            at = error.retry_at if isinstance(error, WaitError) else None
            when = f", after {at:%H:%M:%S} UTC" if at else ""
            done = f", {rule.groups - rule.pending_groups} of its albums are done"
            raise ShantyError(
                f"{error}; {one_line(rule.name)} is watched{done if rule.groups else ''}, and the "
                f"same command or the monitor goes on there{when}"
            ) from error


def rule_document(rule: WatchRule) -> dict[str, Any]:
    """A rule for scripts."""
    group_filter = rule.group_filter
    return {
        "id": rule.id,
        "kind": rule.kind,
        "mbid": rule.mbid,
        "name": rule.name,
        "created_at": rule.created_at,
        "monitored": rule.is_monitored,
        "types": None if group_filter is None else list(group_filter.primary_types),
        "also": None if group_filter is None else list(group_filter.secondary_types),
        "from_date": None if group_filter is None else group_filter.from_date or None,
        "albums": rule.groups,
        "pending_albums": rule.pending_groups,
        **{status.value: rule.counts.get(status, 0) for status in TrackStatus},
    }


def describe_rule(rule: WatchRule) -> str:
    """What has become of a rule's tracks, in a line."""
    counts = {status: rule.counts.get(status, 0) for status in TrackStatus}
    parts = [
        f"{number} {status.value.replace('_', ' ')}"
        for status, number in counts.items()
        if number and status is not TrackStatus.WITHDRAWN
    ]
    if rule.pending_groups:
        parts.append(f"{rule.pending_groups} albums still to come")
    return ", ".join(parts) or "nothing is wanted"


def _track_document(track: WantedTrack) -> dict[str, Any]:
    return {
        "track": track.id,
        "recording_mbid": track.recording_mbid,
        "title": track.title,
        "artist": track.artist,
        "album": track.album,
        "status": track.status.value,
    }


def _parse_all(
    words: list[str] | None, parse: Callable[[str], str], option: str
) -> tuple[str, ...] | None:
    if not words:
        return None
    try:
        return tuple(parse(word) for word in words)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def _parse_date(text: str) -> str:
    """A date as MusicBrainz writes it; year or month alone mean their first day."""
    try:
        if not re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", text):
            raise ValueError
        return date.fromisoformat(text + "-01-01"[max(0, len(text) - 4) :]).isoformat()
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no date such as 1999, 1999-12 or 1999-12-31", param_hint="--from-date"
        ) from None
