"""How many requests a track costs, by order of sources, over recorded answers of YouTube Music.

Owns the replay of a plan: each query is answered with what the real site has answered, and the plan
ends where a result would be taken. What was not recorded, as the plain searches that come after, is
counted as asked to the end of its plan, and finds nothing.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.matching_sets import FIXTURES_DIR
from shanty.config.sections import DownloadSettings
from shanty.matching import Query, plan_queries, rank
from shanty.models import Candidate
from shanty.music.entities import Artist, ArtistCredit, CreditedArtist, Recording
from shanty.providers.ytmusic import NAME, describe_upload

ROWS_PATH = FIXTURES_DIR / "search-results" / "spotdl_ytmusic.jsonl.gz"
DEFAULT_ORDER = DownloadSettings().search
LIMIT = 1.5
"""Requests per track on average; more of them, and the site has reason to turn us away."""


Choose = Callable[[Sequence[Candidate], Recording, str], tuple[str, bool]]
"""A way of choosing among results for a recording of an album: the id of the upload that it takes,
or nothing, and whether a person is asked about the best."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one track: ``upload_id`` is empty where nothing is taken.

    ``is_review``: nothing is taken, and a person is asked.
    """

    title: str
    requests: int
    place: str
    upload_id: str
    is_review: bool = False


def choose_ours(found: Sequence[Candidate], recording: Recording, album: str) -> tuple[str, bool]:
    """Our score with the default thresholds."""
    settings = DownloadSettings()
    best = next(iter(rank(found, recording, album)), None)
    if best is None:
        return "", False
    is_taken = best.score >= settings.accept_score
    return best.source_id if is_taken else "", best.score >= settings.review_score


def read_rows(path: Path = ROWS_PATH) -> list[dict[str, Any]]:
    """The wanted songs, each beside the answers to its ISRC and to its name."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def settle(
    row: dict[str, Any], order: Sequence[str] = DEFAULT_ORDER, choose: Choose = choose_ours
) -> Settled:
    """Ask for one track until a result is taken; an ISRC only where one was recorded."""
    recording, album = _wanted(row), row["wanted"]["album"] or ""
    requests, is_review = 0, False
    for prefix in order:
        for query in plan_queries(recording, album, prefix):
            requests += 1
            taken, is_asked = choose(_answer(row, prefix, query), recording, album)
            if taken:
                return Settled(recording.title, requests, query.place(prefix), taken)
            is_review = is_review or is_asked
    return Settled(recording.title, requests, "", "", is_review)


def average_requests(settled: Sequence[Settled]) -> float:
    """Requests per track."""
    return sum(one.requests for one in settled) / max(1, len(settled))


def _wanted(row: dict[str, Any]) -> Recording:
    wanted = row["wanted"]
    parts = [CreditedArtist(Artist(name, name), name, ", ") for name in wanted["artists"]]
    parts[-1] = CreditedArtist(parts[-1].artist, parts[-1].name)
    length_ms = int(wanted["length_s"] * 1000) if wanted["length_s"] else None
    isrcs = tuple(wanted["isrcs"] or ()) if row["isrc_asked"] else ()
    return Recording(row["key"], wanted["title"], ArtistCredit(tuple(parts)), length_ms, isrcs)


def _answer(row: dict[str, Any], prefix: str, query: Query) -> list[Candidate]:
    if prefix != NAME:
        return []
    shelf = "isrc_answer" if query.reason == "ISRC" else query.shelf
    return [read_result(result) for result in row[shelf] or ()]


def read_result(result: dict[str, Any]) -> Candidate:
    """A recorded result as the candidate that the source would make of it."""
    return describe_upload(
        result["id"],
        result["title"],
        result["artists"],
        kind=result["kind"] or "",
        album=result["album"] or "",
        seconds=result["duration"],
    )
