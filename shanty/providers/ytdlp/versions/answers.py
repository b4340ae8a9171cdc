"""Answers of YouTube for yt-dlp's real extractors, without a network: small made-up facts.

Owns a request handler that gives yt-dlp such answers, and their form, which is the site's own.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Answer = bytes | dict[str, Any]
"""The body of an answer: bytes as they are, or a document that is sent as JSON."""


@contextmanager
def answering(answer: Callable[[Any], Answer]) -> Iterator[None]:
    """A block in which yt-dlp reaches no network: each of its requests is handed to ``answer``."""
    from yt_dlp import YoutubeDL
    from yt_dlp.networking import RequestHandler, Response

    class MemoryRH(RequestHandler):  # type: ignore[misc]
        RH_NAME = "memory"
        _SUPPORTED_URL_SCHEMES = ("http", "https")
        _SUPPORTED_PROXY_SCHEMES = None
        _SUPPORTED_FEATURES = None

        def _validate(self, request: Any) -> None:
            pass

        def _send(self, request: Any) -> Any:
            body = answer(request)
            kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers = {"Content-Type": kind, "Content-Length": str(len(content))}
            return Response(io.BytesIO(content), request.url, headers)

    build = YoutubeDL.build_request_director

    def build_ours(self: Any, handlers: Any, preferences: Any = None) -> Any:
        return build(self, [MemoryRH], [])

    YoutubeDL.build_request_director = build_ours
    try:
        yield
    finally:
        YoutubeDL.build_request_director = build


def page(*items: dict[str, Any], following: str = "") -> dict[str, Any]:
    """A page of results; ``following`` is the token for the next page."""
    sections: list[dict[str, Any]] = [{"itemSectionRenderer": {"contents": list(items)}}]
    if following:
        command = {"continuationCommand": {"token": following}}
        sections.append({"continuationItemRenderer": {"continuationEndpoint": command}})
    results = {"primaryContents": {"sectionListRenderer": {"contents": sections}}}
    return {"responseContext": {}, "contents": {"twoColumnSearchResultsRenderer": results}}


def video(upload_id: str, title: str, channel: str, length: str = "3:07", **more: Any) -> Any:
    """An upload among the results; ``more`` are further fields of the site's."""
    owner = {"runs": [{"text": channel}]}
    renderer: dict[str, Any] = {
        "videoId": upload_id,
        "title": {"runs": [{"text": title}]},
        "ownerText": owner,
        "shortBylineText": owner,
        "viewCountText": {"simpleText": "1,234 views"},
    }
    if length:
        renderer["lengthText"] = {"simpleText": length}
    return {"videoRenderer": {**renderer, **more}}


def playable(upload_id: str, title: str, audio_url: str, size: int) -> dict[str, Any]:
    """What the player is told of an upload that can be played, with ``size`` bytes of audio."""
    audio = {
        "itag": 140,
        "url": audio_url,
        "mimeType": 'audio/mp4; codecs="mp4a.40.2"',
        "bitrate": 130_000,
        "audioSampleRate": "44100",
        "audioChannels": 2,
        "approxDurationMs": "187000",
        "contentLength": str(size),
    }
    details = {"videoId": upload_id, "title": title, "lengthSeconds": "187", "viewCount": "1234"}
    return {
        "responseContext": {},
        "playabilityStatus": {"status": "OK"},
        "videoDetails": details,
        "streamingData": {"expiresInSeconds": "21540", "adaptiveFormats": [audio]},
    }


def unplayable(status: str, reason: str) -> dict[str, Any]:
    """What the player is told of an upload that cannot be played."""
    return {"responseContext": {}, "playabilityStatus": {"status": status, "reason": reason}}
