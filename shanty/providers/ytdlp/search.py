"""yt-dlp, embedded: searching with any of its prefixes.

Owns how yt-dlp is asked for a search, and what a result says about an upload. Refuses to know how
yt-dlp is set up (``setup``) and which candidate is right (``matching``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from shanty.errors import BadCandidateError, ConfigError, TransientError
from shanty.models import Candidate
from shanty.providers.ytdlp.errors import is_unknown_address, map_error
from shanty.providers.ytdlp.setup import expected_errors, open_ytdlp
from shanty.providers.ytdlp.stall import StallGuard

_DIGITS = "0123456789"
_YOUTUBE_SEARCH = "ytsearch"
# "skip" saves a request: without it, yt-dlp fetches the site's front page first. With
# "raise_incomplete_data", an empty answer is a failure; yt-dlp would take it for no results.
_YOUTUBE_ARGUMENTS = {
    "youtubetab": {"skip": ["webpage"]},
    "youtube": {"raise_incomplete_data": ["true"]},
}
_YOUTUBE = "Youtube"
_FOLLOWING = "continuationItemRenderer"
_SHORTS = "/shorts/"
# Extractors of results that are no uploads: channels, playlists, mixes.
_OF_MANY = re.compile(r"(?:Tab|Playlist|Channel|User|Album|Set)$")
_UNPLAYABLE_LIVE = {"is_live", "is_upcoming", "post_live"}
_UNPLAYABLE_FOR_US = {"private", "premium_only", "subscriber_only", "needs_auth"}


def search(
    prefix: str,
    query: str,
    *,
    before_http: Callable[[], None] = lambda: None,
    cookies_path: Path | None = None,
    guard: StallGuard | None = None,
) -> list[Candidate]:
    """The results of one search, in the site's order. Makes one request; opens no result.

    ``prefix`` is a search prefix of yt-dlp with the number of results, e.g. ``ytsearch8``.
    ``before_http`` is called before each request, and may wait or refuse it.

    Raises:
        ConfigError: yt-dlp knows no such prefix.
        WaitError: the site asks us to wait.
        TransientError: the site cannot be reached, or its answer is incomplete or not understood.
    """
    # The generic extractor is off: it takes an unknown prefix for a kind of address.
    options: dict[str, Any] = {
        "extract_flat": True,
        "allowed_extractors": ["default", "-generic"],
        "extractor_args": _YOUTUBE_ARGUMENTS,
    }
    source = prefix.rstrip(_DIGITS)
    guard = guard or StallGuard()
    with open_ytdlp(options, cookies_path, guard, before_http) as ydl:
        if source == _YOUTUBE_SEARCH:
            # Ask for the whole page, so that results which are no candidates take no places.
            _keep_to_first_page(ydl.get_info_extractor("YoutubeSearch"))
            address = f"{source}all:{query}"
        else:
            address = f"{prefix}:{query}"
        try:
            found = guard.run(partial(ydl.extract_info, address, download=False))
        except expected_errors() as error:
            if is_unknown_address(error):
                raise ConfigError(
                    f"setting 'download.search': yt-dlp knows no search prefix {prefix!r}"
                ) from None
            mapped = map_error(error, source, ydl.params["logger"].warnings)
            if isinstance(mapped, BadCandidateError):  # there is no candidate yet
                transient = TransientError(str(mapped))
                transient.is_of_source, transient.is_of_tool = True, mapped.is_of_tool
                raise transient from error
            raise mapped from error
        entries = [entry for entry in (found or {}).get("entries") or () if entry]
    candidates = [one for entry in entries if (one := _parse_entry(entry)) is not None]
    if source != _YOUTUBE_SEARCH:
        return candidates
    _require_lengths(entries, source)
    return candidates[: int(prefix.removeprefix(source) or 1)]


def _keep_to_first_page(extractor: Any) -> None:
    """Let a search of YouTube end after its first page, and fail if that page is incomplete.

    By itself, yt-dlp asks for page after page until it has as many results as were asked for.
    """
    from yt_dlp.utils import ExtractorError

    list_entries = extractor._extract_entries

    def list_first(page: Mapping[str, Any], following: list[Any]) -> Iterator[Any]:
        sections = [one for one in page.get("contents") or () if isinstance(one, dict)]
        if not any(set(one) - {_FOLLOWING} for one in sections):
            raise ExtractorError("Incomplete data received", expected=True)
        yield from list_entries(page, following)
        following[0] = None

    extractor._extract_entries = list_first


def _require_lengths(entries: list[Mapping[str, Any]], source: str) -> None:
    """Notice if the site has changed: all its uploads have a length, except live ones.

    Raises:
        TransientError: none of several uploads has a length.
    """
    uploads = [one for one in entries if one.get("ie_key") == _YOUTUBE and _is_over(one)]
    if len(uploads) > 1 and not any(one.get("duration") for one in uploads):
        trouble = TransientError(f"{source}: no result has a length, so they are not understood")
        trouble.is_of_source = trouble.is_of_tool = True
        raise trouble


def _is_over(entry: Mapping[str, Any]) -> bool:
    return entry.get("live_status") not in _UNPLAYABLE_LIVE


def _parse_entry(entry: Mapping[str, Any]) -> Candidate | None:
    """Turn a result into a candidate; None if it is no recording that can be fetched."""
    url = entry.get("url") or entry.get("webpage_url")
    extractor = entry.get("ie_key") or entry.get("extractor_key") or ""
    if not url or not entry.get("id") or not _is_over(entry):
        return None
    if _OF_MANY.search(extractor) or _SHORTS in url:
        return None
    if entry.get("availability") in _UNPLAYABLE_FOR_US:
        return None
    duration = entry.get("duration")
    if extractor == _YOUTUBE and not duration:
        return None  # every upload there has a length, except live ones
    return Candidate(
        source=extractor,
        source_id=str(entry["id"]),
        url=url,
        title=clean_text(entry.get("title")),
        uploader=clean_text(entry.get("uploader")),
        channel=clean_text(entry.get("channel")),
        album=clean_text(entry.get("album")),
        artists=tuple(map(clean_text, entry.get("artists") or ())),
        track=clean_text(entry.get("track")),
        duration_seconds=None if duration is None else float(duration),
        view_count=entry.get("view_count"),
        is_verified=entry.get("channel_is_verified"),
    )


def clean_text(text: str | None) -> str:
    """A text that a database can store.

    Sites cut titles in the middle of an emoji, which leaves half of a surrogate pair. PostgreSQL
    cannot store NUL.
    """
    return (text or "").encode("utf-8", "replace").decode().replace("\0", "?")


@cache
def site_of_prefix(prefix: str) -> str:
    """The site that a search prefix searches, under the same name as for its results."""
    with open_ytdlp({}, None) as ydl:
        for key, extractor in ydl._ies.items():
            if key != "Generic" and extractor.suitable(f"{prefix}:words"):
                return site_of(key)
    return prefix.rstrip(_DIGITS).lower()


def site_of(extractor_key: str) -> str:
    """The site of an extractor: ``youtube`` for ``YoutubeSearch``, ``YoutubeTab`` and the like."""
    return re.sub(r"(?<=.)(Search|Tab|Playlist).*", "", extractor_key).lower() or "web"
