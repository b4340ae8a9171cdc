"""How well the right recording is chosen: our score beside two published formulas, and its speed.

Labelled titles are made into candidate sets (``bench.matching_sets``), in two halves by artist. The
first is for developing the score; the other, which is reported, is for nothing else.

- precision: of the uploads taken without a person, the share that is right
- decided: of all tracks, the share that ends as it should without a person: the right upload is
  taken, or nothing where nothing is right
- taken: of the tracks that have a right upload, the share for which one is taken, right or wrong
- recall: of the same, the share for which the right one is taken
- review, nothing: of all tracks, those a person is asked about, and those without a candidate

Run it with ``python -m bench.matching``; ``--half develop`` shows the other half.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from bench.matching_sets import (
    TITLES_PATH,
    CandidateSet,
    build_sets,
    read_labelled_titles,
    split_rows,
)
from bench.published_formulas import score_as_music_grabber, score_as_spotdl
from shanty.config.sections import DownloadSettings
from shanty.matching import rank
from shanty.models import Candidate

SEED = 20260101
DRAWS = 5  # sets of decoys for each row
SPEED_CANDIDATES = 1000
SPEED_RUNS = 5
MUSIC_GRABBER_FLOOR = 0.55


@dataclass(frozen=True)
class Choice:
    """What a way of choosing made of one set. ``taken`` is None for a review or for nothing."""

    of: CandidateSet
    taken: Candidate | None
    best: Candidate | None
    is_review: bool = False

    @property
    def is_right(self) -> bool:
        """Whether the right upload was taken."""
        return self.taken is not None and self.taken.source_id == self.of.right_id

    @property
    def is_decided(self) -> bool:
        """Whether it ended as it should, without a person."""
        if self.of.right_id is None:
            return self.taken is None and not self.is_review
        return self.is_right


def choose_ours(one: CandidateSet) -> Choice:
    """Our score with the default thresholds."""
    settings = DownloadSettings()
    best = rank(one.candidates, one.recording, one.album)[0]
    if best.score >= settings.accept_score:
        return Choice(one, best, best)
    return Choice(one, None, best, is_review=best.score >= settings.review_score)


def choose_as_spotdl(one: CandidateSet) -> Choice:
    """spotDL's: the best that is not dropped."""
    best = max(one.candidates, key=lambda candidate: score_as_spotdl(candidate, one.recording))
    is_taken = score_as_spotdl(best, one.recording) > 0
    return Choice(one, best if is_taken else None, best)


def choose_as_music_grabber(one: CandidateSet) -> Choice:
    """MusicGrabber's: the best from its floor up."""
    best = max(one.candidates, key=lambda each: score_as_music_grabber(each, one.recording))
    is_taken = score_as_music_grabber(best, one.recording) >= MUSIC_GRABBER_FLOOR
    return Choice(one, best if is_taken else None, best)


WAYS: dict[str, Callable[[CandidateSet], Choice]] = {
    "shanty": choose_ours,
    "spotDL's formula": choose_as_spotdl,
    "MusicGrabber's formula": choose_as_music_grabber,
}


def print_table(sets: Sequence[CandidateSet]) -> list[Choice]:
    """The figures of each way of choosing; returns our choices."""
    columns = ("precision", "decided", "taken", "recall", "review", "nothing", "wrong")
    print(f"{'':24}" + "".join(f"{column:>11}" for column in columns))
    chosen = {name: [way(one) for one in sets] for name, way in WAYS.items()}
    for name, choices in chosen.items():
        print(f"{name:24}" + "".join(f"{figure:>11}" for figure in _figures(choices)))
    return chosen["shanty"]


def _figures(choices: Sequence[Choice]) -> list[str]:
    taken = [one for one in choices if one.taken is not None]
    answerable = [one for one in choices if one.of.right_id is not None]
    right = sum(one.is_right for one in taken)
    reviews = sum(one.is_review for one in choices)
    shares = (
        (right, len(taken)),
        (sum(one.is_decided for one in choices), len(choices)),
        (sum(one.taken is not None for one in answerable), len(answerable)),
        (right, len(answerable)),
        (reviews, len(choices)),
        (len(choices) - len(taken) - reviews, len(choices)),
    )
    figures = [f"{part / whole:.3f}" if whole else "-" for part, whole in shares]
    return [*figures, str(len(taken) - right)]


def print_mistakes(choices: Sequence[Choice], count: int) -> None:
    """The worst: wrong uploads taken, then right ones missed, the clearest mistakes first.

    Each recording is shown once, with how often it went wrong.
    """
    wrong = [one for one in choices if one.taken is not None and not one.is_right]
    missed = [one for one in choices if one.taken is None and one.of.right_id is not None]
    mistakes = sorted(wrong, key=_best_score, reverse=True) + sorted(missed, key=_right_score)
    times = Counter(_wanted_name(one) for one in mistakes)
    firsts = {_wanted_name(one): one for one in reversed(mistakes)}
    worst = sorted(firsts.values(), key=mistakes.index)[:count]
    print(f"\n{len(mistakes)} mistakes with {len(firsts)} recordings; the worst {len(worst)}:")
    for one in worst:
        _print_mistake(one, times[_wanted_name(one)])


def _wanted_name(choice: Choice) -> str:
    recording = choice.of.recording
    return f"{recording.artist_credit.name} – {recording.title}"


def _print_mistake(one: Choice, times: int) -> None:
    recording = one.of.recording
    fate = "TAKEN" if one.taken else "review" if one.is_review else "nothing"
    seconds = (recording.length_ms or 0) / 1000
    print(f"\n{fate:8}wanted {_wanted_name(one)!r} {seconds:.0f} s ({times} of {DRAWS})")
    ranked = rank(one.of.candidates, recording, one.of.album)
    shown = [("best", ranked[0])]
    shown += [("right", each) for each in ranked if each.source_id == one.of.right_id]
    for name, candidate in shown:
        against = [part.name for part in candidate.score_parts if part.weight == 0]
        print(
            f"{'':8}{name:6}{candidate.score:.2f} {candidate.title!r} by {candidate.channel!r} "
            f"{candidate.duration_seconds:.0f} s {', '.join(against)}"
        )


def _best_score(choice: Choice) -> float:
    return choice.best.score if choice.best else 0.0


def _right_score(choice: Choice) -> float:
    ranked = rank(choice.of.candidates, choice.of.recording, choice.of.album)
    return next(one.score for one in ranked if one.source_id == choice.of.right_id)


def print_speed(sets: Sequence[CandidateSet]) -> None:
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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("develop", "report"), default="report")
    parser.add_argument("--mistakes", type=int, default=20)
    options = parser.parse_args()
    if not TITLES_PATH.exists():
        print(f"there are no labelled titles at {TITLES_PATH}: nothing to measure")
        return 0
    halves = dict(zip(("develop", "report"), split_rows(read_labelled_titles(), SEED), strict=True))
    rows = halves[options.half]
    sets = [one for draw in range(DRAWS) for one in build_sets(rows, SEED + draw)]
    answerable = sum(one.right_id is not None for one in sets)
    candidates = sum(len(one.candidates) for one in sets)
    print(
        f"half: {options.half}; {len(rows)} labelled titles, {len(sets)} tracks, {answerable} of "
        f"them with a right upload, {candidates} candidates\n"
    )
    choices = print_table(sets)
    print_mistakes(choices, options.mistakes)
    print_speed(sets)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
