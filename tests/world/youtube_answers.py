"""What YouTube answers to a search, for yt-dlp's real extractors, without a network.

Owns a recorder of what is asked, and made-up results of the kinds that are no recordings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from shanty.providers.ytdlp.versions.answers import answering, page, video

__all__ = ["page", "video"]

VIDEOS_ONLY = "EgIQAfABAQ=="


class Recorder:
    """Gives the same answer to every request, and remembers their addresses and documents."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.asked: list[tuple[str, Any]] = []

    def answer(self, request: Any) -> Any:
        document = json.loads(request.data) if request.data else None
        self.asked.append((request.url, document))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def answered_from_memory() -> Iterator[Recorder]:
    """A block in which yt-dlp reaches no network, but is answered by a recorder."""
    recorder = Recorder()
    with answering(recorder.answer):
        yield recorder


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
