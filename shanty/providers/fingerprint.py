"""AcoustID: which recordings a file may be, by its fingerprint, as far as that service knows.

Owns the form in which the service takes fingerprints, asking it through pyacoustid, and reading its
answer. Refuses to know which recording is wanted. The answer is a second opinion: if it cannot be
had, for whatever reason, there is none, and nothing fails. https://acoustid.org/webservice
"""

from __future__ import annotations

import base64
import json
import logging
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from shanty.errors import StageError, TransientError, hide_secrets, one_line
from shanty.music.fingerprint import Fingerprint, Recognition
from shanty.providers.http_bounds import Bounds
from shanty.providers.http_session import fetch, make_session

logger = logging.getLogger(__name__)

SOURCE = "acoustid"
REQUESTS_PER_SECOND = 3.0
"""What the service allows an application."""
ANY_FINGERPRINT = ("AQAAO0mUaEkSZSoAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 10)
"""The fingerprint of ten seconds of one tone, to ask whether a key is good."""
_ALGORITHM = 1  # Chromaprint's number for its default
# A distance between two bits has three bits of room, and what is beyond has five more.
_NARROW, _WIDE = 3, 5
_MOST_NARROW = 2**_NARROW - 1
_BOUNDS = Bounds(total_seconds=20.0, answer_seconds=15.0, stall_seconds=10.0)
_MAX_ANSWER_BYTES = 4 * 1024 * 1024
# After a failure, the service is left alone for this long, so that nobody waits for the next one.
_REST_SECONDS = 300.0
_LIBRARY_LOCK = threading.Lock()


class AcoustId:
    """The service at ``url``. ``pace`` waits for its turn. May be used by several threads."""

    def __init__(self, url: str, key: str, *, pace: Callable[[], None] = lambda: None):
        self._url = url
        self._key = key
        self._pace = pace
        self._rests_until = 0.0
        self._session = make_session(home_url=url, bounds=_BOUNDS)

    def recognize(self, fingerprint: Fingerprint, seconds: float) -> list[Recognition]:
        """The recordings that a file may be, by its fingerprint and its length.

        There are none if the service does not know, or cannot be asked. Raises nothing: errors go
        to the log.
        """
        if time.monotonic() < self._rests_until:
            return []
        try:
            return self.look_up(compress(fingerprint.words), int(seconds))
        except TransientError as error:
            self._rests_until = time.monotonic() + _REST_SECONDS
            minutes = _REST_SECONDS / 60
            logger.warning("%s; nothing is recognized for %.0f minutes", error, minutes)
            return []

    def look_up(self, fingerprint: str, seconds: int) -> list[Recognition]:
        """The recordings that audio of this fingerprint and length may be.

        Raises:
            TransientError: the service cannot be reached, or refuses. The message hides the key.
        """
        import acoustid  # late, because it is not needed without a key

        self._pace()
        try:
            with _LIBRARY_LOCK, self._library_taken_over(acoustid):
                answer = acoustid.lookup(self._key, fingerprint, seconds)
            return list(read_answer(answer))
        except (StageError, ValueError, RecursionError) as error:
            why = hide_secrets(one_line(str(error)), [self._key])
        raise TransientError(f"AcoustID cannot be asked: {why}")

    @contextmanager
    def _library_taken_over(self, acoustid: Any) -> Iterator[None]:
        """Point pyacoustid at our server, and for the block send its requests over our session.

        ``_api_request`` is the one private name that we replace: it would read whatever is sent,
        for as long as something comes.
        """
        acoustid.set_base_url(self._url)
        its_own = acoustid._api_request
        acoustid._api_request = self._post
        try:
            yield
        finally:
            acoustid._api_request = its_own

    def _post(self, url: str, form: Mapping[str, Any], timeout: object = None) -> Any:
        reply = fetch(
            self._session,
            url,
            service=f"the service at {self._url}",
            source=SOURCE,
            max_bytes=_MAX_ANSWER_BYTES,
            form={**form, "meta": " ".join(form["meta"])},
        )
        return json.loads(reply.body)


def compress(words: Sequence[int]) -> str:
    """A fingerprint in the form that the service takes, as fpcalc prints it.

    Each word is compared with the one before. The distances between the bits that differ are
    written down, after each word a zero. Source: Chromaprint's ``fingerprint_compressor.cpp``.
    """
    narrow: list[int] = []
    wide: list[int] = []
    before = 0
    for word in words:
        differing, last = word ^ before, 0
        while differing:
            bit = (differing & -differing).bit_length()
            distance, last = bit - last, bit
            narrow.append(min(distance, _MOST_NARROW))
            if distance >= _MOST_NARROW:
                wide.append(distance - _MOST_NARROW)
            differing &= differing - 1
        narrow.append(0)
        before = word
    head = bytes([_ALGORITHM]) + len(words).to_bytes(3, "big")
    packed = head + _pack(narrow, _NARROW) + _pack(wide, _WIDE)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _pack(numbers: Sequence[int], width: int) -> bytes:
    """Numbers of so many bits each, the first one lowest."""
    bits = "".join(f"{number:0{width}b}" for number in reversed(numbers))
    return int(bits or "0", 2).to_bytes((len(bits) + 7) // 8, "little")


def read_answer(answer: Any) -> Iterator[Recognition]:
    """The recordings in an answer of the service; parts of another shape are passed over.

    Raises:
        ValueError: the answer is an error, or not from that service.
    """
    if not isinstance(answer, dict) or answer.get("status") != "ok":
        error = answer.get("error") if isinstance(answer, dict) else None
        said = error.get("message") if isinstance(error, dict) else None
        raise ValueError(str(said or "it answers with something else"))
    for result in _dicts(answer.get("results")):
        score = result.get("score")
        if not isinstance(score, int | float) or not math.isfinite(score):
            continue
        for recording in _dicts(result.get("recordings")):
            artists = list(_dicts(recording.get("artists")))
            yield Recognition(
                score=float(score),
                recording_mbid=_text(recording.get("id")),
                title=_text(recording.get("title")),
                artist="".join(_text(a.get("name")) + _text(a.get("joinphrase")) for a in artists),
                artist_mbids=tuple(_text(artist.get("id")) for artist in artists),
            )


def _dicts(found: Any) -> Iterator[dict[str, Any]]:
    return (one for one in (found if isinstance(found, list) else ()) if isinstance(one, dict))


def _text(found: Any) -> str:
    """A text that a database can store: without halves of surrogate pairs, and without NUL."""
    text = found if isinstance(found, str) else ""
    return text.encode("utf-8", "replace").decode().replace("\0", "?")
