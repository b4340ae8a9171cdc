"""The arguments and options that commands of ``shanty watch`` share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from cli.opening import LARGEST_NUMBER
from shanty.music.release_types import parse_primary_type, parse_secondary_type
from shanty.watching.terms import ANY, NONE, parse_from_date

if TYPE_CHECKING:
    from shanty.watching.watch import Wish

RuleArgument = Annotated[
    int, typer.Argument(max=LARGEST_NUMBER, metavar="ID", help="The id that `watch ls` shows.")
]

TracksOption = Annotated[
    bool, typer.Option("--tracks", help="Name every song, with its place and its state.")
]
TypeOption = Annotated[
    list[str] | None,
    typer.Option("--type", help="album, ep, single …; may be repeated."),
]
AlsoOption = Annotated[
    list[str] | None,
    typer.Option(
        "--also",
        help="Also take live, compilation, remix … (left out by default); may be repeated; "
        "`none` takes them back.",
    ),
]
FromDateOption = Annotated[
    str | None,
    typer.Option(
        "--from-date", metavar="DATE", help="Only what came out since: 1999-01-31; or `any`."
    ),
]
MonitorOption = Annotated[
    bool | None,
    typer.Option("--monitor/--no-monitor", help="Keep looking for what is new; on by default."),
]

DryRunOption = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help="Only say what it would add: albums, tracks, time and size. What MusicBrainz answers "
        "is kept, so that adding it then takes no more requests.",
    ),
]


def read_wish(
    types: list[str] | None, also: list[str] | None, from_date: str | None, monitor: bool | None
) -> Wish:
    """What the options say.

    Raises:
        typer.BadParameter: one of them means nothing.
    """
    from shanty.watching.watch import Wish

    secondary = () if also == [NONE] else _parse_all(also, parse_secondary_type, "--also")
    date_text = from_date
    if from_date is not None:
        date_text = "" if from_date == ANY else _parse_date(from_date)
    return Wish(_parse_all(types, parse_primary_type, "--type"), secondary, date_text, monitor)


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
    try:
        return parse_from_date(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--from-date") from None
