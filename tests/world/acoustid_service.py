"""An AcoustID server on loopback with recorded answers."""

from __future__ import annotations

import gzip
import urllib.parse
from collections.abc import Iterator
from typing import Any

import acoustid
import pytest

from shanty.demo.answers import Answer, Request
from shanty.demo.listener import Listener
from shanty.music.entities import Artist, ArtistCredit, CreditedArtist, Recording
from shanty.music.fingerprint import Recognition

KEY = "q1W2e3R4t5"
# The answer in the service's documentation: https://acoustid.org/webservice#lookup
ANSWER: dict[str, Any] = {
    "status": "ok",
    "results": [
        {
            "score": 1.0,
            "id": "9ff43b6a-4f16-427c-93c2-92307ca505e0",
            "recordings": [
                {
                    "duration": 639,
                    "title": "Lower Your Eyelids to Die With the Sun",
                    "id": "cd2e7c47-16f5-46c6-a37c-a1eb7bf599ff",
                    "artists": [{"id": "6d7b7cd4-254b-4c25-83f6-dd20f98ceacd", "name": "M83"}],
                }
            ],
        }
    ],
}
# The exact body of the service's answer with HTTP 400.
WRONG_KEY = {"error": {"code": 4, "message": "invalid API key"}, "status": "error"}
UNKNOWN: dict[str, Any] = {"results": [], "status": "ok"}

M83 = Artist("6d7b7cd4-254b-4c25-83f6-dd20f98ceacd", "M83")
FOUND = Recognition(
    1.0,
    "cd2e7c47-16f5-46c6-a37c-a1eb7bf599ff",
    "Lower Your Eyelids to Die With the Sun",
    "M83",
    (M83.mbid,),
)


def make_recording(
    title: str, artist: Artist = M83, mbid: str = "m", disambiguation: str = ""
) -> Recording:
    credit = ArtistCredit((CreditedArtist(artist, artist.name),))
    return Recording(mbid, title, credit, 639_000, (), disambiguation)


class Service:
    """The service with the answers that it will give, and the requests that it got."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.asked: list[dict[str, str]] = []
        self._listener = Listener(self._answer)

    def __enter__(self) -> Service:
        self._listener.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._listener.__exit__(*error)

    @property
    def url(self) -> str:
        return f"{self._listener.base_url}/v2"

    def _answer(self, request: Request) -> Answer:
        assert (request.method, request.path) == ("POST", "/v2/lookup")
        body = gzip.decompress(request.body).decode()
        self.asked.append(dict(urllib.parse.parse_qsl(body)))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr(acoustid, "REQUEST_INTERVAL", 0)
    with Service() as made:
        yield made
