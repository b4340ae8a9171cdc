"""Which tracks a person means: by number, by a recording's MBID, or by a part of a name."""

from __future__ import annotations

from collections.abc import Sequence

from shanty.catalog import Catalog
from shanty.errors import NotFoundError, count_of
from shanty.models import TrackFile, WantedTrack
from shanty.music.entities import MBID_PATTERN
from shanty.music.names import fold_name

_SHOWN_CHOICES = 8


def find_track(text: str, catalog: Catalog) -> WantedTrack:
    """Return the track that a text means: by number, recording MBID, or a part of its name.

    Raises:
        NotFoundError: there is none, or there are several; the message lists them.
    """
    tracks = catalog.tracks.list_tracks()
    mbid = MBID_PATTERN.search(text.lower())
    if mbid is not None:
        found = [track for track in tracks if track.recording_mbid == mbid[0]]
    else:
        found = [track for track in tracks if text.strip() == str(track.id)]
        found = found or _find_by_name(text, tracks)
    if not found:
        raise NotFoundError(
            f"there is no track {text!r}; say its number, its recording's MBID "
            "or a part of its title"
        )
    if len(found) > 1:
        shown = ", ".join(f"{track.id} ({track.label})" for track in found[:_SHOWN_CHOICES])
        more = f" and {len(found) - _SHOWN_CHOICES} more" if len(found) > _SHOWN_CHOICES else ""
        raise NotFoundError(
            f"{count_of(len(found), 'track')} match {text!r}: {shown}{more}; say the number of one"
        )
    return found[0]


def find_in_library(
    catalog: Catalog, *, artist: str = "", album: str = ""
) -> list[tuple[WantedTrack, TrackFile]]:
    """List the tracks in the library with their files, by path.

    Only those count whose artist and album have these texts in their names. Case, accents and
    punctuation make no difference.
    """
    artist, album = fold_name(artist), fold_name(album)
    return [
        (track, file)
        for track, file in catalog.files.list_library()
        if artist in fold_name(track.artist) and album in fold_name(track.album)
    ]


def _find_by_name(text: str, tracks: Sequence[WantedTrack]) -> list[WantedTrack]:
    """Return the tracks with exactly this title, else those whose title or label contains it."""
    wanted = fold_name(text)
    if not wanted:
        return []
    exact = [track for track in tracks if fold_name(track.title) == wanted]
    if exact:
        return exact
    return [
        track
        for track in tracks
        if wanted in fold_name(track.title) or wanted in fold_name(track.label)
    ]
