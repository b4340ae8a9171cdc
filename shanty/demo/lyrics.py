"""Lyrics as an LRCLIB server has them: most songs have timed ones, some plain ones, some none.

Owns its one path and the words, which are made from the title. Source: https://lrclib.net/docs.
"""

from __future__ import annotations

from collections.abc import Mapping

from shanty.demo.answers import Answer, Request, json_answer
from shanty.demo.faults import Fault, FaultKind
from shanty.demo.offers import hash_number
from shanty.models import Lyrics
from shanty.music.entities import Placement

LYRICS_PATH = "/api/get"
_TOLERANCE_SECONDS = 2
_LINES = 4
_HALF = 40


class LyricsService:
    """Answers ``/api/get`` for the recordings of a world. Recordings may be added later."""

    def __init__(self, placements: Mapping[str, Placement]) -> None:
        self._placements = placements

    def lyrics_of(self, placement: Placement) -> Lyrics | None:
        """What is known of a recording, the same each time."""
        kind = hash_number("lyrics", placement.recording.mbid) % 6
        if kind == 0:
            return None
        if kind == 1:
            return Lyrics(is_instrumental=True)
        lines = [f"{placement.track.title}, line {number}" for number in range(1, _LINES + 1)]
        timed = [f"[00:00.{number * 25:02}] {line}" for number, line in enumerate(lines)]
        return Lyrics("" if kind == 2 else "\n".join(timed), "\n".join(lines))

    def answer(self, request: Request, fault: Fault | None) -> Answer:
        """The lyrics of the recording that has these names and this length, or 404."""
        if fault is not None and fault.kind is FaultKind.HTML:
            return Answer(200, b"<html>Log in to the hotel</html>", "text/html")
        placement = self._find(request.query)
        lyrics = self.lyrics_of(placement) if placement is not None else None
        if placement is None or lyrics is None:
            missing = {"code": 404, "name": "TrackNotFound", "message": "Failed to find track"}
            return json_answer({**missing, "statusCode": 404}, 404)
        plain = lyrics.plain
        if fault is not None and fault.kind is FaultKind.CORRUPT:
            plain = f"\x00\x1b[2J{plain}\r\n\ud800"
        found = json_answer(
            {
                "id": hash_number("lyrics", placement.recording.mbid) % 10**7,
                "trackName": placement.track.title,
                "artistName": placement.track.artist_credit.name,
                "albumName": placement.release.title,
                "duration": (placement.recording.length_ms or 0) / 1000,
                "instrumental": lyrics.is_instrumental,
                "plainLyrics": plain or None,
                "syncedLyrics": lyrics.synced or None,
            }
        )
        if fault is not None and fault.kind is FaultKind.CUT:
            return Answer(200, found.body, found.content_type, cut_after=_HALF)
        return found

    def _find(self, query: Mapping[str, str]) -> Placement | None:
        for placement in list(self._placements.values()):
            names = (
                placement.track.artist_credit.name,
                placement.track.title,
                placement.release.title,
            )
            asked = tuple(query.get(f"{name}_name") for name in ("artist", "track", "album"))
            length = (placement.recording.length_ms or 0) / 1000
            if names == asked and _is_about(query.get("duration", ""), length):
                return placement
        return None


def _is_about(asked: str, length: float) -> bool:
    return asked.isdigit() and abs(int(asked) - length) <= _TOLERANCE_SECONDS
