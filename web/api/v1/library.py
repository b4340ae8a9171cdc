"""``/api/v1/library``: albums and artists."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from shanty.catalog.albums import AlbumOrder
from shanty.errors import NotFoundError
from shanty.models import TrackStatus
from web.paging import LARGEST_ID, Listed, PagingOf
from web.parts import PartsOf
from web.troubles import TROUBLES

router = APIRouter(prefix="/library", tags=["library"], responses=TROUBLES)


class AlbumAnswer(BaseModel):
    """An album of which a track is in the library or is missing."""

    model_config = ConfigDict(from_attributes=True)

    release_key: str
    title: str
    artist: str
    year: str
    in_library: int
    missing: int


class ArtistAnswer(BaseModel):
    """An artist, by the name that tracks have."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    albums: int
    tracks: int


class ArrivalAnswer(BaseModel):
    """A track that came into the library."""

    model_config = ConfigDict(from_attributes=True)

    track_id: int
    release_key: str
    title: str
    artist: str
    album: str
    at: datetime


class AlbumTrackAnswer(BaseModel):
    """A track of an album that is or was wanted. Its audio is at ``/tracks/{id}/audio``."""

    id: int
    recording_mbid: str
    title: str
    artist: str
    length_ms: int | None
    status: TrackStatus
    reason: str
    path: str | None
    codec: str | None
    bitrate: int | None


@router.get("/albums")
def list_albums(
    parts: PartsOf,
    paging: PagingOf,
    q: str = "",
    artist: str = "",
    missing: bool = False,
    order: AlbumOrder = AlbumOrder.ARTIST,
    codec: str = "",
    below: Annotated[int, Query(ge=0, le=LARGEST_ID, description="A bitrate in kbit/s.")] = 0,
) -> Listed[AlbumAnswer]:
    """Albums of which a track is in the library; with ``missing``, of which one is missing."""
    found, total = parts.catalog.albums.list_albums(
        words=q,
        artist=artist,
        is_incomplete=missing,
        codec=codec,
        below_bitrate=below * 1000 if below else None,
        order=order,
        offset=paging.offset,
        limit=paging.limit,
    )
    return Listed(
        items=[AlbumAnswer.model_validate(one) for one in found],
        total=total,
        limit=paging.limit,
        offset=paging.offset,
    )


@router.get("/artists")
def list_artists(parts: PartsOf, paging: PagingOf, q: str = "") -> Listed[ArtistAnswer]:
    """The artists of the tracks in the library, by name."""
    found, total = parts.catalog.albums.list_artists(
        words=q, offset=paging.offset, limit=paging.limit
    )
    return Listed(
        items=[ArtistAnswer.model_validate(one) for one in found],
        total=total,
        limit=paging.limit,
        offset=paging.offset,
    )


@router.get("/arrivals")
def list_arrivals(parts: PartsOf) -> list[ArrivalAnswer]:
    """The last tracks that came into the library, one of each album."""
    return [ArrivalAnswer.model_validate(one) for one in parts.catalog.albums.arrivals(24)]


@router.get("/albums/{release_key}")
def list_tracks(parts: PartsOf, release_key: str) -> list[AlbumTrackAnswer]:
    """The tracks of an album that are or were wanted."""
    found = parts.catalog.albums.tracks_of(release_key)
    if not found:
        raise NotFoundError("there is no such album in the library")
    return [
        AlbumTrackAnswer(
            id=one.track.id,
            recording_mbid=one.track.recording_mbid,
            title=one.track.title,
            artist=one.track.artist,
            length_ms=one.track.length_ms,
            status=one.track.status,
            reason=one.track.reason,
            path=None if one.path is None else str(one.path),
            codec=one.properties.codec if one.properties else None,
            bitrate=one.properties.bitrate if one.properties else None,
        )
        for one in found
    ]
