"""The library: covers by album and artist, an album with its tracks, and playing from the disk."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse, HTMLResponse

from shanty.catalog.albums import AlbumOrder
from shanty.errors import NotFoundError
from web.paging import LARGEST, LARGEST_ID, PagingOf
from web.rendering import PageOf

router = APIRouter()

_AUDIO = {
    ".aac": "audio/aac",
    ".aif": "audio/aiff",
    ".aiff": "audio/aiff",
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".mp4": "audio/mp4",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
    ".webm": "audio/webm",
}


CODECS = ("opus", "vorbis", "aac", "mp3", "flac", "alac")
BITRATES = (96, 128, 160, 192, 256)
"""What can be chosen from, in kbit/s."""


class View(StrEnum):
    """Which part of the library is shown."""

    ALBUMS = "albums"
    ARTISTS = "artists"
    MISSING = "missing"


@router.get("/library")
def show(
    page: PageOf,
    paging: PagingOf,
    q: str = "",
    artist: str = "",
    view: View = View.ALBUMS,
    order: AlbumOrder = AlbumOrder.ARTIST,
    codec: str = "",
    below: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0,
) -> HTMLResponse:
    """Albums or artists, found by words; ``below`` is a bitrate in kbit/s."""
    albums = page.parts.catalog.albums
    found: dict[str, Any] = {}
    if view is View.ARTISTS:
        found["artists"], total = albums.list_artists(
            words=q, offset=paging.offset, limit=paging.limit
        )
    else:
        found["albums"], total = albums.list_albums(
            words=q,
            artist=artist,
            is_incomplete=view is View.MISSING,
            codec=codec,
            below_bitrate=below * 1000 if below else None,
            order=order,
            offset=paging.offset,
            limit=paging.limit,
        )
    kept: dict[str, Any] = {"q": q, "artist": artist, "view": view.value, "order": order.value}
    kept |= {"codec": codec, "below": below or ""}
    return page.render(
        "library.html",
        **found,
        **kept,
        kept=kept,
        total=total,
        paging=paging,
        codecs=CODECS,
        bitrates=BITRATES,
    )


@router.get("/library/{release_key}")
def show_album(page: PageOf, release_key: str) -> HTMLResponse:
    """One album with its tracks, wanted or not."""
    catalog = page.parts.catalog
    release = catalog.editions.find(release_key)
    tracks = catalog.albums.tracks_of(release_key)
    if release is None or not tracks:
        raise NotFoundError("there is no such album in the library")
    return page.render(
        "album.html",
        key=release_key,
        release=release,
        tracks={one.track.recording_mbid: one for one in tracks},
        seconds=sum(one.track.length_ms or 0 for one in tracks) / 1000,
    )


@router.get("/tracks/{track_id}/audio")
def play(page: PageOf, track_id: int) -> FileResponse:
    """The file of a track, or the part of it that the player asks for."""
    is_number = 0 < track_id <= LARGEST
    found = page.parts.catalog.albums.path_of(track_id) if is_number else None
    if found is None:
        raise NotFoundError(f"track {track_id} is not in the library")
    path = Path(os.fsdecode(found))
    kind = _AUDIO.get(path.suffix.lower())
    if kind is None or not path.is_file():
        raise NotFoundError("the file of this track is not there at this moment")
    return FileResponse(path, media_type=kind, headers={"cache-control": "private, max-age=60"})
