"""Adding and changing rules for a person: ask which one is meant, and say what came of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from cli.opening import State, open_state
from cli.printing import print_json, printable
from cli.watch.rules import describe_rule, rule_document
from shanty.errors import NotFoundError, ShantyError, StageError, WaitError, count_of, one_line
from shanty.models import TrackStatus, WatchRule

if TYPE_CHECKING:
    from shanty.watching.expansion import Expansion, Step
    from shanty.watching.find import Choice
    from shanty.watching.watch import Change

T = TypeVar("T")
_CHOICES = 25


class Adding:
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
        self._change: dict[str, Any] | None = None

    @classmethod
    def for_preview(cls, *, is_quiet: bool) -> Adding:
        """The same for a preview, which adds nothing."""
        return cls(open_state(), is_quiet=is_quiet)

    def print_document(self, document: Any) -> None:
        """Print a JSON document, if one is to be all that is printed."""
        if self._is_quiet:
            print_json(document)

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
        from shanty.watching.addresses import is_address
        from shanty.watching.find import read_reference

        if read_reference(text, "artist") is None and not is_address(text):
            return self._choose("artist", text).entity

        def get(mbid: str) -> Any:
            known = self.state.catalog.discographies.find_artist(mbid)
            return self.musicbrainz.get_artist(mbid) if known is None else known.artist

        return self.look_up("artist", text, get)

    def look_up(self, kind: str, text: str, use: Callable[[str], T]) -> T:
        """Do something with the MBID that is meant; if it is another kind of thing, say so."""
        from shanty.watching.addresses import is_address
        from shanty.watching.find import read_reference, resolve_address, resolve_other_kind

        mbid = read_reference(text, kind)
        if mbid is None and is_address(text):
            mbid = resolve_address(text, kind, self.musicbrainz)
        if mbid is None:
            return use(self._choose(kind, text).mbid)
        try:
            return use(mbid)
        except NotFoundError:
            return use(resolve_other_kind(mbid, kind, self.musicbrainz))

    def _choose(self, kind: str, name: str) -> Choice:
        from shanty.watching.find import is_named, pick, search

        found = search(kind, name, self.musicbrainz, limit=_CHOICES)
        is_clear = len(found.choices) == 1 and is_named(found.choices[0], name)
        if not self.may_ask or not found.choices or is_clear:
            return pick(kind, name, found)
        _list_choices(found.choices)
        if found.total > len(found.choices):
            typer.echo(f"     … and {found.total - len(found.choices)} more: say more of the name")
        number = 0
        while not 1 <= number <= len(found.choices):
            number = typer.prompt("Which one?", default=1, type=int)
        return found.choices[number - 1]

    @property
    def may_ask(self) -> bool:
        """Whether somebody is there to answer a question."""
        return sys.stdin.isatty() and sys.stdout.isatty() and not self._is_quiet

    def choose_if_any(self, name: str, choices: Sequence[Choice]) -> Choice | None:
        """Ask which one is meant; None if it is none of them, or nobody is there to answer."""
        if not self.may_ask or not choices:
            return None
        typer.echo(printable(f"{name}:"))
        _list_choices(choices)
        number = -1
        while not 0 <= number <= len(choices):
            number = typer.prompt("Which one? 0 for none", default=0, type=int)
        return choices[number - 1] if number else None

    def expand(self, rule_id: int) -> None:
        """Want what the rule means, with a line for each album, and say what has come of it."""

        def show(step: Step) -> None:
            self.say(f"{step.done:4}/{step.total}  {step.title}: {count_of(step.tracks, 'track')}")

        self.expand_quietly(rule_id, show)
        rule = self.state.catalog.rules.get(rule_id)
        requests = self.musicbrainz.requests_made
        if self._is_quiet:
            document = rule_document(rule, self.state.settings)
            print_json({**document, "change": self._change, "requests": requests})
            return
        for note in self.expansion.notes:
            self.say(note)
        asked = count_of(requests, "request")
        self.say(f"{rule.label}: {describe_rule(rule)}; {asked} made")
        self.say_what_is_absent(rule)
        self.say_when_it_begins([rule_id])

    def say_what_is_absent(self, rule: WatchRule) -> None:
        """Say what an artist has instead, if they have nothing of what the wish asks for."""
        from shanty.watching.absence import describe_absence

        if absence := describe_absence(rule, self.expansion):
            self.say(f"{absence} (`shanty watch edit {rule.id} …`)" if ";" in absence else absence)

    def tell_change(self, change: Change | None) -> None:
        """Say what a rule asks for now instead of before, and how to take that back."""
        if change is None:
            return
        before, after = change.before.describe() or "monitored", change.after.describe()
        self._change = {
            "before": asdict(change.before),
            "after": asdict(change.after),
            "let_go": asdict(change.let_go),
            "take_back": change.take_back,
        }
        self.say(f"changed: {after or 'monitored'} (before: {before})")
        if change.let_go.tracks or change.let_go.albums:
            self.say(
                f"{count_of(change.let_go.albums, 'album')} no longer watched, "
                f"{count_of(change.let_go.tracks, 'track')} no longer wanted"
            )
        self.say(f"`{change.take_back}` takes this back")

    def say_when_it_begins(self, rule_ids: Sequence[int]) -> None:
        """Say what starts the downloads, if there is something to download."""
        state = self.state
        rules = [state.catalog.rules.get(rule_id) for rule_id in rule_ids]
        if not self._is_quiet and any(rule.counts.get(TrackStatus.WANTED) for rule in rules):
            from deployments.beginning import find_beginning

            self.say(find_beginning(state.settings, state.database, state.queue).describe())

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


def _list_choices(choices: Sequence[Choice]) -> None:
    for number, choice in enumerate(choices, start=1):
        typer.echo(f"{number:3}  {printable(choice.line)}")
