"""A YouTube Music on loopback that answers as a test wants, and remembers the requests."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shanty.demo.answers import Answer, Request, json_answer
from shanty.demo.listener import Listener
from tests.world.audio_files import fixtures_dir

NOTHING = {"itemSectionRenderer": {"contents": [{"messageRenderer": {"text": "No results"}}]}}


class MusicSite:
    """Gives its answers one after the other, and the last one again and again."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.asked: list[Request] = []
        self.url = ""

    def answer(self, request: Request) -> Answer:
        self.asked.append(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def say(self, *documents: Any) -> None:
        self.answers = [json_answer(document) for document in documents]

    @contextmanager
    def opened(self) -> Iterator[MusicSite]:
        with Listener(self.answer) as listener:
            self.url = listener.base_url
            yield self


def song(upload_id: str, title: str, *runs: Any, kind: str = "ATV", **more: Any) -> dict[str, Any]:
    """A row: ``runs`` are names, an album as ``{"album": …}``, or a length such as ``3:07``."""
    linked = []
    for run in runs:
        if isinstance(run, dict):
            linked.append(_linked(run["album"], "MPREb_1"))
        else:
            linked.append({"text": run} if ":" in run else _linked(run, "UC1"))
    between = {"text": " • "}
    columns = [{"runs": [{"text": title}]}, {"runs": [x for one in linked for x in (one, between)]}]
    columns[1]["runs"].pop()
    watch: dict[str, Any] = {"videoId": upload_id}
    if kind:
        music = {"musicVideoType": f"MUSIC_VIDEO_TYPE_{kind}"}
        watch["watchEndpointMusicSupportedConfigs"] = {"watchEndpointMusicConfig": music}
    button = {"musicPlayButtonRenderer": {"playNavigationEndpoint": {"watchEndpoint": watch}}}
    return {
        "flexColumns": [
            {"musicResponsiveListItemFlexColumnRenderer": {"text": text}} for text in columns
        ],
        "overlay": {"musicItemThumbnailOverlayRenderer": {"content": button}},
        **more,
    }


def _linked(text: str, browse_id: str) -> dict[str, Any]:
    return {"text": text, "navigationEndpoint": {"browseEndpoint": {"browseId": browse_id}}}


def shelf(*rows: dict[str, Any], title: str = "Songs") -> dict[str, Any]:
    contents = [{"musicResponsiveListItemRenderer": row} for row in rows]
    return {"musicShelfRenderer": {"title": {"runs": [{"text": title}]}, "contents": contents}}


def page(*sections: dict[str, Any]) -> dict[str, Any]:
    content = {"sectionListRenderer": {"contents": list(sections)}}
    tab = {"tabRenderer": {"content": content}}
    return {"contents": {"tabbedSearchResultsRenderer": {"tabs": [tab]}}}


def recorded_answers(site: str) -> list[tuple[dict[str, Any], Any]]:
    """Recorded answers of the real sites, with what is known of each; none if they are missing."""
    folder = fixtures_dir()
    root = Path() if folder is None else folder / "youtube-answers"
    if folder is None or not (root / "index.json").exists():
        return []
    index = json.loads((root / "index.json").read_text(encoding="utf-8"))
    return [
        (one, json.loads(gzip.decompress((root / one["file"]).read_bytes())))
        for one in index
        if one["site"] == site
    ]
