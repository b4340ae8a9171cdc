"""Pictures of artists: fanart.tv, or a server that answers like it.

Owns the server's addresses, and which of several pictures is taken. Refuses to know what the
picture is for. MusicBrainz and the Cover Art Archive have no pictures of artists. Source:
https://fanart.tv/api-docs/music-api/.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from shanty.errors import PermanentError, TransientError
from shanty.providers.coverart import MAX_COVER_BYTES, picture_type
from shanty.providers.http_session import Reply, describe_status, fetch, make_session

SOURCE = "artist_art"
_MAX_ANSWER_BYTES = 4 * 1024 * 1024


class ArtistArt:
    """A server of artists' pictures. Safe to use from several threads."""

    def __init__(self, url: str, *, key: str = "", contact: str = ""):
        self.url = url.rstrip("/")
        self._key = key
        self._session = make_session(contact, home_url=url)

    def picture(self, artist_mbid: str) -> tuple[bytes, str] | None:
        """The picture that most people like, as (data, MIME type); None if there is none.

        Raises:
            WaitError: the server asks us to wait.
            TransientError: the server cannot be reached, has trouble, or sends something else.
            PermanentError: it refuses, or the picture is too large or of another kind.
        """
        query = f"?{urlencode({'api_key': self._key})}" if self._key else ""
        reply = self._get(f"{self.url}/v3/music/{artist_mbid}{query}", _MAX_ANSWER_BYTES)
        address = None if reply is None else self._address(reply.body)
        reply = None if address is None else self._get(address, MAX_COVER_BYTES)
        if reply is None:
            return None
        kind = picture_type(reply.body)
        if not kind:
            raise PermanentError(f"{self._service} sends something else than a picture")
        return reply.body, kind

    @property
    def _service(self) -> str:
        return f"the service of artists' pictures at {self.url}"  # never with the key

    def _get(self, address: str, max_bytes: int) -> Reply | None:
        reply = fetch(
            self._session, address, service=self._service, source=SOURCE, max_bytes=max_bytes
        )
        if reply.status == HTTPStatus.NOT_FOUND:
            return None
        if reply.status != HTTPStatus.OK:
            status = describe_status(reply.status)
            raise PermanentError(f"{self._service} refuses ({status}); is art.artist_key right?")
        return reply

    def _address(self, body: bytes) -> str | None:
        try:
            pictures: list[dict[str, Any]] = json.loads(body).get("artistthumb") or []
            best = max(pictures, key=lambda one: int(one.get("likes") or 0), default=None)
            address = None if best is None else str(best["url"])
        except (ValueError, AttributeError, KeyError, TypeError) as error:
            raise TransientError(f"{self._service} answers with broken data") from error
        if address is not None and not address.startswith(("http://", "https://")):
            raise TransientError(f"{self._service} answers with broken data")
        return address
