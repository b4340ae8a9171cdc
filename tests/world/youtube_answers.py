"""Answers of YouTube's search for yt-dlp's real extractors, without a network.

Owns a request handler that gives yt-dlp these answers, and pages of made-up results in the site's
own form.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from yt_dlp import YoutubeDL
from yt_dlp.networking import RequestHandler, Response

VIDEOS_ONLY = "EgIQAfABAQ=="


class Recorder:
    """Gives the same answer to every request, and remembers their addresses and documents."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.asked: list[tuple[str, Any]] = []


@contextmanager
def answered_from_memory() -> Iterator[Recorder]:
    """A block in which yt-dlp reaches no network, but is answered by a recorder."""
    recorder = Recorder()

    class MemoryRH(RequestHandler):  # type: ignore[misc]
        RH_NAME = "memory"
        _SUPPORTED_URL_SCHEMES = ("http", "https")
        _SUPPORTED_PROXY_SCHEMES = None
        _SUPPORTED_FEATURES = None

        def _validate(self, request: Any) -> None:
            pass

        def _send(self, request: Any) -> Response:
            document = json.loads(request.data) if request.data else None
            recorder.asked.append((request.url, document))
            answers = recorder.answers
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            headers = {"Content-Type": "application/json"}
            return Response(io.BytesIO(json.dumps(answer).encode()), request.url, headers)

    build = YoutubeDL.build_request_director
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            YoutubeDL,
            "build_request_director",
            lambda self, handlers, preferences=None: build(self, [MemoryRH], []),
        )
        yield recorder


def page(*items: dict[str, Any], following: str = "") -> dict[str, Any]:
    """A page of results; ``following`` is the token for the next page."""
    sections: list[dict[str, Any]] = [{"itemSectionRenderer": {"contents": list(items)}}]
    if following:
        command = {"continuationCommand": {"token": following}}
        sections.append({"continuationItemRenderer": {"continuationEndpoint": command}})
    results = {"primaryContents": {"sectionListRenderer": {"contents": sections}}}
    return {"responseContext": {}, "contents": {"twoColumnSearchResultsRenderer": results}}


def video(upload_id: str, title: str, channel: str, length: str = "3:07", **more: Any) -> Any:
    """An upload; ``more`` are further fields of the site's."""
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


def badge(style: str) -> dict[str, Any]:
    """A mark behind a channel's name: verified, or an artist's own."""
    return {"ownerBadges": [{"metadataBadgeRenderer": {"style": f"BADGE_STYLE_TYPE_{style}"}}]}


def overlay(style: str) -> dict[str, Any]:
    """The mark on a picture in place of a length: ``LIVE``, ``SHORTS`` …"""
    status = {"style": style, "text": {"runs": [{"text": style}]}}
    return {"thumbnailOverlays": [{"thumbnailOverlayTimeStatusRenderer": status}]}


def short(upload_id: str) -> dict[str, Any]:
    """A Short among other results, as an upload with another address."""
    address = {"commandMetadata": {"webCommandMetadata": {"url": f"/shorts/{upload_id}"}}}
    return dict(video(upload_id, "short", "Anna", "0:59", navigationEndpoint=address))


def channel(channel_id: str) -> dict[str, Any]:
    """A channel among the results."""
    return {"channelRenderer": {"channelId": channel_id, "title": {"simpleText": "Anna"}}}


def playlist(playlist_id: str) -> dict[str, Any]:
    """A playlist among the results."""
    return {"playlistRenderer": {"playlistId": playlist_id, "title": {"simpleText": "Mix"}}}
