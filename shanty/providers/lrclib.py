"""An LRCLIB server: lyrics, with the times of their lines if somebody has set them.

Owns the server's addresses, what its answers mean, and how far they are believed. Refuses to know
what the lyrics are for. Source: https://lrclib.net/docs.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from shanty.errors import PermanentError, TransientError
from shanty.models import Lyrics
from shanty.providers.http_session import describe_status, fetch, make_session

SOURCE = "lyrics"
MAX_ANSWER_BYTES = 512 * 1024
# The server itself allows the length to differ by two seconds.
_LENGTH_TOLERANCE_SECONDS = 3.0
_TIMED_LINE = re.compile(r"^\s*\[\d{1,3}:\d{2}(?:[.:]\d{1,3})?\]", re.MULTILINE)


class LrcLib:
    """An LRCLIB server. Safe to use from several threads. ``pace`` waits for the next turn."""

    def __init__(self, url: str, *, contact: str = "", pace: Callable[[], None] = lambda: None):
        self.url = url.rstrip("/")
        self._pace = pace
        self._session = make_session(contact, home_url=url)

    def find(self, *, artist: str, title: str, album: str, seconds: float) -> Lyrics | None:
        """The lyrics of a recording, by names and length; None if there are none.

        For an instrumental piece, the answer says so and has no words.

        Raises:
            WaitError: the server asks us to wait.
            TransientError: the server cannot be reached, has trouble, or sends something else.
            PermanentError: it refuses, or sends more than a song can have.
        """
        query = {
            "artist_name": artist,
            "track_name": title,
            "album_name": album,
            "duration": round(seconds),
        }
        service = f"the lyrics service at {self.url}"
        self._pace()
        reply = fetch(
            self._session,
            f"{self.url}/api/get?{urlencode(query, errors='replace')}",
            service=service,
            source=SOURCE,
            max_bytes=MAX_ANSWER_BYTES,
        )
        if reply.status == HTTPStatus.NOT_FOUND:
            return None
        if reply.status != HTTPStatus.OK:
            raise PermanentError(f"{service} refuses ({describe_status(reply.status)})")
        try:
            answer = json.loads(reply.body)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise TransientError(f"{service} sends something else than lyrics")
        return _parse(answer, seconds)


def _parse(answer: dict[str, Any], seconds: float) -> Lyrics | None:
    if answer.get("instrumental") is True:
        return Lyrics(is_instrumental=True)
    synced, plain = (_clean(answer.get(key)) for key in ("syncedLyrics", "plainLyrics"))
    if synced and not _TIMED_LINE.search(synced):
        synced, plain = "", plain or synced
    length = answer.get("duration")
    if isinstance(length, int | float) and abs(length - seconds) > _LENGTH_TOLERANCE_SECONDS:
        synced = ""  # these are of another cut of the song, so their times do not fit
    return Lyrics(synced, plain) if synced or plain else None


def _clean(text: object) -> str:
    """A text from outside as clean lines, without control characters or halves of characters."""
    if not isinstance(text, str):
        return ""
    text = re.sub(r"\r\n?|\u2028|\u2029", "\n", text).replace("\t", " ")
    kept = (char for char in text if char == "\n" or unicodedata.category(char) not in ("Cc", "Cs"))
    return "".join(kept).strip()
