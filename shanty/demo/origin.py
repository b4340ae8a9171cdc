"""The audio origin: search, watch pages and media files, as a video site would serve them.

Owns the JSON that the yt-dlp plug-in reads, byte ranges, and how each fault looks. Refuses to know
which upload is right: ``offers`` knows that.
"""

from __future__ import annotations

import hashlib
import random
import re
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from shanty.demo.answers import LOGIN_PAGE, Answer, Request, json_answer
from shanty.demo.audio import CODECS, MIME_TYPES, Studio, Variant
from shanty.demo.counters import MEDIA_COMPLETE, RequestCounters
from shanty.demo.faults import HANG_SECONDS, Fault, FaultKind
from shanty.demo.offers import Offer, OfferBook, hash_number
from shanty.demo.playability import PLAYABILITY

_MAX_RESULTS = 50
_VARIANTS = {
    FaultKind.SILENT: Variant.SILENT,
    FaultKind.FILLED_UP: Variant.FILLED_UP,
    FaultKind.WRONG_LENGTH: Variant.WRONG_LENGTH,
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Serves the uploads. ``download_seconds`` is about how long one whole download takes."""

    book: OfferBook
    studio: Studio
    counters: RequestCounters
    download_seconds: float = 0.0

    def answer_search(self, request: Request, fault: Fault | None) -> Answer:
        """``/search?q=…&n=…``: ``{"results": [...]}``, best guess first."""
        del fault  # only refusals hit a search, and the world has answered those before
        try:
            limit = max(1, min(int(request.query.get("n", "20")), _MAX_RESULTS))
        except ValueError:
            return json_answer({"error": "n must be a number"}, 400)
        found = self.book.search(request.query.get("q", ""), limit)
        return json_answer({"results": [_describe(offer) for offer in found]})

    def answer_watch(self, request: Request, fault: Fault | None) -> Answer:
        """``/watch?v=ID``: what is known of an upload, and where its audio is."""
        offer = self.book.by_id.get(request.query.get("v", ""))
        kind = fault.kind if fault is not None else None
        if offer is None:
            kind = FaultKind.GONE
        if offer is None or kind in PLAYABILITY:
            return json_answer(asdict(PLAYABILITY[kind or FaultKind.GONE]))
        if kind is FaultKind.NO_FORMAT:
            return json_answer({"status": "OK", **_describe_fully(offer), "formats": []})
        media = {
            "path": f"/media/{offer.file_name}",
            "ext": offer.container,
            "acodec": CODECS[offer.container],
        }
        return json_answer({"status": "OK", **_describe_fully(offer), "formats": [media]})

    def answer_media(self, request: Request, fault: Fault | None) -> Answer:
        """``/media/ID.EXT``: the audio, whole or the range asked for."""
        offer = self.book.by_id.get(media_id(request.path))
        if offer is None or not request.path.endswith(f".{offer.container}"):
            return Answer(404, b"no such file\n")
        if fault is not None and fault.kind is FaultKind.HTML:
            return Answer(200, LOGIN_PAGE, "text/html; charset=utf-8")
        body = self._read_body(offer, fault)
        kind = fault.kind if fault is not None else None
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        asked = "" if kind is FaultKind.NO_RANGE else request.headers.get("range", "")
        is_careless = kind is FaultKind.CHANGED and fault is not None and fault.value is not None
        if not is_careless and request.headers.get("if-range", etag) != etag:
            asked = ""  # the client asks for a range of another file
        answer_range = _parse_range(asked, len(body))
        if answer_range is None:
            return Answer(416, headers={"Content-Range": f"bytes */{len(body)}"})
        start, stop = answer_range
        # File servers send a tag that tells a file from an earlier one at the same address.
        headers = {"ETag": etag}
        if kind is not FaultKind.NO_RANGE:
            headers["Accept-Ranges"] = "bytes"
        is_partial = bool(asked)
        if is_partial:
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(body)}"
        size = stop - start

        return Answer(
            status=206 if is_partial else 200,
            body=body[start:stop],
            content_type=MIME_TYPES[offer.container],
            headers=headers,
            seconds=self._sending_seconds(offer, fault, size, len(body)),
            pieces=size if kind is FaultKind.TRICKLE else 16,
            cut_after=size // 2 if kind in (FaultKind.CUT, FaultKind.STALL) else None,
            silent_seconds=HANG_SECONDS if kind is FaultKind.STALL else 0.0,
            finishing=(
                partial(self.counters.count_when_done, MEDIA_COMPLETE, offer.id)
                if stop == len(body)
                else nullcontext
            ),
        )

    def _read_body(self, offer: Offer, fault: Fault | None) -> bytes:
        variant = _VARIANTS.get(fault.kind, Variant.PLAIN) if fault is not None else Variant.PLAIN
        if fault is not None and fault.kind is FaultKind.CHANGED:
            offer = replace(offer, sound=f"{offer.sound}, another master")
        body = self.studio.read_audio(offer, variant)
        if fault is not None and fault.kind is FaultKind.CORRUPT:
            return random.Random(offer.id).randbytes(len(body))
        return body

    def _sending_seconds(self, offer: Offer, fault: Fault | None, size: int, whole: int) -> float:
        if fault is not None and fault.kind in (FaultKind.SLOW, FaultKind.TRICKLE):
            return size / (fault.value or 1000.0)
        # Downloads differ, by a factor from 0.7 to 1.3 that is always the same for one upload.
        factor = 0.7 + hash_number("pace", offer.id) % 601 / 1000
        return self.download_seconds * factor * size / max(whole, 1)


def media_id(path: str) -> str:
    """The upload's id in ``/media/ID.EXT``."""
    return path.rpartition("/")[2].partition(".")[0]


def _describe(offer: Offer) -> dict[str, Any]:
    return {
        "id": offer.id,
        "title": offer.title,
        "channel": offer.channel,
        "duration": offer.duration_seconds,
        "view_count": offer.view_count,
    }


def _describe_fully(offer: Offer) -> dict[str, Any]:
    """The description for the watch page. Only there a site shows what it knows from the label."""
    described = _describe(offer)
    if offer.track:
        described |= {
            "track": offer.track,
            "artists": list(offer.artists),
            "album": offer.album,
            "release_year": offer.release_year,
        }
    return described


def _parse_range(header: str, size: int) -> tuple[int, int] | None:
    """The first byte and the one after the last; None if there are none (RFC 9110, 14.1)."""
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", header.strip())
    if match is None or not any(match.groups()):
        return 0, size
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size
    start = int(first)
    stop = min(int(last) + 1, size) if last else size
    return (start, stop) if start < stop else None
