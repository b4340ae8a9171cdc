"""A server on loopback that answers as a Prefect server does when it is healthy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shanty.demo.answers import Answer, Request
from shanty.demo.listener import Listener

HEALTHY = {"/api/health": Answer(200, b"true", "application/json")}


NOTHING = Answer(404, b"", "text/plain")


@contextmanager
def serve(answers: dict[str, Answer], rest: Answer = NOTHING) -> Iterator[str]:
    """A block that serves answers by path; gives the address of the API."""

    def answer(request: Request) -> Answer:
        return answers.get(request.path, rest)

    with Listener(answer, 0) as listener:
        yield f"{listener.base_url}/api"
