"""``shanty library retag``: tags as the catalogue has them now."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
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
    meant = _meant(tracks or [], state)
    acting = nullcontext() if is_dry_run else acting_by_hand("retag", state)
    told: list[Retagged] = []
    unchanged = 0
    with acting as acts, _showing_progress(len(meant), is_quiet=as_json) as show:
        for one in retag_files(meant, settings=state.settings, catalog=state.catalog, acts=acts):
            if one.changes is None and not one.problem:
                unchanged += 1
            else:
                told.append(one)
                if not (as_json or one.problem):
                    _print(one)
            show(unchanged + len(told))
    _finish(told, unchanged, is_dry_run=is_dry_run, as_json=as_json)


def _meant(texts: list[str], state: State) -> list[WantedTrack]:
    if not texts:
        return state.catalog.tracks.list_tracks(TrackStatus.IN_LIBRARY)
    found = [lookup.find_track(text, state.catalog) for text in texts]
    for track in found:
        file = state.catalog.files.of_track(track.id)
        if file is None or not file.is_placed:
            raise ShantyError(f"{track.label} has no file that Shanty has filed")
    return list(dict.fromkeys(found))


def _finish(told: list[Retagged], unchanged: int, *, is_dry_run: bool, as_json: bool) -> None:
    changed = [one for one in told if not one.problem]
    problems = [one for one in told if one.problem]
    if as_json:
        print_json(
            {
                "dry_run": is_dry_run,
                "changed": [_document(one) for one in changed],
                "unchanged": unchanged,
                "problems": [{**_name(one), "problem": one.problem} for one in problems],
            }
        )
    else:
        for one in problems:
            typer.echo(printable(f"{one.track.label} is left alone: {one.problem}"))
        verb = "would be tagged anew" if is_dry_run else "tagged anew"
        typer.echo(f"{verb}: {len(changed)}; right as they are: {unchanged}")
    if problems:
        total = len(told) + unchanged
        raise ShantyError(f"of {count_of(total, 'file')} {len(problems)} could not be tagged")


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
