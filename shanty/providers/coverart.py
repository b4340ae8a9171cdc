"""The Cover Art Archive, or a server like it: front covers.

Owns which of the server's addresses are asked, in which order, and what counts as a picture.
Refuses to know what the picture is for. Source:
https://musicbrainz.org/doc/Cover_Art_Archive/API.
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

from shanty.errors import PermanentError, TransientError
from shanty.providers.http_bounds import Bounds
from shanty.providers.http_session import describe_status, fetch, make_session

SOURCE = "coverart"
# A FLAC picture block holds less than 16 MiB.
MAX_COVER_BYTES = 16 * 1024 * 1024 - 1024
USUAL_SIZE = 1200
SMALL_SIZE, MAX_SMALL_BYTES = 250, 1024 * 1024
_MAGIC = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF8": "image/gif",
    b"II*\0": "image/tiff",
    b"MM\0*": "image/tiff",
}


class CoverArt:
    """A cover-art server. Safe to use from several threads.

    ``size`` is asked for first: 250, 500 or 1200 pixels, or 0 for the original. If there is no
    cover of that size, the original is taken; if there is no original, the largest other size.
    """

    def __init__(
        self,
        url: str,
        *,
        contact: str = "",
        size: int = USUAL_SIZE,
        bounds: Bounds | None = None,
    ):
        self.url = url.rstrip("/")
        self._sizes = (f"-{size}", "") if size else ("", f"-{USUAL_SIZE}")
        self._session = make_session(contact, home_url=url, bounds=bounds)

    def front(self, release_group_mbid: str, release_mbid: str) -> tuple[bytes, str] | None:
        """The front cover as (data, MIME type); None if there is none. The data is not decoded.

        The release group's cover comes first, because people have chosen it. An id may be ``""``.

        Raises:
            WaitError: the server asks us to wait.
            TransientError: the server cannot be reached, has trouble, or sends something else.
            PermanentError: it refuses, redirects to an address that we refuse, or the only picture
                is too large or of another kind.
        """
        refused: PermanentError | None = None
        for address in self._addresses(release_group_mbid, release_mbid):
            try:
                data = self._get(address, MAX_COVER_BYTES)
            except PermanentError as error:
                refused = error  # the next address may do
                continue
            if data is not None:
                return data, picture_type(data)
        if refused is not None:
            raise refused
        return None

    def small_front(self, release_group_mbid: str) -> bytes | None:
        """A release group's front cover, 250 pixels at the most; None if there is none.

        The data is not decoded. One request, and what it redirects to.

        Raises the errors of :meth:`front`.
        """
        address = f"{self.url}/release-group/{release_group_mbid}/front-{SMALL_SIZE}"
        return self._get(address, MAX_SMALL_BYTES)

    def _addresses(self, release_group_mbid: str, release_mbid: str) -> Iterator[str]:
        for kind, mbid in (("release-group", release_group_mbid), ("release", release_mbid)):
            if mbid:
                for size in self._sizes:
                    yield f"{self.url}/{kind}/{mbid}/front{size}"

    def _get(self, address: str, max_bytes: int) -> bytes | None:
        service = f"the cover-art service at {self.url}"
        reply = fetch(self._session, address, service=service, source=SOURCE, max_bytes=max_bytes)
        # 400: the id is invalid, so there is no cover for it.
        if reply.status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST):
            return None
        if reply.status != HTTPStatus.OK:
            raise PermanentError(f"{service} refuses ({describe_status(reply.status)})")
        if picture_type(reply.body):
            return reply.body
        if reply.content_type.startswith("image/"):
            raise PermanentError(f"the cover is of no kind that is read: {reply.content_type}")
        raise TransientError(f"{service} sends something else than a picture")


def picture_type(data: bytes) -> str:
    """The MIME type that the first bytes promise; ``""`` if it is none that we read."""
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    return next((mime for magic, mime in _MAGIC.items() if data.startswith(magic)), "")
