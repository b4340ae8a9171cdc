"""Fixtures of the tests of doctor and of notices."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from shanty.demo.answers import Answer
from shanty.demo.listener import Listener
from tests.world.receivers import HttpReceiver, http_receiver


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with http_receiver() as made:
        yield made


@pytest.fixture
def answering() -> Iterator[Callable[[int], str]]:
    """Where every request is answered with a status."""
    listeners = []

    def start(status: int) -> str:
        listener = Listener(lambda request: Answer(status, b"hello")).__enter__()
        listeners.append(listener)
        return listener.base_url

    yield start
    for listener in listeners:
        listener.__exit__(None, None, None)
