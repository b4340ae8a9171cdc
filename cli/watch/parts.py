"""``shanty watch exclude`` and ``include``: leave an album or a song out of a wish, and undo it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from cli.opening import open_state
from cli.printing import JsonOption, print_json, printable
from cli.watch.adding import Adding
from cli.watch.options import RuleArgument

PartArgument = Annotated[
    list[str],
    typer.Argument(metavar="ALBUM|TRACK", help="A title, an id, or the number of a track."),
]


def exclude_part(rule: RuleArgument, part: PartArgument, as_json: JsonOption = False) -> None:
    """Leave an album or a song out of a wish, for good. No file is touched.

    What is being downloaded or in the library stays, and so does what another wish wants.
    """
    from shanty.library.playlists import refresh_playlists
    from shanty.watching.exclusion import exclude

    state = open_state()
    excluded = exclude(rule, " ".join(part), database=state.database, queue=state.queue)
    refresh_playlists(state.settings, state.catalog)
    if as_json:
        print_json(asdict(excluded))
        return
    typer.echo(printable(excluded.describe()))
    typer.echo(f"`shanty watch include {rule} {excluded.part.mbid}` takes this back")


def include_part(rule: RuleArgument, part: PartArgument, as_json: JsonOption = False) -> None:
    """Want an album or a song again that was left out of a wish."""
    from shanty.watching.exclusion import include, name_part

    adding = Adding(open_state(), is_quiet=as_json)
    included = include(rule, " ".join(part), database=adding.state.database)
    adding.say(f"meant again: {name_part(included.kind, included.name, included.track_id)}")
    adding.expand(rule)
