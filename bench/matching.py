"""How well the right recording is chosen from recorded search results, and how fast.

Each real set (``bench.search_results``) is shown for our score and for two published formulas:

- precision: of the uploads that are taken without a person and that somebody has judged, the share
  that is right, with the 95 % interval of Wilson
- taken: of all tracks, the share for which an upload is taken
- asked: of all tracks, the share that a person is asked about

How many requests a track costs is counted for each order of the sources: the plan of searches is
replayed until a result is taken (``bench.search_requests``).

Every wrong pick of ours is listed. No threshold and no word may be fitted to a single one of them.
Invented decoys (``bench.matching_sets``) are hard cases for the tests, and no measure.

Run it with ``python -m bench.matching``.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from rapidfuzz import fuzz

from bench.matching_sets import CandidateSet
from bench.published_formulas import score_as_music_grabber, score_as_spotdl
from bench.search_requests import DEFAULT_ORDER, LIMIT, average_requests, read_rows, settle
from bench.search_results import (
    RESULTS_DIR,
    Results,
    read_covers,
    read_salami,
    read_youtube,
    read_ytmusic,
)
from shanty.config.sections import DownloadSettings
from shanty.matching import rank
from shanty.models import Candidate
from shanty.music.entities import Recording

SEED = 20260101
SPEED_CANDIDATES = 1000
SPEED_RUNS = 5
MUSIC_GRABBER_FLOOR = 0.55
_Z = 1.96  # 95 %


@dataclass(frozen=True)
class Choice:
    """What a way of choosing made of one set. ``taken`` is None for a review or for nothing."""

    of: CandidateSet | Results
    taken: Candidate | None
    best: Candidate | None
    is_review: bool = False


def choose_ours(one: CandidateSet | Results) -> Choice:
    """Our score with the default thresholds."""
    settings = DownloadSettings()
    best = rank(one.candidates, one.recording, one.album)[0]
    if best.score >= settings.accept_score:
        return Choice(one, best, best)
    return Choice(one, None, best, is_review=best.score >= settings.review_score)


def choose_as_spotdl(one: CandidateSet | Results) -> Choice:
    """spotDL's: the best that is not dropped."""
    best = max(one.candidates, key=lambda candidate: score_as_spotdl(candidate, one.recording))
    is_taken = score_as_spotdl(best, one.recording) > 0
    return Choice(one, best if is_taken else None, best)


def choose_as_music_grabber(one: CandidateSet | Results) -> Choice:
    """MusicGrabber's: the best from its floor up."""
    best = max(one.candidates, key=lambda each: score_as_music_grabber(each, one.recording))
    is_taken = score_as_music_grabber(best, one.recording) >= MUSIC_GRABBER_FLOOR
    return Choice(one, best if is_taken else None, best)


WAYS: dict[str, Callable[[CandidateSet | Results], Choice]] = {
    "shanty": choose_ours,
    "spotDL's formula": choose_as_spotdl,
    "MusicGrabber's formula": choose_as_music_grabber,
}


def read_sets() -> Iterator[tuple[str, list[Results]]]:
    """Each set and each part of it, by name."""
    salami = read_salami()
    yield "plain searches 2018", salami
    for group in sorted({one.group for one in salami}):
        yield f"  {group}", [one for one in salami if one.group == group]
    for kinds in (["isrc_answer"], ["songs", "videos"], ["songs"], ["videos"]):
        yield f"YouTube Music: {', '.join(kinds)}", read_ytmusic(kinds)
    yield "YouTube: plain search", read_youtube()
    yield "covers", read_covers()


def wilson_interval(right: int, judged: int) -> tuple[float, float]:
    """Where the true share lies, with 95 %. Source: Wilson, 1927."""
    if not judged:
        return 0.0, 1.0
    share, spread = right / judged, _Z * _Z / judged
    middle = share + spread / 2
    half = _Z * math.sqrt(share * (1 - share) / judged + spread / (4 * judged))
    return max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread))


def print_set(name: str, results: Sequence[Results]) -> list[Choice]:
    """The figures of each way of choosing; returns our choices."""
    print(f"\n{name.strip()} ({len(results)} tracks)")
    chosen = {
        way: [choose(one) if one.candidates else Choice(one, None, None) for one in results]
        for way, choose in WAYS.items()
    }
    for way, choices in chosen.items():
        print(f"  {way:24}{_describe(choices)}")
    return chosen["shanty"]


