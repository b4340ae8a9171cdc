"""Which tracks a person means: by number, by a recording's MBID, or by a part of a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from shanty.catalog import Catalog
from shanty.errors import NotFoundError, count_of
from shanty.models import WantedTrack
from shanty.music.entities import MBID_PATTERN
from shanty.music.names import fold_name

_SHOWN_CHOICES = 8
_NUMBER = re.compile("[1-9][0-9]{0,17}")
"""A track's number. A longer one is no database's."""


def find_track(text: str, catalog: Catalog) -> WantedTrack:
    """Return the track that a text means: by number, recording MBID, or a part of its name.

    Raises:
        NotFoundError: there is none, or there are several; the message lists them.
    """
    mbid = MBID_PATTERN.search(text.lower())
    if mbid is not None:
        track = catalog.tracks.find(recording_mbid=mbid[0])
        found = [] if track is None else [track]
    else:
        found = _find_by_number(text.strip(), catalog) or _find_by_name(text, catalog)
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
) -> Iterator[tuple[WantedTrack, Path]]:
    """Yield the tracks in the library with their files, by path.

    Only those count whose artist and album have these texts in their names. Case, accents and
    punctuation make no difference.
    """
    artist, album = fold_name(artist), fold_name(album)
    for track, path in catalog.paged.list_library():
        if artist in fold_name(track.artist) and album in fold_name(track.album):
            yield track, path


def _find_by_number(text: str, catalog: Catalog) -> list[WantedTrack]:
    if not _NUMBER.fullmatch(text):
        return []
    with suppress(NotFoundError):
        return [catalog.tracks.get(int(text))]
    return []


def _find_by_name(text: str, catalog: Catalog) -> list[WantedTrack]:
    """Return the tracks with exactly this title, else those whose title or label contains it."""
    wanted = fold_name(text)
    if not wanted:
        return []
    exact: list[WantedTrack] = []
    part: list[WantedTrack] = []
    for track in catalog.paged.list_tracks():
        title = fold_name(track.title)
        if title == wanted:
            exact.append(track)
        elif wanted in title or wanted in fold_name(track.label):
            part.append(track)
    return exact or part
