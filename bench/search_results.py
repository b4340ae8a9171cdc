"""Recorded search results beside the song that was wanted, read from the fixtures.

Owns how each of the real sets becomes recordings, candidates and verdicts. Nothing is made up: what
a set does not say is unknown, and what nobody has judged counts neither for nor against.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.matching_sets import FIXTURES_DIR
from shanty.models import Candidate
from shanty.music.entities import Artist, ArtistCredit, CreditedArtist, Recording

RESULTS_DIR = FIXTURES_DIR / "search-results"
_COVER_SECONDS = 200  # the covers have no lengths: all are as long as the recording
_MOST_OFF_SECONDS = 3.0

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Results:
    """What one search, or several in order, found for a recording.

    ``verdicts`` says of a candidate's id whether it is right; who is not in it was not judged.
    ``group`` is the part of the set: a kind of music, a source order.
    """

    recording: Recording
    album: str
    candidates: tuple[Candidate, ...]
    verdicts: Mapping[str, bool]
    group: str


def read_salami() -> list[Results]:
    """Plain searches of 2018; truth by audio fingerprint, and by eye where there is none."""
    labels = {row["salami_id"]: row for row in _read_json("salami_labels.json")}
    found = []
    for row in _read_lines("salami.jsonl.gz"):
        verdicts = {
            source_id: said.startswith("right")
            for source_id, said in row["truth"].items()
            if not said.startswith("unclear")
        }
        label = labels.get(row["key"])
        if label and label["label"] != "unclear":
            verdicts[label["pick"]["id"]] = label["label"] == "right"
        kind = row["wanted"]["kind"]
        group = kind if kind in ("classical", "world") else "pop, jazz, Isophonics"
        found.append(_results(row["wanted"], row["candidates"], verdicts, group))
    return found


def read_ytmusic(kinds: Sequence[str]) -> list[Results]:
    """Answers of YouTube Music, of these kinds: ``songs``, ``videos``, ``isrc_answer``."""
    found = []
    for row in _read_lines("spotdl_ytmusic.jsonl.gz"):
        uploads = {one["id"]: one for kind in kinds for one in row.get(kind) or ()}
        if uploads:
            verdicts = _judge_by_facts(row["wanted"], list(uploads.values()))
            verdicts |= dict.fromkeys(row.get("truth") or {}, True)
            found.append(
                _results(row["wanted"], list(uploads.values()), verdicts, ", ".join(kinds))
            )
    return found


def read_youtube() -> list[Results]:
    """Plain searches of YouTube, as yt-dlp gives them. Nobody has judged them."""
    return [
        _results(row["wanted"], row["candidates"], {}, "plain search")
        for row in _read_lines("spotdl_youtube.jsonl.gz")
        if row["candidates"]
    ]


def read_covers() -> list[Results]:
    """Each performance among all uploads of its song: the others are covers by somebody else."""
    by_title = defaultdict(list)
    for number, row in enumerate(_read_lines("shs_uploads.jsonl.gz")):
        by_title[row["title"]].append({**row, "id": str(number)})
    found = []
    for rows in by_title.values():
        uploads = [
            {
                "id": row["id"],
                "title": row["video_title"],
                "channel": row["channel"],
                "duration": _COVER_SECONDS,
            }
            for row in rows
        ]
        for row in rows if len(rows) > 1 else ():
            wanted = {"title": row["title"], "artists": [row["performer"]]}
            wanted |= {"length_s": _COVER_SECONDS}
            verdicts = {one["id"]: one["id"] == row["id"] for one in rows}
            found.append(_results(wanted, uploads, verdicts, "covers"))
    return found


def _judge_by_facts(wanted: Row, uploads: Sequence[Row]) -> dict[str, bool]:
    """The label's audio of the very title and artist and within three seconds is right. What has
    neither the title nor the artist is wrong. The rest is not judged.
    """
    verdicts = {}
    for one in uploads:
        whole = "".join(filter(str.isalnum, one["title"].casefold()))
        is_title = _plain(one["title"]) == _plain(wanted["title"])
        names = {_plain(name) for name in one.get("artists") or ()}
        is_artist = bool(names & {_plain(name) for name in wanted["artists"]})
        off = abs((one.get("duration") or 0) - wanted["length_s"])
        if is_title and is_artist and one.get("kind") == "ATV" and off <= _MOST_OFF_SECONDS:
            verdicts[one["id"]] = True
        elif not is_title and not is_artist and _plain(wanted["title"]) not in whole:
            verdicts[one["id"]] = False
    return verdicts


def _plain(text: str) -> str:
    bare = text.casefold().partition("(")[0].partition(" - ")[0]
    return "".join(char for char in bare if char.isalnum())


def _results(
    wanted: Row, uploads: Sequence[Row], verdicts: Mapping[str, bool], group: str
) -> Results:
    names = wanted["artists"]
    joins = [", "] * (len(names) - 1) + [""]
    credit = ArtistCredit(
        tuple(
            CreditedArtist(Artist(name, name), name, join)
            for name, join in zip(names, joins, strict=True)
        )
    )
    length_ms = round(wanted["length_s"] * 1000) if wanted.get("length_s") else None
    recording = Recording("m", wanted["title"], credit, length_ms, tuple(wanted.get("isrcs", ())))
    candidates = tuple(map(_candidate, uploads))
    return Results(recording, wanted.get("album") or "", candidates, verdicts, group)


def _candidate(one: Row) -> Candidate:
    artists = tuple(one.get("artists") or ())
    is_labels = one.get("kind") == "ATV" and bool(artists)
    channel = one.get("channel") or (f"{artists[0]} - Topic" if is_labels else "")
    channel = channel or "".join(artists[:1])
    return Candidate(
        "Youtube",
        one["id"],
        "u",
        one["title"],
        uploader=one.get("uploader") or channel,
        channel=channel,
        album=one.get("album") or "",
        artists=artists,
        track=one["title"] if is_labels else "",
        duration_seconds=one.get("duration"),
    )


def _read_lines(name: str) -> Iterator[Row]:
    with gzip.open(RESULTS_DIR / name, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _read_json(name: str) -> Any:
    path: Path = RESULTS_DIR / name
    return json.loads(path.read_text(encoding="utf-8"))
