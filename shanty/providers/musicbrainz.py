"""MusicBrainz, or any server that speaks its WS/2, through musicbrainzngs.

Owns how the service is asked: one request at a time, at the allowed pace, and what a refusal means.
Only this module and :mod:`.musicbrainz_collections` import musicbrainzngs. Refuses to know what
the answers are for.

Requests are scarce (https://musicbrainz.org/doc/MusicBrainz_API/Rate_Limiting): each method says
how many it makes, and ``requests_made`` counts them.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlsplit

import musicbrainzngs
import musicbrainzngs.musicbrainz as library

from shanty import __version__
from shanty.errors import NotFoundError, PermanentError, TransientError, UnreachableError
from shanty.music.entities import Artist, Release, ReleaseGroup
from shanty.providers.http_session import describe_status, fetch, make_session
from shanty.providers.musicbrainz_values import (
    LINKED_KINDS,
    Hit,
    LinkedEntity,
    Page,
    RecordingLookup,
    parse_artist,
    parse_links,
    parse_recording_lookup,
    parse_release,
    parse_release_group,
)

SOURCE = "musicbrainz"
PAGE_SIZE = 100
_LISTED_IN_A_LOOKUP = 25
_MAX_ANSWER_BYTES = 64 * 1024 * 1024
_RELEASES_OF_RECORDING_INC = ["artist-credits", "release-groups", "media"]
# As on the web site by default: leave out groups that have only bootlegs or promotional copies.
# musicbrainzngs has no option for it; https://musicbrainz.org/doc/MusicBrainz_API#Browse
_NO_BOOTLEGS = "release-group-status=website-default"
_RELEASE_INC = ["recordings", "media", "artist-credits", "isrcs", "labels", "release-groups"]

# musicbrainzngs keeps server, User-Agent and pace in module variables. So a process makes one
# request at a time, and each sets them anew. The pace is per server, for all instances together.
_LIBRARY_LOCK = threading.RLock()
_next_request_at: dict[str, float] = {}


T = TypeVar("T")


class MusicBrainz:
    """A MusicBrainz server. Safe to use from several threads.

    ``rate`` is requests per second of this process. ``pace`` is called before each request, and may
    wait for a budget that all processes share. ``count`` is called for each request. ``guard``
    makes a context around each request, from a description of what is asked for; its ``enter`` may
    refuse the request. `shanty.sources.circuits` has such a guard.

    Every method raises:
        NotFoundError: the server has no such thing, or the id is invalid.
        WaitError: the server asks us to slow down (503, 429).
        TransientError: the server cannot be reached, or has trouble.
        PermanentError: the server refuses to answer.
    """

    def __init__(
        self,
        url: str,
        *,
        contact: str = "",
        rate: float = 1.0,
        pace: Callable[[], None] | None = None,
        count: Callable[[], None] | None = None,
        guard: Callable[[str], AbstractContextManager[Any]] | None = None,
    ):
        self.url = url.rstrip("/")
        self.requests_made = 0
        self._contact = contact
        self._interval_seconds = 1 / rate
        self._pace = pace
        self._count = count
        self._guard = guard
        self._session = make_session(contact, home_url=url)

    def get_recording(self, mbid: str) -> RecordingLookup:
        """A recording and where it was released. One request; more for 25 releases or more."""
        found = self.ask(
            "recording",
            f"recording {mbid}",
            lambda: library.get_recording_by_id(
                mbid, includes=["releases", "isrcs", *_RELEASES_OF_RECORDING_INC]
            ),
            lambda answer: parse_recording_lookup(answer["recording"]),
        )
        if len(found.releases) < _LISTED_IN_A_LOOKUP:
            return found
        # A lookup lists no more than this, and does not say so.
        recording = found.recording
        releases = self._pages(lambda at: self._get_releases_of_recording(recording.mbid, at))
        return RecordingLookup(recording, tuple(releases))

    def _get_releases_of_recording(self, mbid: str, offset: int) -> Page[Release]:
        return self.ask(
            "release-list",
            f"releases of recording {mbid}",
            lambda: library.browse_releases(
                recording=mbid,
                includes=_RELEASES_OF_RECORDING_INC,
                limit=PAGE_SIZE,
                offset=offset,
            ),
            lambda answer: read_page("release", answer, parse_release),
        )

    def get_release(self, mbid: str) -> Release:
        """A release with all its media and tracks. One request."""
        return self.ask(
            "release",
            f"release {mbid}",
            lambda: library.get_release_by_id(mbid, includes=["artists", *_RELEASE_INC]),
            lambda answer: parse_release(answer["release"]),
        )

    def get_artist(self, mbid: str) -> Artist:
        """An artist. One request."""
        return self.ask(
            "artist",
            f"artist {mbid}",
            lambda: library.get_artist_by_id(mbid),
            lambda answer: parse_artist(answer["artist"]),
        )

    def get_release_group(self, mbid: str) -> ReleaseGroup:
        """A release group. One request."""
        return self.ask(
            "release-group",
            f"release group {mbid}",
            lambda: library.get_release_group_by_id(mbid, includes=["artist-credits"]),
            lambda answer: parse_release_group(answer["release-group"]),
        )

    def look_up_address(self, address: str) -> tuple[LinkedEntity, ...]:
        """What an address of another service is linked to. One request.

        The address has to be written as MusicBrainz stores it.
        """
        includes = [f"{kind}-rels" for kind in LINKED_KINDS]
        return self.ask(
            "url",
            f"address {address}",
            lambda: library.browse_urls(resource=address, includes=includes),
            lambda answer: parse_links(answer["url"]),
        )

    def browse_releases(self, release_group_mbid: str) -> list[Release]:
        """Every edition of a release group with all its tracks.

        One request per 100 editions; fewer fit in an answer if they have very many tracks.
        """
        return list(self._pages(lambda at: self.get_releases_page(release_group_mbid, at)))

    def get_releases_page(self, release_group_mbid: str, offset: int = 0) -> Page[Release]:
        """Editions of a release group from ``offset`` on. One request."""
        return self.ask(
            "release-list",
            f"release group {release_group_mbid}",
            lambda: library.browse_releases(
                release_group=release_group_mbid,
                includes=_RELEASE_INC,
                limit=PAGE_SIZE,
                offset=offset,
            ),
            lambda answer: read_page("release", answer, parse_release),
        )

    def browse_release_groups(self, artist_mbid: str) -> list[ReleaseGroup]:
        """Every release group of an artist, except bootlegs. One request per 100 groups."""
        return list(self._pages(lambda at: self.get_release_groups_page(artist_mbid, at)))

    def get_release_groups_page(self, artist_mbid: str, offset: int = 0) -> Page[ReleaseGroup]:
        """Release groups of an artist from ``offset`` on. One request."""
        return self.ask(
            "release-group-list",
            f"artist {artist_mbid}",
            lambda: library.browse_release_groups(
                artist=artist_mbid, includes=["artist-credits"], limit=PAGE_SIZE, offset=offset
            ),
            lambda answer: read_page("release-group", answer, parse_release_group),
            more=_NO_BOOTLEGS,
        )

    def search_artists(self, query: str, limit: int = 10) -> Page[Hit[Artist]]:
        """Artists by name, best first. One request."""
        return self._search("artist", library.search_artists, query, "", limit, parse_artist)

    def search_release_groups(
        self, query: str, limit: int = 10, *, artist: str = ""
    ) -> Page[Hit[ReleaseGroup]]:
        """Release groups by title, best first, of an artist if one is named. One request."""
        search = library.search_release_groups
        return self._search("release-group", search, query, artist, limit, parse_release_group)

    def search_groups_of(self, artist_mbids: Iterable[str]) -> Page[ReleaseGroup]:
        """Some release groups of these artists: a hundred in all at the most. One request."""
        wanted = " OR ".join(f'arid:"{mbid}"' for mbid in artist_mbids)

        def read(answer: dict[str, Any]) -> Page[ReleaseGroup]:
            groups = tuple(map(parse_release_group, answer["release-group-list"]))
            return Page(groups, answer.get("release-group-count", len(groups)))

        return self.ask(
            "release-group-list",
            "albums of the artists found",
            lambda: library.search_release_groups(query=wanted, limit=PAGE_SIZE),
            read,
        )

    def search_recordings(
        self, query: str, limit: int = 10, *, artist: str = ""
    ) -> Page[Hit[RecordingLookup]]:
        """Recordings by title, best first, of an artist if one is named. One request."""
        search = library.search_recordings
        return self._search("recording", search, query, artist, limit, parse_recording_lookup)

    def _search(
        self,
        kind: str,
        search: Callable[..., dict[str, Any]],
        query: str,
        artist: str,
        limit: int,
        parse: Callable[[dict[str, Any]], T],
    ) -> Page[Hit[T]]:
        words, artist_words = _plain_words(query), _plain_words(artist)
        if not words:
            return Page((), 0)
        if artist_words:
            words = f"{kind.replace('-', '')}:({words}) AND artist:({artist_words})"

        def read(answer: dict[str, Any]) -> Page[Hit[T]]:
            nodes = sorted(answer[f"{kind}-list"], key=lambda node: -_score(node))
            hits = tuple(Hit(parse(node), _score(node)) for node in nodes)
            return Page(hits, answer.get(f"{kind}-count", len(hits)))

        return self.ask(
            f"{kind}-list",
            f"{kind} like {query!r}",
            lambda: search(query=words, limit=min(limit, PAGE_SIZE)),
            read,
        )

    def _pages(self, get_page: Callable[[int], Page[T]]) -> Iterator[T]:
        """All entries, page after page. A page before the last may be short, but not empty."""
        offset = 0
        while True:
            page = get_page(offset)
            yield from page.items
            offset += len(page.items)
            if not page.items or offset >= page.total:
                return

    def ask(
        self,
        key: str,
        what: str,
        call: Callable[[], dict[str, Any]],
        read: Callable[[dict[str, Any]], T],
        *,
        more: str = "",
    ) -> T:
        """Make one request through the library, with our own pace, transport and errors.

        The answer must hold ``key``. ``what`` describes what is asked for, ``read`` turns the
        answer into our value, and ``more`` is a parameter that the library does not know.
        """
        if self._guard is None:
            return self._read_as(key, self._request(call, what, more), read)
        with self._guard(what) as passage:
            passage.enter()
            return self._read_as(key, self._request(call, what, more, passage.enter), read)

    def _read_as(self, key: str, answer: dict[str, Any], read: Callable[[dict[str, Any]], T]) -> T:
        try:
            if key in answer:
                return read(answer)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise TransientError(f"{self._service} answers with broken {key} data") from error
        # A network that wants a login answers like this.
        raise UnreachableError(f"{self._service} answers with something else than {key} data")

    def _request(
        self,
        call: Callable[[], dict[str, Any]],
        what: str,
        more: str,
        enter: Callable[[], None] = lambda: None,
    ) -> dict[str, Any]:
        """The answer. Waits for its turn first; ``enter`` is called once more after the wait."""
        if self._pace is not None:
            self._pace()
        with _LIBRARY_LOCK:
            self._wait_for_turn()
            enter()
            try:
                with self._library_taken_over(what, more):
                    return call()
            except (ValueError, musicbrainzngs.WebServiceError):
                return {}  # the answer came whole, with status 200, but is no WS/2 document

    @property
    def _service(self) -> str:
        return f"MusicBrainz at {self.url}"

    @contextmanager
    def _library_taken_over(self, what: str, more: str) -> Iterator[None]:
        """Point musicbrainzngs at our server, and for the block send its requests over our session.

        ``_safe_read`` is the one private name that we replace. It would repeat a refused request
        seven times with sleeps in between, has no timeout, and drops ``Retry-After``; the library
        has no setting for any of this. The library's rate limit is off, because it sleeps ``rate``
        seconds between requests instead of ``1/rate``, and by a clock that may be set back.
        """
        parts = urlsplit(self.url)
        musicbrainzngs.set_hostname(parts.netloc, use_https=parts.scheme == "https")
        musicbrainzngs.set_useragent("shanty", __version__, self._contact or None)
        musicbrainzngs.set_rate_limit(False)
        # The server knows this include; musicbrainzngs 0.7.1 does not.
        includes = library.VALID_INCLUDES["recording"]
        if "release-groups" not in includes:
            includes.append("release-groups")
        its_own = library._safe_read

        def read(_opener: object, request: Any, _body: object = None) -> bytes:
            return self._read(f"{request.full_url}{more and '&'}{more}", what)

        library._safe_read = read
        try:
            yield
        finally:
            library._safe_read = its_own

    def _read(self, url: str, what: str) -> bytes:
        self.requests_made += 1
        if self._count is not None:
            self._count()
        reply = fetch(
            self._session, url, service=self._service, source=SOURCE, max_bytes=_MAX_ANSWER_BYTES
        )
        if reply.status == HTTPStatus.OK:
            return reply.body
        if reply.status == HTTPStatus.NOT_FOUND:
            raise NotFoundError(f"MusicBrainz has no {what}")
        if reply.status == HTTPStatus.UNAUTHORIZED:
            raise PermanentError(f"MusicBrainz shows {what} to its owner alone")
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


def read_page(kind: str, answer: dict[str, Any], parse: Callable[[dict[str, Any]], T]) -> Page[T]:
    """The page of a list that an answer holds."""
    nodes = answer[f"{kind}-list"]
    return Page(tuple(map(parse, nodes)), answer.get(f"{kind}-count", 0))


def _plain_words(text: str) -> str:
    # Without this, Lucene would read "AC/DC" as the start of a regular expression, and AND as an
    # operator.
    return re.sub(library.LUCENE_SPECIAL, r"\\\1", text).lower().strip()


def _score(node: dict[str, Any]) -> int:
    return int(node.get("ext:score", 0))


def _error_text(body: bytes) -> str:
    """The sentence in an ``<error>`` body."""
    text = body.decode("utf-8", "replace")
    found = re.search(r"<text>(.*?)</text>", text, re.DOTALL)
    return found.group(1).strip().rstrip(".") if found else "the request is not valid"
