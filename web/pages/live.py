"""The stream that tells an open page to fetch itself anew."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import APIRouter
from sse_starlette import EventSourceResponse, ServerSentEvent

from web.parts import Parts, PartsOf

router = APIRouter()

RETRY_MS = 2000
"""How long a browser that has lost the stream waits before it asks again."""


@router.get("/live")
async def stream(parts: PartsOf) -> EventSourceResponse:
    """An event at once, and one after each change."""
    return EventSourceResponse(_events(parts), send_timeout=20)


async def _events(parts: Parts) -> AsyncIterator[ServerSentEvent]:
    async for _ in parts.changes.follow():
        yield ServerSentEvent(event="change", data="", retry=RETRY_MS)
