"""Addresses of many uploads: lists, feeds, channels, albums. They are refused where one is wanted.

Owns how they are told from the address of one upload, by the address alone or by its content.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from shanty.errors import BadCandidateError
from shanty.providers.ytdlp.setup import open_ytdlp

MANY = ("playlist", "multi_video", "compat_list")
# This extractor says that it gives one or many, because an address may name the one in a list.
_ANY_BUT_MANY = "YoutubeTab"
_ONE_IN_A_LIST = "v"


def explain_many(url: str) -> str:
    """The sentence for a person who has pasted such an address."""
    return (
        f"{url} is a list, a feed, an album or a channel: give the address of the one upload that "
        "is meant"
    )


def is_of_many(url: str) -> bool:
    """Whether an address is known to lead to many uploads. The site is not asked.

    A page that turns out to be a list only when it is read, such as a feed, is not known here.
    """
    found = find_extractor(url)
    if found is None or found[1] == "playlist":
        return found is not None
    return found[0] == _ANY_BUT_MANY and _ONE_IN_A_LIST not in parse_qs(urlsplit(url).query)


def find_extractor(url: str) -> tuple[str, str | None] | None:
    """The extractor of yt-dlp for an address, and what it says it gives."""
    with open_ytdlp({}, None) as ydl:
        for key, extractor in ydl._ies.items():
            if extractor.suitable(url):
                return key, extractor._RETURN_TYPE
    return None


def require_one(found: Mapping[str, Any], url: str) -> Mapping[str, Any]:
    """The one upload that an address gives. A list with a single entry counts as that upload.

    Raises:
        BadCandidateError: there are several, or only further requests could tell.
    """
    if found.get("_type", "video") not in MANY:
        return found
    entries = found.get("entries")
    if isinstance(entries, list) and len(entries) == 1 and entries[0]:
        only: Mapping[str, Any] = entries[0]
        return only
    raise BadCandidateError(explain_many(url))
