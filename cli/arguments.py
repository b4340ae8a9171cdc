"""What a person names by its number: a track (``12``), or a work item (``q234``)."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.opening import LARGEST_NUMBER
from shanty.errors import ShantyError
from shanty.workqueue.item_numbers import ITEM_NUMBER, read_item_number


def read_item(text: str) -> int:
    """The id of the work item that was typed.

    Raises:
        ShantyError: it is no such number.
    """
    item_id = read_item_number(text)
    if item_id > LARGEST_NUMBER:
        raise typer.BadParameter(f"{text} is more than q{LARGEST_NUMBER}")
    return item_id


def read_track(text: str) -> str:
    """What was typed to name a track.

    Raises:
        ShantyError: it is the number of a work item: that is not looked for in titles.
    """
    if ITEM_NUMBER.fullmatch(text.strip()):
        raise ShantyError(
            f"{text} is a work item; `shanty queue show {text}` gives the number of its track"
        )
    return text


ItemArgument = Annotated[
    int,
    typer.Argument(parser=read_item, metavar="ID", help="As `queue ls` shows it, such as q234."),
]
ItemsArgument = Annotated[
    list[int] | None,
    typer.Argument(
        parser=read_item, metavar="[ID]...", help="As `queue ls` shows them, such as q234."
    ),
]
_TRACK_HELP = "Its number, its recording's MBID, or a part of its title."
TrackArgument = Annotated[str, typer.Argument(parser=read_track, metavar="TRACK", help=_TRACK_HELP)]
TracksArgument = Annotated[
    list[str] | None,
    typer.Argument(parser=read_track, metavar="TRACK...", help=_TRACK_HELP),
]
