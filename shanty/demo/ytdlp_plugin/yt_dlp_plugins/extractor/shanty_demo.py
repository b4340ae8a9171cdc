"""How yt-dlp finds the offline world: ``demosearchN:words`` and the origin's watch pages.

Owns the extractors only; the download itself is yt-dlp's own. Errors carry the exact words that
yt-dlp uses for YouTube, so that the code under test need not know that this world is made up.
The environment variable ``SHANTY_DEMO_ORIGIN`` names the origin.
"""

from __future__ import annotations

import os
import urllib.parse
from collections.abc import Iterator
from typing import Any

from yt_dlp.extractor.common import InfoExtractor, SearchInfoExtractor
from yt_dlp.utils import ExtractorError

_EXPORTING = "https://github.com/yt-dlp/yt-dlp/wiki/Extractors#exporting-youtube-cookies"
_SHARED_FIELDS = (
    "title",
    "channel",
    "duration",
    "view_count",
    "track",
    "artists",
    "album",
    "release_year",
)


def _describe(entry: dict[str, Any]) -> dict[str, Any]:
    info = {name: entry[name] for name in _SHARED_FIELDS if name in entry}
    return {**info, "uploader": entry["channel"]}


class ShantyDemoIE(InfoExtractor):  # type: ignore[misc]
    """A watch page of the origin."""

    IE_NAME = "shanty:demo"
    # If this were on, yt-dlp would try again with a made-up address and hide the first answer.
    _GEO_BYPASS = False
    _VALID_URL = r"https?://(?:127\.0\.0\.1|localhost)(?::\d+)?/watch\?v=(?P<id>[\w-]{11})$"

    def _real_extract(self, url: str) -> dict[str, Any]:
        video_id = self._match_id(url)
        # A stored address may have the port of an earlier world.
        origin = os.environ.get("SHANTY_DEMO_ORIGIN") or urllib.parse.urljoin(url, "/")
        page = self._download_json(
            urllib.parse.urljoin(origin, f"/watch?v={video_id}"), video_id, "Downloading watch page"
        )
        if "reason" in page:
            self._raise_unplayable(page, video_id)
        formats = [
            {
                "format_id": f"audio-{media['ext']}",
                "url": urllib.parse.urljoin(origin, media["path"]),
                "ext": media["ext"],
                "acodec": media["acodec"],
                "vcodec": "none",
            }
            for media in page["formats"]
        ]
        return {"id": video_id, "formats": formats, **_describe(page)}

    def _raise_unplayable(self, page: dict[str, str], video_id: str) -> None:
        """Raise as yt-dlp's extractor for YouTube does; the origin answers in the same words."""
        reason, subreason = page["reason"], page["subreason"]
        if page.get("screen") == "drm":
            self.report_drm(video_id)
        if subreason.startswith("The uploader has not made this video available in your country"):
            self.raise_geo_restricted(subreason, countries=["NO"])
        if subreason and subreason != reason:
            reason += f". {subreason}"
        if "sign in" in reason.lower():
            hint = f"{self._login_hint(method='cookies')}. Also see  {_EXPORTING}  for tips"
            reason = f"{reason.strip().removesuffix('.')}. {hint} on effectively exporting"
            reason += " YouTube cookies"
        elif page.get("screen") == "captcha":
            reason += ". YouTube is requiring a captcha challenge before playback"
        elif "This content isn't available, try again later" in reason:
            reason = (
                f"{reason.strip().removesuffix('.')}. The current session has been rate-limited by "
                "YouTube for up to an hour. It is recommended to use `-t sleep` to add a delay "
                "between video requests to avoid exceeding the rate limit. For more information, "
                "refer to  https://github.com/yt-dlp/yt-dlp/wiki/Extractors"
                "#this-content-isnt-available-try-again-later"
            )
        raise ExtractorError(reason, expected=True, video_id=video_id)


class ShantyDemoSearchIE(SearchInfoExtractor):  # type: ignore[misc]
    """``demosearchN:words``."""

    IE_NAME = "shanty:demo:search"
    _SEARCH_KEY = "demosearch"
    _MAX_RESULTS = 50

    def _search_results(self, query: str) -> Iterator[dict[str, Any]]:
        origin = os.environ.get("SHANTY_DEMO_ORIGIN")
        if not origin:
            raise ExtractorError("SHANTY_DEMO_ORIGIN is not set", expected=True)
        found = self._download_json(
            urllib.parse.urljoin(origin, "/search"),
            query,
            "Searching",
            query={"q": query, "n": str(self._MAX_RESULTS)},
        )
        for entry in found["results"]:
            yield self.url_result(
                urllib.parse.urljoin(origin, f"/watch?v={entry['id']}"),
                ie=ShantyDemoIE.ie_key(),
                video_id=entry["id"],
                **_describe(entry),
            )
