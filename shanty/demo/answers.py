"""Requests and answers of the offline world, as values.

Owns what a service may answer, and how: slowly, say, or with the connection cut. Refuses to know
sockets (``listener``) and what the answers mean (``catalogue``, ``origin``, ``coverart``).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

LOGIN_PAGE = (
    b"<!DOCTYPE html><html><head><title>Welcome</title></head><body>Please log in.</body></html>"
)
"""What a network sends that wants a login first, whatever was asked for."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. ``path`` is unquoted; ``query`` holds the last value of each name."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer.

    ``seconds`` is how long sending the body takes, in ``pieces`` pieces. ``cut_after`` is the
    number of body bytes after which the connection is dropped, although more were promised.
    ``silent_seconds`` is a silence before the cut, or instead of any answer if nothing is cut; it
    ends early if the client leaves. The last byte of a body that is sent whole goes out inside the
    context ``finishing``.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    cut_after: int | None = None
    pieces: int = 16
    silent_seconds: float = 0.0
    finishing: Callable[[], AbstractContextManager[None]] = nullcontext


def json_answer(document: Any, status: int = 200) -> Answer:
    """An answer with a JSON document."""
    return Answer(status, json.dumps(document).encode(), "application/json")
