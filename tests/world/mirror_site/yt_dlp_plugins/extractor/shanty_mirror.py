"""A second site for yt-dlp: ``mirrorsearchN:words``, in the offline world that SHANTY_MIRROR names.

It has addresses of its own, so that none is taken for one of the first site's.
"""

from __future__ import annotations

import os
import urllib.parse
from collections.abc import Iterator
from typing import Any

from yt_dlp.extractor.common import InfoExtractor, SearchInfoExtractor
from yt_dlp.utils import ExtractorError


def _origin() -> str:
    return os.environ["SHANTY_MIRROR"]


class ShantyMirrorIE(InfoExtractor):  # type: ignore[misc]
    """A watch page of the second site."""

    IE_NAME = "shanty:mirror"
    _GEO_BYPASS = False
    _VALID_URL = r"shantymirror:(?P<id>[\w-]{11})$"

    def _real_extract(self, url: str) -> dict[str, Any]:
        video_id = self._match_id(url)
        page = self._download_json(f"{_origin()}/watch?v={video_id}", video_id)
        if "reason" in page:
            raise ExtractorError(page["reason"], expected=True, video_id=video_id)
        formats = [
            {
                "format_id": f"audio-{media['ext']}",
                "url": urllib.parse.urljoin(_origin(), media["path"]),
                "ext": media["ext"],
                "acodec": media["acodec"],
                "vcodec": "none",
            }
            for media in page["formats"]
        ]
        return {"id": video_id, "title": page["title"], "formats": formats}


class ShantyMirrorSearchIE(SearchInfoExtractor):  # type: ignore[misc]
    """``mirrorsearchN:words``."""

    IE_NAME = "shanty:mirror:search"
    _SEARCH_KEY = "mirrorsearch"
    _MAX_RESULTS = 50

    def _search_results(self, query: str) -> Iterator[dict[str, Any]]:
        found = self._download_json(
            f"{_origin()}/search", query, query={"q": query, "n": str(self._MAX_RESULTS)}
        )
        for entry in found["results"]:
            yield self.url_result(
                f"shantymirror:{entry['id']}",
                ie=ShantyMirrorIE.ie_key(),
                video_id=entry["id"],
                title=entry["title"],
                channel=entry["channel"],
                uploader=entry["channel"],
                duration=entry["duration"],
                **{name: entry[name] for name in ("track", "artists", "album") if name in entry},
            )
