"""``shanty watch exclude`` and ``include``: leave an album or a song out of a wish, and undo it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from cli.opening import open_state
from cli.printing import JsonOption, print_json, printable
from cli.watch.adding import Adding
from cli.watch.options import RuleArgument
from shanty.errors import count_of

if TYPE_CHECKING:
    from shanty.watching.exclusion import Excluded

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
    typer.echo(printable(_describe(excluded)))
    typer.echo(f"`shanty watch include {rule} {excluded.part.mbid}` takes this back")


def include_part(rule: RuleArgument, part: PartArgument, as_json: JsonOption = False) -> None:
    """Want an album or a song again that was left out of a wish."""
    from shanty.watching.exclusion import include

    adding = Adding(open_state(), is_quiet=as_json)
    included = include(rule, " ".join(part), database=adding.state.database)
    adding.say(f"meant again: {name_part(included.kind, included.name, included.track_id)}")
    adding.expand(rule)


def name_part(kind: str, name: str, track_id: int | None = None) -> str:
    """An album or a song in words: ``the song 'Copper' (track 12)``."""
    number = f" (track {track_id})" if track_id is not None else ""
    return f"{'the album' if kind == 'album' else 'the song'} {name!r}{number}"


def _describe(excluded: Excluded) -> str:
    part = excluded.part
    told = [f"{count_of(excluded.withdrawn, 'track')} no longer wanted"]
    if excluded.under_way:
        told.append(f"{count_of(excluded.under_way, 'track')} under way: the download goes on")
    if excluded.filed:
        told.append(f"{count_of(excluded.filed, 'track')} in the library: no file is touched")
    if excluded.wanted_still:
        wanted = count_of(excluded.wanted_still, "track")
        told.append(f"{wanted} still wanted by another wish or album")
    return f"left out: {name_part(part.kind, part.name, part.track_id)}; {', '.join(told)}"
