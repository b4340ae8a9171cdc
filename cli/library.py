"""``shanty library``: what is in it."""

from __future__ import annotations

import typer

from cli.opening import open_state
from cli.printing import JsonOption, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="Look at the library.")


@app.command("ls")
def list_library(as_json: JsonOption = False) -> None:
    """List the tracks that are in the library."""
    library = open_state().catalog.list_library()
    if as_json:
        print_json(
            [
                {
                    "recording_mbid": track.recording_mbid,
                    "title": track.title,
                    "artist": track.artist,
                    "album": track.album,
                    "path": str(file.path),
                }
                for track, file in library
            ]
        )
        return
    print_table(
        ("artist", "title", "album", "path"),
        [(track.artist, track.title, track.album, file.path) for track, file in library],
        empty="the library holds nothing of ours yet",
    )
