"""The pictures of albums, and of what can be added. One without a picture is answered with nothing
to see, not with an error: its letter shows through.
"""

from __future__ import annotations

import hashlib

from fastapi import APIRouter, Request, Response

from shanty.errors import NotFoundError
from shanty.music.entities import MBID_PATTERN
from web.offer_pictures import Pictured
from web.parts import PartsOf

router = APIRouter()

_NOTHING = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
_KEPT = "private, max-age=300"


@router.get("/covers/{release_key}")
def show(parts: PartsOf, request: Request, release_key: str) -> Response:
    """The cover of an album of the library."""
    return _answer(request, parts.covers.find(release_key))


@router.get("/pictures/{what}/{mbid}")
def show_offered(parts: PartsOf, request: Request, what: Pictured, mbid: str) -> Response:
    """The picture of an artist or a release group. 202 without a picture: it is being fetched."""
    if not MBID_PATTERN.fullmatch(mbid):
        raise NotFoundError("there is no such picture")
    found = parts.pictures.find(what, mbid)
    if found is None:
        return Response(status_code=202, headers={"cache-control": "no-store"})
    return _answer(request, found)


def _answer(request: Request, picture: bytes | None) -> Response:
    if not picture:
        return Response(_NOTHING, media_type="image/svg+xml", headers={"cache-control": _KEPT})
    headers = {"etag": f'"{hashlib.sha256(picture).hexdigest()[:20]}"', "cache-control": _KEPT}
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    return Response(picture, media_type="image/jpeg", headers=headers)
