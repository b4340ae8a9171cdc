"""``shanty library retag``: tags as the catalogue has them now."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.acting import acting_by_hand
from cli.arguments import read_track
from cli.opening import State, open_state
from cli.printing import JsonOption, print_json, printable, show_path
from shanty.catalog import lookup
from shanty.errors import ShantyError, count_of
from shanty.models import TrackStatus, WantedTrack

if TYPE_CHECKING:
    from shanty.library.retag import Retagged
    from shanty.tags.tagging import TagChange

_FILES_PER_LINE = 1000
_LONGEST_VALUE = 60


def retag(
    tracks: Annotated[
        list[str] | None,
        typer.Argument(
            parser=read_track,
            metavar="TRACK",
            help="A number, a recording's MBID, or a part of the title; default: all.",
            show_default=False,
        ),
    ] = None,
    is_dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and write nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the tags anew where the catalogue or a setting has changed since.

    Only files that Shanty has filed, and of those only what differs; no request is made. What is
    written is journalled and can be undone.
    """
    from shanty.library.retag import retag as retag_files

    state = open_state()
    meant, number = _meant(tracks or [], state)
    acting = nullcontext() if is_dry_run else acting_by_hand("retag", state)
    told = _Told()
    with acting as acts, _showing_progress(number, is_quiet=as_json) as show:
        for one in retag_files(meant, settings=state.settings, catalog=state.catalog, acts=acts):
            if one.problem:
                told.problems.append(one)
            elif one.changes is None:
                told.unchanged += 1
            else:
                told.changed += 1
                if as_json:
                    told.documents.append(_document(one))
                else:
                    _print(one)
            show(told.total)
    _finish(told, is_dry_run=is_dry_run, as_json=as_json)


@dataclass
class _Told:
    """What has become of the files so far. What was printed is only counted."""

    unchanged: int = 0
    changed: int = 0
    documents: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Retagged] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.unchanged + self.changed + len(self.problems)


def _meant(texts: list[str], state: State) -> tuple[Iterable[WantedTrack], int]:
    """The tracks that are meant, and how many they are."""
    if not texts:
        status = TrackStatus.IN_LIBRARY
        return state.catalog.paged.list_tracks(status), state.catalog.tracks.count()[status]
    found = [lookup.find_track(text, state.catalog) for text in texts]
    for track in found:
        file = state.catalog.files.of_track(track.id)
        if file is None or not file.is_placed:
            raise ShantyError(f"{track.label} has no file that Shanty has filed")
    meant = list(dict.fromkeys(found))
    return meant, len(meant)


def _finish(told: _Told, *, is_dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "dry_run": is_dry_run,
                "changed": told.documents,
                "unchanged": told.unchanged,
                "problems": [{**_name(one), "problem": one.problem} for one in told.problems],
            }
        )
    else:
        for one in told.problems:
            typer.echo(printable(f"{one.track.label} is left alone: {one.problem}"))
        verb = "would be tagged anew" if is_dry_run else "tagged anew"
        typer.echo(f"{verb}: {told.changed}; right as they are: {told.unchanged}")
    if number := len(told.problems):
        raise ShantyError(f"of {count_of(told.total, 'file')} {number} could not be tagged")


def _print(one: Retagged) -> None:
    typer.echo(printable(f"{one.track.label} ({show_path(one.path)})"))
    for change in one.changes or ():
        before, after = _text(change.before), _text(change.after)
        typer.echo(printable(f"    {change.field}: {before or '–'} → {after or '–'}"))
    if not one.changes:
        typer.echo("    foreign tags, another spelling, or the version of ID3")


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return "; ".join(map(_text, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = "" if value is None else str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _name(one: Retagged) -> dict[str, Any]:
    track = one.track
    return {
        "id": track.id,
        "recording_mbid": track.recording_mbid,
        "title": track.title,
        "artist": track.artist,
        "path": show_path(one.path),
    }


def _document(one: Retagged) -> dict[str, Any]:
    def show(change: TagChange) -> dict[str, Any]:
        return {"field": change.field, "before": change.before, "after": change.after}

    return {**_name(one), "changes": [show(change) for change in one.changes or ()]}


@contextmanager
def _showing_progress(total: int, *, is_quiet: bool) -> Iterator[Callable[[int], None]]:
    """A line that changes on a terminal, a line now and then in a pipe."""
    if is_quiet:
        yield lambda number: None
        return
    if not sys.stdout.isatty():

        def print_line(number: int) -> None:
            if number % _FILES_PER_LINE == 0:
                typer.echo(f"{number} of {count_of(total, 'file')} looked at")

        yield print_line
        return
    from rich.console import Console

    with Console().status("reading tags…") as status:
        yield lambda number: status.update(f"{number} of {count_of(total, 'file')} looked at")
