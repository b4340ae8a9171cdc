"""The songs of a wish as ``shanty watch show --tracks`` prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from cli.opening import State
from cli.printing import print_table, printable

if TYPE_CHECKING:
    from shanty.tracks.wishes import SongPlace, WishedAlbum


def song_documents(state: State, rule_id: int) -> list[dict[str, Any]]:
    """Every song of a wish for scripts, with its place on the album that the wish means."""
    return [
        {
            **place.song.as_document(),
            "on_album": wished.album.title if wished.album is not None else None,
            "release_group_mbid": wished.album.group_mbid if wished.album is not None else None,
            "place": place.number or None,
            "filed_under": place.elsewhere or None,
        }
        for wished in _list_albums(state, rule_id)
        for place in wished.places
    ]


def print_songs(state: State, rule_id: int) -> None:
    """Print the songs of a wish, album by album."""
    for wished in _list_albums(state, rule_id):
        album = wished.album
        if album is None:
            typer.echo("asked for alone")
        else:
            date = f" ({album.first_release_date})" if album.first_release_date else ""
            typer.echo(printable(f"{album.title}{date}"))
        waits = "" if album is None or album.is_taken_up else "still to come"
        note = album.note if album is not None else ""
        print_table(
            ("place", "track", "song", "state", ""),
            [
                (
                    place.number,
                    place.song.track.id,
                    place.song.track.title,
                    place.song.state.value.replace("_", " "),
                    _remark(place),
                )
                for place in wished.places
            ],
            empty=note or waits or "no songs",
        )


def _remark(place: SongPlace) -> str:
    elsewhere = f"filed under {place.elsewhere!r}" if place.elsewhere else ""
    return "; ".join(part for part in (elsewhere, place.song.why) if part)


def _list_albums(state: State, rule_id: int) -> list[WishedAlbum]:
    from shanty.tracks.wishes import list_wished_albums

    return list_wished_albums(state.settings, state.database, state.queue, rule_id)[0]
