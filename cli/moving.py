"""``shanty import``: from what another program watched or had to rules, after a look at them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.printing import JsonOption
from cli.proposals import MovingIn
from cli.watch.options import AlsoOption, FromDateOption, MonitorOption, TypeOption, read_wish
from shanty.clock import utc_now
from shanty.errors import ShantyError, count_of
from shanty.watching.moving.beets import BeetsWish
from shanty.watching.moving.lists import ListedKind

app = typer.Typer(no_args_is_help=True, help="Move in from another program: watch what it watched.")

KEY_VARIABLE = "LIDARR_API_KEY"
_OFTEN = 25

YesOption = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
LaterOption = Annotated[
    bool,
    typer.Option(
        "--later",
        help="Only store the rules: the job `monitor` finds out which albums and songs they mean.",
    ),
]


@app.command("lidarr")
def import_lidarr(
    url: Annotated[str, typer.Argument(metavar="URL", help="Such as http://nas:8686")],
    key: Annotated[
        str | None,
        typer.Argument(
            metavar="KEY",
            help=f"From Lidarr's Settings, General. Better in {KEY_VARIABLE}, or typed when asked: "
            "what stands in a command stays in the shell's history.",
            show_default=False,
        ),
    ] = None,
    yes: YesOption = False,
    later: LaterOption = False,
    as_json: JsonOption = False,
) -> None:
    """Watch the artists and albums that a Lidarr monitors, with the types of their profiles.

    Shows first what would be watched. A rule that exists stays as it is. Nothing in Lidarr changes.
    """
    from shanty.watching.moving.lidarr import open_lidarr, read_lidarr

    lidarr = open_lidarr(url, _find_key(key))
    moving = MovingIn(is_agreed=yes, is_later=later, is_quiet=as_json)

    def show(done: int, total: int) -> None:
        if done % _OFTEN == 0 or done == total:
            moving.adding.say(f"{lidarr.label}: {done} of {count_of(total, 'artist')} read")

    settings = moving.adding.state.settings.catalogue
    moving.settle(list(read_lidarr(lidarr, settings, utc_now().date(), show)))


@app.command("beets")
def import_beets(
    library: Annotated[Path, typer.Argument(metavar="LIBRARY.db", help="The file of `beet`.")],
    want: Annotated[
        BeetsWish,
        typer.Option(
            help="`new`: what its album artists release from now on; `albums`: its albums, so that "
            "what they lack is got; `all`: everything of its album artists."
        ),
    ] = BeetsWish.NEW,
    artist: Annotated[
        list[str] | None,
        typer.Option("--artist", metavar="NAME", help="Only this artist; may be repeated."),
    ] = None,
    at_least: Annotated[
        int, typer.Option(min=1, metavar="N", help="Only artists with at least so many albums.")
    ] = 1,
    yes: YesOption = False,
    later: LaterOption = False,
    as_json: JsonOption = False,
) -> None:
    """Watch the album artists of a library of beets, or want its albums.

    Shows first what would be watched. The file is only read, also while beets uses it. The music
    itself is recognised by `shanty library scan DIR`.
    """
    from shanty.watching.moving.beets import read_beets, read_library

    found = read_library(library)
    moving = MovingIn(is_agreed=yes, is_later=later, is_quiet=as_json)
    albums, songs = count_of(len(found.albums), "album"), count_of(found.songs, "song")
    alone = f", {found.singles:,} of them on no album" if found.singles else ""
    moving.adding.say(f"{library.name}: {albums}, {songs}{alone}")
    today = utc_now().date()
    moving.settle(
        list(read_beets(found, want, today, names=artist or (), least_albums=at_least)),
        hint=f"`shanty library scan {found.folder or 'DIR'}` recognises the music that is there",
    )


@app.command("picard-collection")
def import_collection(
    collection: Annotated[
        str, typer.Argument(metavar="ID|URL", help="A public collection of MusicBrainz.")
    ],
    types: TypeOption = None,
    also: AlsoOption = None,
    from_date: FromDateOption = None,
    monitor: MonitorOption = None,
    yes: YesOption = False,
    later: LaterOption = False,
    as_json: JsonOption = False,
) -> None:
    """Watch what is in a MusicBrainz collection, such as Picard fills: artists, albums or songs.

    Shows first what would be watched. An edition stands for its album. The options are for artists.
    """
    from shanty.watching.moving.gathered import find_collection, read_gathered

    wish = read_wish(types, also, from_date, monitor)
    moving = MovingIn(is_agreed=yes, is_later=later, is_quiet=as_json)
    found = find_collection(collection, moving.adding.musicbrainz)
    moving.adding.say(f"collection {found.name!r}")
    moving.settle(list(read_gathered(found, moving.adding.musicbrainz, wish)))


@app.command("list")
def import_list(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Text with a name, id or address in each line; a .csv of Exportify; or a .spotdl "
            "or .json file of spotDL.",
        ),
    ],
    kind: Annotated[
        ListedKind, typer.Option(help="What the names and ids are; an address says it itself.")
    ] = ListedKind.TRACK,
    yes: YesOption = False,
    later: LaterOption = False,
    as_json: JsonOption = False,
) -> None:
    """Watch what a list names: songs by artist, title, album, length and code; artists; albums.

    Shows first what would be watched. What may be several is asked on a terminal, and left out
    elsewhere. One request for each line.
    """
    from cli.listed import find_listed, is_reference
    from shanty.watching.moving.lists import read_list

    listed = read_list(file, is_reference)
    moving = MovingIn(is_agreed=yes, is_later=later, is_quiet=as_json)
    moving.settle(list(find_listed(listed, kind, moving.adding)))


def _find_key(key: str | None) -> str:
    """The key that was given, set or typed; nobody sees it.

    Raises:
        ShantyError: there is none.
    """
    found = key or os.environ.get(KEY_VARIABLE, "")
    if not found and sys.stdin.isatty():
        found = typer.prompt("Lidarr's API key", hide_input=True)
    if not found.strip():
        raise ShantyError(f"the key of Lidarr is missing: set {KEY_VARIABLE}")
    return found.strip()
