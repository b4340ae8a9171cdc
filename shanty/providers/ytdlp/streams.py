"""Makes sure that yt-dlp downloads a stream whole, or not at all.

Owns how often a fragment is tried again, and what a playlist promises. By itself, yt-dlp leaves out
fragments that it does not get, does not retry a fragment that a site refuses with a 5xx, and takes
the present part of a live broadcast for the whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from shanty.errors import BadCandidateError

TRIES_AGAIN = 5
"""How often one fragment is tried again. The queue decides about whole files."""
FIRST_PAUSE_SECONDS = 0.25
"""Doubled each time, so that a site has about eight seconds to recover."""
_PLAYLIST_PROTOCOLS = ("m3u8", "m3u8_native")
_PLAIN_PROTOCOLS = ("http", "https")
_SEGMENT = re.compile(r"^#EXTINF:\s*(\d+(?:\.\d+)?)", re.MULTILINE)
_END = "#EXT-X-ENDLIST"
_IS_OVER = re.compile(r"^#EXT-X-PLAYLIST-TYPE:\s*VOD\b", re.MULTILINE)
_BREAK = "#EXT-X-DISCONTINUITY\n"
_ADVERTISEMENTS = ("#ANVATO-SEGMENT-INFO", "#UPLYNK-SEGMENT")  # yt-dlp leaves these out


def stream_options(hear: Callable[[], None]) -> dict[str, Any]:
    """yt-dlp's options for streams. ``hear`` is called before each pause, and may end it all."""

    def pause_seconds(n: int) -> float:
        hear()
        return float(FIRST_PAUSE_SECONDS * 2**n)

    return {
        "skip_unavailable_fragments": False,
        "fragment_retries": TRIES_AGAIN,
        "retry_sleep_functions": {"fragment": pause_seconds, "http": pause_seconds},
        "dynamic_mpd": False,  # no DASH broadcasts that are still going on
    }


@contextmanager
def trying_again(params: dict[str, Any], info: Mapping[str, Any]) -> Iterator[None]:
    """A block in which yt-dlp tries the parts of a stream again.

    yt-dlp asks for each part as for a file, and has only one setting for both.
    """
    if info.get("protocol") in _PLAIN_PROTOCOLS:
        yield
        return
    before = params["retries"]
    params["retries"] = TRIES_AGAIN
    try:
        yield
    finally:
        params["retries"] = before


@dataclass(frozen=True, slots=True)
class Promise:
    """What a stream's playlist says about it. For a plain file, it is empty.

    ``has_breaks``: the time stamps begin anew in the middle, as after an advertisement.
    """

    seconds: float | None = None
    has_breaks: bool = False


def read_promise(info: Mapping[str, Any], read: Callable[[str], str]) -> Promise:
    """What the playlist of a format promises. ``read`` fetches the text at an address.

    Raises:
        BadCandidateError: the stream is still being broadcast.
    """
    if info.get("is_live"):
        raise BadCandidateError("it is a live broadcast, or has not begun")
    if info.get("protocol") not in _PLAYLIST_PROTOCOLS:
        seconds = [part.get("duration") for part in _list_fragments(info)]
        is_known = bool(seconds) and all(seconds)
        return Promise(sum(map(float, filter(None, seconds))) if is_known else None)
    playlist = info.get("hls_media_playlist_data") or read(str(info["url"]))
    if _SEGMENT.search(playlist) and _END not in playlist and not _IS_OVER.search(playlist):
        raise BadCandidateError("it is a live broadcast, of which only a part can be had")
    has_breaks = any(mark in playlist for mark in (_BREAK, *_ADVERTISEMENTS))
    listed = sum(map(float, _SEGMENT.findall(playlist)))
    is_cut = any(mark in playlist for mark in _ADVERTISEMENTS)
    return Promise(None if is_cut else listed, has_breaks)


def _list_fragments(info: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    fragments = info.get("fragments")
    if not isinstance(fragments, list):  # fragments come one by one, or there are none
        return []
    return [part for part in fragments if not _is_head(part)]


def _is_head(part: Mapping[str, Any]) -> bool:
    """Whether a part of a DASH stream has no sound, but what the other parts need."""
    return "duration" not in part
