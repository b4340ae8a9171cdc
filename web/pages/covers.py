"""The pictures of albums. One without a cover is answered with nothing to see, not with an error:
its letter shows through.
"""

from __future__ import annotations

import hashlib

from fastapi import APIRouter, Request, Response

from web.parts import PartsOf

router = APIRouter()

_NOTHING = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
_KEPT = "private, max-age=300"


@router.get("/covers/{release_key}")
def show(parts: PartsOf, request: Request, release_key: str) -> Response:
    """The cover of an album."""
    found = parts.covers.find(release_key)
    if found is None:
        return Response(_NOTHING, media_type="image/svg+xml", headers={"cache-control": _KEPT})
    headers = {"etag": f'"{hashlib.sha256(found).hexdigest()[:20]}"', "cache-control": _KEPT}
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    return Response(found, media_type="image/jpeg", headers=headers)
