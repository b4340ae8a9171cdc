"""The tracks of the catalogue by what a file may say about itself, and which of them a file is.

A file of which that is not beyond doubt is no track's: what speaks against each is kept for people.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shanty.catalog.sameness import (
    MatchableTrack,
    distance,
    doubt_by_isrc,
    doubt_by_name,
    is_named_alike,
    make_name_key,
)
from shanty.tags.identity import FileIdentity


@dataclass(frozen=True, slots=True)
class Doubt:
    """A track that a file may be, and what speaks against it."""

    track_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Match:
    """Which track a file is, and which tag says so; without one, the tracks that it may be."""

    track_id: int | None = None
    matched_by: str = ""
    doubts: tuple[Doubt, ...] = ()


class TrackIndex:
    """The tracks of the catalogue, by what a file may say about itself."""

    def __init__(self, tracks: Iterable[MatchableTrack]) -> None:
        self.last_id = 0
        self._by_recording: dict[str, MatchableTrack] = {}
        self._by_isrc: dict[str, list[MatchableTrack]] = {}
        self._by_name: dict[str, list[MatchableTrack]] = {}
        for track in tracks:
            self.last_id = max(self.last_id, track.id)
            self._by_recording[track.recording_mbid] = track
            for isrc in track.isrcs:
                self._by_isrc.setdefault(isrc, []).append(track)
            for key in {make_name_key(track.artist, title) for title in track.titles} - {""}:
                self._by_name.setdefault(key, []).append(track)

    def match(self, file: FileIdentity) -> Match:
        """Return the track of a file; if none is beyond doubt, the one that it may be, and why."""
        if track := self._by_recording.get(file.recording_mbid):
            return Match(track.id, "recording")
        same_isrc = [track for isrc in file.isrcs for track in self._by_isrc.get(isrc, ())]
        key = make_name_key(file.artist, file.title)
        same_name = [one for one in self._by_name.get(key, ()) if is_named_alike(one, file)]
        doubted: dict[int, Doubt] = {}
        for matched_by, found, find_doubt in (
            ("isrc", same_isrc, doubt_by_isrc),
            ("name", same_name, doubt_by_name),
        ):
            doubts = {track.id: find_doubt(track, file) for track in found}
            clear = [track for track in found if not doubts[track.id]]
            if clear:
                return Match(_closest(clear, file).id, matched_by)
            for track in found:
                doubted.setdefault(track.id, Doubt(track.id, doubts[track.id]))
        return Match(doubts=tuple(doubted.values()))


def _closest(tracks: list[MatchableTrack], file: FileIdentity) -> MatchableTrack:
    return min(tracks, key=lambda track: (distance(track, file), track.id))
