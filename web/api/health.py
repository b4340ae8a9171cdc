"""``/healthz``: we live. ``/readyz``: so does everything that we need."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Response
from pydantic import BaseModel

from web.parts import PartsOf
from web.readiness import look

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """That this process answers."""

    alive: bool = True


class Readiness(BaseModel):
    """Whether each part works, and why it does not."""

    ready: bool
    parts: dict[str, str]


@router.get("/healthz")
async def tell_alive() -> Alive:
    """Whether this process answers. Needs no secret."""
    return Alive()


@router.get("/readyz")
def tell_ready(parts: PartsOf, response: Response) -> Readiness:
    """Whether database, library, server and worker work; 503 if one does not."""
    found = look(parts)
    is_ready = all(state == "ok" for state in found.values())
    if not is_ready:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return Readiness(ready=is_ready, parts=found)
