"""What a wish would cost: how many tracks, how long they take, and how much room they need.

Owns the estimate and its sentence. :mod:`shanty.watching.preview` finds out what a wish would mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shanty.catalog import Catalog
from shanty.clock import describe_span
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.errors import count_of
from shanty.files.sizes import format_bytes
from shanty.sources.states import list_source_states
from shanty.tracks.pace import bytes_per_second, seconds_per_track
from shanty.watching.preview import PreviewedAlbum
from shanty.workqueue import WorkQueue

# How many tracks a release has if nobody has asked, and how long a song is if nobody says.
_USUAL_TRACKS = {"Album": 11, "EP": 5, "Single": 2}
_OTHER_TRACKS = 8
_USUAL_SECONDS = 230.0


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a wish would add, at the pace of late.

    ``tracks`` would be fetched; ``there`` are wanted or in the library already. ``unasked`` albums
    count with the tracks that such albums usually have. ``without`` albums have no tracks yet.
    ``seconds`` is how long the downloads take and ``size_bytes`` the room that they need.
    """

    albums: int
    tracks: int
    there: int
    unasked: int
    without: int
    seconds: float
    size_bytes: int

    def describe(self) -> str:
        """``15 albums, 187 tracks, about 26 min, 1.1 GB; 12 tracks are there already``."""
        about = "about " if self.unasked else ""
        told = [count_of(self.albums, "album"), f"{about}{count_of(self.tracks, 'track')}"]
        if self.tracks:
            told += [f"about {describe_span(self.seconds)}", format_bytes(self.size_bytes)]
        more = []
        if self.there:
            there = count_of(self.there, "track is", "tracks are")
            more.append(f"{there} there or wanted already")
        if self.without:
            more.append(f"{count_of(self.without, 'album has', 'albums have')} no tracks yet")
        return "; ".join([", ".join(told), *more])

    def as_document(self) -> dict[str, Any]:
        """The prospect for scripts."""
        return {
            "albums": self.albums,
            "tracks": self.tracks,
            "there": self.there,
            "albums_not_asked_for": self.unasked,
            "albums_without_tracks": self.without,
            "seconds": round(self.seconds),
            "bytes": self.size_bytes,
        }


def estimate(
    albums: Sequence[PreviewedAlbum], settings: Settings, database: Database, queue: WorkQueue
) -> Prospect:
    """What a wish for these albums would cost. Asks nobody."""
    catalog = Catalog(database)
    lengths = [
        placement.recording.length_ms or placement.track.length_ms
        for album in albums
        for placement in album.lacking
    ]
    known = [length / 1000 for length in lengths if length]
    usual = sum(known) / len(known) if known else _USUAL_SECONDS
    unasked = [album for album in albums if not album.is_asked]
    guessed = sum(_USUAL_TRACKS.get(one.group.primary_type, _OTHER_TRACKS) for one in unasked)
    tracks = len(lengths) + guessed
    music_seconds = sum(known) + (tracks - len(known)) * usual
    sources = list_source_states(database, queue)
    return Prospect(
        len(albums),
        tracks,
        sum(album.there for album in albums),
        len(unasked),
        sum(bool(album.note) for album in albums),
        tracks * seconds_per_track(settings, catalog, sources),
        round(music_seconds * bytes_per_second(settings, catalog)),
    )
