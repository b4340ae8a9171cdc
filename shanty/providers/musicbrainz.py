"""MusicBrainz, or any server that speaks its WS/2, through musicbrainzngs.

Owns asking: one request at a time, at the pace that is allowed, and what a refusal means. The only
module that imports musicbrainzngs. Refuses to know what is done with the answers.

Requests are the scarce resource (https://musicbrainz.org/doc/MusicBrainz_API/Rate_Limiting): each
method says how many it costs, and ``requests_made`` counts them.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import musicbrainzngs
import musicbrainzngs.musicbrainz as library

from shanty import __version__
from shanty.errors import NotFoundError, PermanentError, TransientError
from shanty.models import Artist, Recording, Release, ReleaseGroup
from shanty.providers.http_session import describe_status, fetch, make_session
from shanty.providers.musicbrainz_values import (
    parse_artist,
    parse_recording,
    parse_release,
    parse_release_group,
)

SOURCE = "musicbrainz"
PAGE_SIZE = 100
_LISTED_IN_A_LOOKUP = 25
_MAX_ANSWER_BYTES = 64 * 1024 * 1024
_RELEASES_OF_RECORDING_INC = ["artist-credits", "release-groups", "media"]
_RELEASE_INC = ["recordings", "media", "artist-credits", "isrcs", "labels", "release-groups"]

# musicbrainzngs keeps server, User-Agent and pace in module variables, so one request at a time
# per process, and each sets them anew. The pace is per server, whoever asks.
_LIBRARY_LOCK = threading.RLock()
_next_request_at: dict[str, float] = {}


@dataclass(frozen=True, slots=True)
class RecordingLookup:
    """A recording and the releases it is on, without their tracks."""

    recording: Recording
    releases: tuple[Release, ...] = ()


class MusicBrainz:
    """A MusicBrainz server. Safe to use from several threads.

    ``rate`` is requests per second of this process; ``pace`` is called before each request and
    may wait, for a budget that is shared between processes.

    Every method raises:
        NotFoundError: there is no such thing there, or the id is none.
        WaitError: it asks us to slow down (503, 429).
        TransientError: it cannot be reached, or has trouble.
        PermanentError: it refuses to answer.
    """

    def __init__(
        self,
        url: str,
        *,
        contact: str = "",
        rate: float = 1.0,
        pace: Callable[[], None] | None = None,
    ):
        self.url = url.rstrip("/")
        self.requests_made = 0
        self._contact = contact
        self._interval_seconds = 1 / rate
        self._pace = pace
        self._session = make_session(contact)

    def get_recording(self, mbid: str) -> RecordingLookup:
        """A recording and where it was released. One request; more when on 25 releases or more."""
        answer = self._ask(
            "recording",
            f"recording {mbid}",
            lambda: library.get_recording_by_id(
                mbid, includes=["releases", "isrcs", *_RELEASES_OF_RECORDING_INC]
            ),
        )
        node = answer["recording"]
        recording = parse_recording(node)
        nodes: Sequence[dict[str, Any]] = node.get("release-list", [])
        if len(nodes) >= _LISTED_IN_A_LOOKUP:  # a lookup stops there without a word
            nodes = list(
                self._browse(
                    "release",
                    f"releases of recording {mbid}",
                    lambda offset: library.browse_releases(
                        recording=recording.mbid,
                        includes=_RELEASES_OF_RECORDING_INC,
                        limit=PAGE_SIZE,
                        offset=offset,
                    ),
                )
            )
        return RecordingLookup(recording, tuple(parse_release(release) for release in nodes))

    def get_release(self, mbid: str) -> Release:
        """A release with all its media and tracks. One request."""
        answer = self._ask(
            "release",
            f"release {mbid}",
            lambda: library.get_release_by_id(mbid, includes=["artists", *_RELEASE_INC]),
        )
        return parse_release(answer["release"])

    def get_artist(self, mbid: str) -> Artist:
        """An artist. One request."""
        answer = self._ask("artist", f"artist {mbid}", lambda: library.get_artist_by_id(mbid))
        return parse_artist(answer["artist"])

    def browse_releases(self, release_group_mbid: str) -> list[Release]:
        """Every edition of a release group with all its tracks.

        One request per 100 editions; fewer fit in an answer when they have very many tracks.
        """
        pages = self._browse(
            "release",
            f"release group {release_group_mbid}",
            lambda offset: library.browse_releases(
                release_group=release_group_mbid,
                includes=_RELEASE_INC,
                limit=PAGE_SIZE,
                offset=offset,
            ),
        )
        return [parse_release(node) for node in pages]

    def browse_release_groups(self, artist_mbid: str) -> list[ReleaseGroup]:
        """Every release group of an artist. One request per 100."""
        pages = self._browse(
            "release-group",
            f"artist {artist_mbid}",
            lambda offset: library.browse_release_groups(
                artist=artist_mbid, includes=["artist-credits"], limit=PAGE_SIZE, offset=offset
            ),
        )
        return [parse_release_group(node) for node in pages]

    def search_artists(self, query: str, limit: int = 10) -> list[Artist]:
        """Artists by name, best first. One request."""
        return [
            parse_artist(node)
            for node in self._search("artist", library.search_artists, query, limit)
        ]

    def search_release_groups(self, query: str, limit: int = 10) -> list[ReleaseGroup]:
        """Release groups by any of their names, best first. One request."""
        found = self._search("release-group", library.search_release_groups, query, limit)
        return [parse_release_group(node) for node in found]

    def search_recordings(self, query: str, limit: int = 10) -> list[Recording]:
        """Recordings by any of their names, best first. One request."""
        found = self._search("recording", library.search_recordings, query, limit)
        return [parse_recording(node) for node in found]

    def _search(
        self, kind: str, search: Callable[..., dict[str, Any]], query: str, limit: int
    ) -> list[dict[str, Any]]:
        # Plain words, not Lucene: "AC/DC" would be the start of a regular expression, and AND an
        # operator.
        words = re.sub(library.LUCENE_SPECIAL, r"\\\1", query).lower().strip()
        if not words:
            return []
        answer = self._ask(
            f"{kind}-list",
            f"{kind} like {query!r}",
            lambda: search(query=words, limit=min(limit, PAGE_SIZE)),
        )
        found: list[dict[str, Any]] = answer[f"{kind}-list"]
        return sorted(found, key=lambda node: -int(node.get("ext:score", 0)))

    def _browse(
        self, kind: str, what: str, get_page: Callable[[int], dict[str, Any]]
    ) -> Iterator[dict[str, Any]]:
        """All entries, page after page. A page may be short before the last, but not empty."""
        offset = 0
        while True:
            answer = self._ask(f"{kind}-list", what, lambda: get_page(offset))  # noqa: B023 (called at once)
            page = answer[f"{kind}-list"]
            yield from page
            offset += len(page)
            if not page or offset >= answer.get(f"{kind}-count", 0):
                return

    def _ask(self, key: str, what: str, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """One request by way of the library: ours are the pace, the transport and the errors.

        ``key`` is what the answer must hold, ``what`` says what is asked for.
        """
        if self._pace is not None:
            self._pace()
        with _LIBRARY_LOCK:
            self._wait_for_turn()
            try:
                with self._library_taken_over(what):
                    answer = call()
            except (ValueError, musicbrainzngs.WebServiceError):
                answer = {}  # it came whole and with status 200, and yet it is no WS/2 document
        if key not in answer:
            raise TransientError(f"{self._service} answers with something else than {key} data")
        return answer

    @property
    def _service(self) -> str:
        return f"MusicBrainz at {self.url}"

    @contextmanager
    def _library_taken_over(self, what: str) -> Iterator[None]:
        """Point musicbrainzngs at our server, and for the block its requests at our session.

        ``_safe_read`` is the one private name we replace. It would repeat a refused request seven
        times with sleeps in between, has no timeout, and drops ``Retry-After``; the library offers
        no setting for any of it. Its rate limit is off because it sleeps ``rate`` seconds between
        requests where it means ``1/rate``, and by a clock that may be set back.
        """
        parts = urlsplit(self.url)
        musicbrainzngs.set_hostname(parts.netloc, use_https=parts.scheme == "https")
        musicbrainzngs.set_useragent("shanty", __version__, self._contact or None)
        musicbrainzngs.set_rate_limit(False)
        # The server knows this one, 0.7.1 does not.
        includes = library.VALID_INCLUDES["recording"]
        if "release-groups" not in includes:
            includes.append("release-groups")
        its_own = library._safe_read
        library._safe_read = lambda _opener, request, _body=None: self._read(request.full_url, what)
        try:
            yield
        finally:
            library._safe_read = its_own

    def _read(self, url: str, what: str) -> bytes:
        self.requests_made += 1
        reply = fetch(
            self._session, url, service=self._service, source=SOURCE, max_bytes=_MAX_ANSWER_BYTES
        )
        if reply.status == HTTPStatus.OK:
            return reply.body
        if reply.status == HTTPStatus.NOT_FOUND:
            raise NotFoundError(f"MusicBrainz has no {what}")
        if reply.status == HTTPStatus.BAD_REQUEST:
            reason = _error_text(reply.body)
            raise NotFoundError(f"MusicBrainz cannot look up {what}: {reason}")
        raise PermanentError(
            f"{self._service} refuses to answer ({describe_status(reply.status)}); "
            "is musicbrainz.contact set?"
        )

    def _wait_for_turn(self) -> None:
        now = time.monotonic()
        turn = max(now, _next_request_at.get(self.url, 0.0))
        time.sleep(turn - now)
        _next_request_at[self.url] = turn + self._interval_seconds


def _error_text(body: bytes) -> str:
    """The sentence in an ``<error>`` body."""
    text = body.decode("utf-8", "replace")
    found = re.search(r"<text>(.*?)</text>", text, re.DOTALL)
    return found.group(1).strip().rstrip(".") if found else "the request is not valid"
