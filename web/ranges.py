"""A part of a content that is in memory, as a player asks for it.

Source: RFC 9110, 14. One range is answered; several, or another unit, get the whole.
"""

from __future__ import annotations

import re
from http import HTTPStatus

from fastapi import Response

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def answer_range(content: bytes, asked: str | None, media_type: str) -> Response:
    """The whole content, or the part that the header ``Range`` asks for."""
    headers = {"accept-ranges": "bytes", "cache-control": "private, no-store"}
    match = _RANGE.fullmatch(asked.strip()) if asked else None
    if match is None or not any(match.groups()):
        return Response(content, media_type=media_type, headers=headers)
    size = len(content)
    first, last = match.groups()
    if first:
        start, end = int(first), min(int(last) if last else size, size - 1)
    else:
        start, end = max(0, size - int(last)), size - 1
    if start > end:
        if last and first and int(last) < int(first):  # no valid range at all: it is ignored
            return Response(content, media_type=media_type, headers=headers)
        headers["content-range"] = f"bytes */{size}"
        return Response(status_code=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
    headers["content-range"] = f"bytes {start}-{end}/{size}"
    part = content[start : end + 1]
    return Response(part, HTTPStatus.PARTIAL_CONTENT, headers, media_type)