def _describe(choices: Sequence[Choice]) -> str:
    judged = [one for one in map(_verdict, choices) if one is not None]
    taken, asked = (
        sum(one.taken is not None for one in choices),
        sum(one.is_review for one in choices),
    )
    return _figures(judged, taken, asked, len(choices))


def _figures(judged: Sequence[bool], taken: int, asked: int, tracks: int) -> str:
    right = sum(judged)
    low, high = wilson_interval(right, len(judged))
    precision = f"{right / len(judged):.3f} ({low:.3f}-{high:.3f})" if judged else "not judged"
    return (
        f"precision {precision:21} wrong {len(judged) - right:3} of {len(judged):4}"
        f"  taken {taken / tracks:.3f}  asked {asked / tracks:.3f}"
    )


def _verdict(choice: Choice) -> bool | None:
    """Whether what was taken is right; None if nothing was, or nobody knows."""
    if choice.taken is None or isinstance(choice.of, CandidateSet):
        return None
    return choice.of.verdicts.get(choice.taken.source_id)


def print_orders() -> None:
    """What a track costs and what is taken, by order of the sources and by way of choosing."""
    rows = read_rows()
    known = read_ytmusic(["isrc_answer", "songs", "videos"])
    for order in (DEFAULT_ORDER, DEFAULT_ORDER[::-1], DEFAULT_ORDER[:1]):
        is_default = " (the default)" if order == DEFAULT_ORDER else ""
        print(f"\norder {', '.join(order)}{is_default} ({len(rows)} tracks)")
        for way, choose in WAYS.items():
            settled = [settle(row, order, partial(_choose_by, choose)) for row in rows]
            judged = [
                verdict
                for one, results in zip(settled, known, strict=True)
                if (verdict := results.verdicts.get(one.upload_id)) is not None
            ]
            taken = sum(bool(one.upload_id) for one in settled)
            asked = sum(one.is_review for one in settled)
            figures = _figures(judged, taken, asked, len(rows))
            print(f"  {way:24}{average_requests(settled):.2f} requests  {figures}")
    print(
        f"  (at most {LIMIT} requests in the default order; plain searches were not recorded here:"
    )
    print("  they count as asked to the end of their plan, and find nothing)")


def _choose_by(
    choose: Callable[[Results], Choice],
    found: Sequence[Candidate],
    recording: Recording,
    album: str,
) -> tuple[str, bool]:
    if not found:
        return "", False
    choice = choose(Results(recording, album, tuple(found), {}, ""))
    return choice.taken.source_id if choice.taken else "", choice.is_review


def print_wrong(choices: Sequence[Choice]) -> None:
    """Every upload that was taken and is wrong."""
    for choice in choices:
        if _verdict(choice) is False and choice.taken is not None:
            recording, taken = choice.of.recording, choice.taken
            print(
                f"    WRONG {recording.artist_credit.name} – {recording.title} "
                f"({(recording.length_ms or 0) / 1000:.0f} s): {taken.title!r} "
                f"by {taken.channel!r} ({taken.duration_seconds or 0:.0f} s, {taken.score:.2f})"
            )


def print_speed(sets: Sequence[Results]) -> None:
    """What scoring a thousand candidates takes, beside the bare ratio of the same strings."""
    one = sets[0]
    pool = [candidate for each in sets for candidate in each.candidates]
    pool = [pool[number % len(pool)] for number in range(SPEED_CANDIDATES)]
    # Numbers in the titles, for what has been taken apart once is remembered.
    fresh = iter(
        [
            [
                replace(each, title=f"{each.title} {number} {run}")
                for number, each in enumerate(pool)
            ]
            for run in range(SPEED_RUNS)
        ]
    )
    wanted = f"{one.recording.artist_credit.name} - {one.recording.title}"
    ours = _median_cpu_seconds(lambda: rank(next(fresh), one.recording, one.album))
    bare = _median_cpu_seconds(lambda: [fuzz.ratio(each.title, wanted) for each in pool])
    print(f"\nscoring {SPEED_CANDIDATES} candidates: {ours:.3f} s of CPU (bare ratio {bare:.4f} s)")


def _median_cpu_seconds(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(SPEED_RUNS):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def main() -> int:
    """Measure and print. Returns the exit code."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    if not RESULTS_DIR.exists():
        print(f"there are no recorded search results at {RESULTS_DIR}: nothing to measure")
        return 0
    first: list[Results] = []
    for name, results in read_sets():
        choices = print_set(name, results)
        if not name.startswith(" "):
            print_wrong(choices)
        first = first or results
    print_orders()
    print_speed(first)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
