"""How well a search result fits a recording: a number from 0 to 1, and how it came about.

Pure: refuses to know searching, thresholds (they are settings) and the audio itself.

``words`` knows what words in titles mean (from ``words.toml``), ``part_numbers`` and ``keys`` what
they count, ``titles`` takes titles apart; ``wanted`` prepares a recording, with its
``artist_names``; ``covers`` says whose cover a title speaks of, ``results`` what all results say
together; ``segments`` cuts a title into parts, ``leftovers`` finds words in them that nothing
explains, ``asides`` those about the song whoever plays it, and ``styles`` those that say how it is
played; ``versions`` finds what speaks against a candidate as another version, ``scoring`` adds it
all up, ``release_year`` compares years; ``plan`` says what to search with, and ``recognition`` what
a fingerprint's answer means.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from shanty.matching.plan import Query, plan_queries, search_query
from shanty.matching.recognition import find_contradiction
from shanty.matching.release_year import find_first_year, judge_year
from shanty.matching.results import read_results
from shanty.matching.scoring import score_candidate
from shanty.matching.wanted import prepare
from shanty.models import Candidate, ScorePart
from shanty.music.entities import Recording

__all__ = [
    "Query",
    "find_contradiction",
    "find_first_year",
    "plan_queries",
    "rank",
    "score",
    "search_query",
]


def rank(
    candidates: Iterable[Candidate],
    recording: Recording,
    album_title: str = "",
    *,
    first_year: int | None = None,
) -> list[Candidate]:
    """The candidates with their scores set, best first; equals stay in the order they came in.

    ``first_year`` is when the recording first came out, if that is known.
    """
    candidates, wanted = list(candidates), prepare(recording, album_title)
    wanted = replace(wanted, results=read_results(candidates, wanted))
    scored = []
    for candidate in candidates:
        total, parts = score_candidate(candidate, wanted)
        total, parts = judge_year(total, parts, candidate.release_year, first_year)
        scored.append(replace(candidate, score=total, score_parts=parts))
    return sorted(scored, key=lambda candidate: -candidate.score)


def score(
    candidate: Candidate, recording: Recording, album_title: str = ""
) -> tuple[float, tuple[ScorePart, ...]]:
    """How well a candidate fits, 0 to 1, and the parts of it."""
    return score_candidate(candidate, prepare(recording, album_title))
