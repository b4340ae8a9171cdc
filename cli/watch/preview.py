"""``shanty watch add --dry-run``: what a wish would mean and cost, with nothing wished for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.watch.adding import Adding
from shanty.errors import count_of

if TYPE_CHECKING:
    from shanty.watching.preview import PreviewedAlbum
    from shanty.watching.watch import Wish


def preview_artist(name: str, wish: Wish, *, is_quiet: bool) -> None:
    """Say what watching an artist would mean, album by album as the answers come."""
    from shanty.watching import preview

    adding = Adding.for_preview(is_quiet=is_quiet)

    def show(number: int, total: int, album: PreviewedAlbum) -> None:
        adding.say(f"{number:4}/{total}  {_describe(album)}")

    artist = adding.find_artist(name)
    _tell(adding, preview.preview_artist(artist, wish, adding.expansion, show))


def preview_album(name: str, *, is_quiet: bool) -> None:
    """Say what wishing for an album would mean."""
    from shanty.watching import preview

    adding = Adding.for_preview(is_quiet=is_quiet)
    albums = adding.look_up(
        "album", name, lambda mbid: preview.preview_album(mbid, adding.expansion)
    )
    adding.say(_describe(albums[0]))
    _tell(adding, albums)


def preview_tracks(names: list[str], *, is_quiet: bool) -> None:
    """Say what wishing for songs would mean."""
    from shanty.watching import preview

    adding = Adding.for_preview(is_quiet=is_quiet)
    albums: list[PreviewedAlbum] = []
    for name in names:
        found = adding.look_up(
            "track", name, lambda mbid: preview.preview_recording(mbid, adding.expansion)
        )
        adding.say(_describe(found[0]))
        albums += found
    _tell(adding, albums)


def _tell(adding: Adding, albums: list[PreviewedAlbum]) -> None:
    from shanty.diagnosis.prospect import estimate

    state = adding.state
    prospect = estimate(albums, state.settings, state.database, state.queue)
    requests = adding.musicbrainz.requests_made
    for note in adding.expansion.notes:
        adding.say(note)
    adding.say(f"would add {prospect.describe()}; {count_of(requests, 'request')} made")
    adding.say("nothing is added; the same command without --dry-run adds it")
    adding.print_document(
        {
            **prospect.as_document(),
            "requests": requests,
            "of_albums": [_document(album) for album in albums],
        }
    )


def _describe(album: PreviewedAlbum) -> str:
    if album.note:
        return f"{album.group.title}: {album.note}"
    there = f", {album.there} there or wanted already" if album.there else ""
    return f"{album.group.title}: {count_of(len(album.lacking), 'track')}{there}"


def _document(album: PreviewedAlbum) -> dict[str, Any]:
    return {
        "release_group_mbid": album.group.mbid or None,
        "title": album.group.title,
        "date": album.group.first_release_date,
        "tracks": len(album.lacking),
        "there": album.there,
        "note": album.note,
    }
