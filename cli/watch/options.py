"""The arguments and options that commands of ``shanty watch`` share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from cli.opening import LARGEST_NUMBER
from shanty.errors import NotFoundError, ShantyError
from shanty.music.release_types import parse_primary_type, parse_secondary_type
from shanty.watching.terms import ANY, NONE, parse_from_date

if TYPE_CHECKING:
    from shanty.watching.watch import Wish

_MOST_NAMED = 6


def read_rule(text: str) -> int:
    """The id of the rule that is meant by its id, or by words of its name.

    Raises:
        BadParameter: the number is larger than any id.
        NotFoundError: no rule has these words in its name.
        ShantyError: several rules have them.
    """
    if text.lstrip("-").isdecimal():
        if int(text) > LARGEST_NUMBER:
            raise typer.BadParameter(f"{text} is more than {LARGEST_NUMBER}")
        return int(text)
    from cli.opening import open_state

    rules = open_state().catalog.rules.find_rules(text, limit=_MOST_NAMED)
    alike = [rule for rule in rules if rule.name.casefold() == text.strip().casefold()] or rules
    if not text.strip() or not alike:
        raise NotFoundError(f"nothing that is watched is called {text!r}; see `shanty watch ls`")
    if len(alike) > 1:
        named = ", ".join(f"{rule.id} {rule.label}" for rule in reversed(alike))
        raise ShantyError(f"{text!r} may be several: {named}; say the number")
    return alike[0].id


RuleArgument = Annotated[
    int,
    typer.Argument(
        parser=read_rule, metavar="ID|NAME", help="Its id in `watch ls`, or words of its name."
    ),
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
