"""``shanty search``: what MusicBrainz has, with what tells one from the other."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.opening import open_state
from cli.printing import JsonOption, print_json, print_table


def read_kind(text: str) -> str:
    """What kind of thing is looked for.

    Raises:
        BadParameter: it is none of them; the message shows what a whole command looks like.
    """
    from shanty.watching.find import KINDS

    if text.lower() not in KINDS:
        raise typer.BadParameter(
            f"say what to look for first: `shanty search artist {text}`, or album, or track"
        )
    return text.lower()


def search(
    kind: Annotated[
        str,
        typer.Argument(parser=read_kind, metavar="artist|album|track", help="What to look for."),
    ],
    query: Annotated[
        list[str],
        typer.Argument(
            metavar="QUERY...", help="Words of its name; `Artist – Title` for an album or a track."
        ),
    ],
    artist: Annotated[str, typer.Option("--artist", help="Only by this artist.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100, help="At most this many.")] = 10,
    as_json: JsonOption = False,
) -> None:
    """Look for an artist, an album or a track on MusicBrainz, best match first."""
    from shanty.sources.opening import open_musicbrainz
    from shanty.watching import find

    state = open_state()
    musicbrainz = open_musicbrainz(state.settings, state.database)
    words = " ".join(query)
    found = find.search(kind, words, musicbrainz, artist=artist, limit=limit)
    if as_json:
        print_json(
            {
                "total": found.total,
                "results": [
                    {
                        "score": choice.score,
                        "kind": choice.kind,
                        "mbid": choice.mbid,
                        "name": choice.name,
                        **choice.fields,
                    }
                    for choice in found.choices
                ],
            }
        )
        return
    print_table(
        ("score", "name", "about", "id"),
        [(one.score, one.name, one.about, one.mbid) for one in found.choices],
        empty=find.describe_nothing(kind, words),
    )
    if found.total > len(found.choices):
        typer.echo(f"the best {len(found.choices)} of {found.total}; more words narrow it down")
