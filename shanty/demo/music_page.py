"""The made-up YouTube Music: its search, in the form in which the real one answers.

Owns the JSON that ``ytmusicapi`` reads, and which uploads lie on which shelf: the label's own audio
among the songs, all others among the videos. Refuses to know which upload is right (``offers``).
"""

from __future__ import annotations

import json
from typing import Any

from shanty.demo.answers import LOGIN_PAGE, Answer, Request, json_answer
from shanty.demo.faults import Fault, FaultKind
from shanty.demo.offers import Offer, OfferBook, OfferKind

SEARCH_PATH = "/youtubei/v1/search"
_MAX_RESULTS = 20
# How a shelf is named in `params`: the letters behind a prefix that all searches share.
_SHELVES = {"EgWKAQII": "Songs", "EgWKAQIQ": "Videos"}
_INCOMPLETE = {"responseContext": {"visitorData": "demo"}}


def answer_search(book: OfferBook, request: Request, fault: Fault | None) -> Answer:
    """``POST /youtubei/v1/search`` with ``{"query": …, "params": …}``."""
    if fault is not None and fault.kind is FaultKind.INCOMPLETE:
        return json_answer(_INCOMPLETE)
    if fault is not None and fault.kind is FaultKind.HTML:
        return Answer(200, LOGIN_PAGE, "text/html; charset=utf-8")
    query, shelf = read_query(request)
    if request.method != "POST" or not shelf:
        return json_answer({"error": {"code": 400, "message": "Request contains an error."}}, 400)
    found = book.search_by_isrc(query) or book.search(query, 2 * _MAX_RESULTS)
    on_shelf = [offer for offer in found if bool(offer.track) == (shelf == "Songs")]
    return json_answer(_page(shelf, on_shelf[:_MAX_RESULTS]))


def read_query(request: Request) -> tuple[str, str]:
    """The words that are looked for, and the shelf; empty where the request says nothing."""
    try:
        body = json.loads(request.body)
        query, params = str(body["query"]), str(body.get("params"))
    except (ValueError, TypeError, KeyError):
        return "", ""
    return query, next((name for key, name in _SHELVES.items() if params.startswith(key)), "")


def _page(shelf: str, offers: list[Offer]) -> dict[str, Any]:
    if offers:
        rows = [{"musicResponsiveListItemRenderer": _row(offer)} for offer in offers]
        section = {"musicShelfRenderer": {"title": _text(shelf), "contents": rows}}
    else:
        nothing = {"messageRenderer": {"text": _text("No results found")}}
        section = {"itemSectionRenderer": {"contents": [nothing]}}
    content = {"sectionListRenderer": {"contents": [section]}}
    tabs = [{"tabRenderer": {"title": "YT Music", "selected": True, "content": content}}]
    return {**_INCOMPLETE, "contents": {"tabbedSearchResultsRenderer": {"tabs": tabs}}}


def _row(offer: Offer) -> dict[str, Any]:
    if offer.track:
        kind, title, names = "ATV", offer.track, offer.artists
    else:
        official = offer.kind in (OfferKind.RIGHT, OfferKind.VIDEO)
        kind, title, names = "OMV" if official else "UGC", offer.title, (offer.channel,)
    runs = [_linked(name, "UC" + name) for name in names]
    if offer.album:
        runs.append(_linked(offer.album, "MPREb_" + offer.album))
    runs.append({"text": _clock(offer.duration_seconds)})
    music = {"watchEndpointMusicConfig": {"musicVideoType": f"MUSIC_VIDEO_TYPE_{kind}"}}
    watch = {"videoId": offer.id, "watchEndpointMusicSupportedConfigs": music}
    button = {"musicPlayButtonRenderer": {"playNavigationEndpoint": {"watchEndpoint": watch}}}
    columns = [_text(title), {"runs": _separated(runs)}]
    return {
        "flexColumns": [
            {"musicResponsiveListItemFlexColumnRenderer": {"text": text}} for text in columns
        ],
        "overlay": {"musicItemThumbnailOverlayRenderer": {"content": button}},
    }


def _text(text: str) -> dict[str, Any]:
    return {"runs": [{"text": text}]}


def _linked(text: str, browse_id: str) -> dict[str, Any]:
    return {"text": text, "navigationEndpoint": {"browseEndpoint": {"browseId": browse_id}}}


def _separated(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With what the site prints between two of them: every second one is no name."""
    between = {"text": " • "}
    return [one for run in runs for one in (run, between)][:-1]


def _clock(seconds: float) -> str:
    """``3:07``: the site has whole seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
