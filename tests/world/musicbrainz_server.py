"""Loopback servers that answer as MusicBrainz does, and clients of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from shanty.demo.answers import Answer, Request
from shanty.demo.listener import Listener
from shanty.demo.world import World
from shanty.providers.musicbrainz import MusicBrainz

MBID = "b3015bab-1540-4d4e-9f30-14872a1525f7"
FAST = 100_000.0
XML = "application/xml; charset=utf-8"


class Server:
    """Answers every request with what ``answer`` returns, and remembers the requests."""

    def __init__(self, answer: Callable[[Request], Answer]) -> None:
        self.requests: list[Request] = []
        self.answer = answer
        self.url = ""

    def handle(self, request: Request) -> Answer:
        self.requests.append(request)
        return self.answer(request)


@contextmanager
def serve(answer: Callable[[Request], Answer]) -> Iterator[Server]:
    server = Server(answer)
    with Listener(server.handle, 0) as listener:
        server.url = listener.base_url
        yield server


def document(inner: str) -> Answer:
    text = f'<metadata xmlns="http://musicbrainz.org/ns/mmd-2.0#">{inner}</metadata>'
    return Answer(200, text.encode(), XML)


def client(server: Server | World, **options: Any) -> MusicBrainz:
    url = server.url if isinstance(server, Server) else server.base_url
    return MusicBrainz(url, **{"contact": "a@example.org", "rate": FAST, **options})


def refuse(status: int, **headers: str) -> Callable[[Request], Answer]:
    body = b"<error><text>Invalid mbid.</text><text>For usage, see elsewhere</text></error>"
    renamed = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request: Answer(status, body, XML, renamed)


# Paging


def release_list(first: int, count: int, total: int) -> Answer:
    releases = "".join(
        f'<release id="00000000-0000-0000-0000-{number:012}"><title>R{number}</title></release>'
        for number in range(first, first + count)
    )
    return document(f'<release-list count="{total}" offset="{first}">{releases}</release-list>')
