"""An upload's title cut at its separators and brackets, without the wanted names in each part.

Refuses to know what the words that are left mean.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import accumulate

from shanty.matching.titles import drop_credits, split_title
from shanty.matching.wanted import Wanted
from shanty.music.names import ENSEMBLE_BEHIND, SPACELESS, contains, fold_name, scripts_of

_ADDRESS = re.compile(
    r"\bhttps?://\S+|\bwww\.\S+|\b[\w-]+\.(?:com|net|org|es|de|ru|fr|it|tv|fm|br)\b"
)
_SAME_TITLE = 0.9
_LEAST_JOINED = 8  # shorter names are in a few words by chance


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a title between two separators, or in brackets.

    ``rest`` is the folded text without the wanted title and the artists' names: a ``|`` stands for
    each. ``is_early``: it stands before the wanted title.
    """

    text: str
    folded: str
    rest: str
    is_bracketed: bool
    has_title: bool
    has_artist: bool
    is_early: bool


def read_segments(title: str, wanted: Wanted) -> tuple[Segment, ...]:
    """A normalised title cut at its separators and brackets, without those who are credited."""
    pieces = [
        (text, fold_name(text), is_bracketed)
        for text, is_bracketed in split_title(_ADDRESS.sub(" ", _drop_guests(title, wanted)))
        if any(map(str.isalnum, text))
    ]
    rests = [take_out(folded, wanted.titles_by_length) for _, folded, _ in pieces]
    if all(rest == folded for rest, (_, folded, _) in zip(rests, pieces, strict=True)):
        rests = [_take_out_slip(text, folded, wanted) for text, folded, _ in pieces]
    first = next(
        (number for number, (_, folded, _) in enumerate(pieces) if rests[number] != folded), 0
    )
    segments = list[Segment]()
    for number, (text, folded, is_bracketed) in enumerate(pieces):
        rest = take_out(rests[number], wanted.artists_by_length, ENSEMBLE_BEHIND)
        if wanted.names_all(rests[number]):
            rest = "|"
        elif rest == rests[number]:
            rest = take_out_joined(rest, wanted.artists_by_length)
        segments.append(
            Segment(
                text,
                folded,
                rest,
                is_bracketed,
                has_title=rests[number] != folded,
                has_artist=rest != rests[number],
                is_early=number < first,
            )
        )
    return tuple(segments)


def _drop_guests(title: str, wanted: Wanted) -> str:
    """A title without those who are credited; all of it if only they are the wanted artist."""
    without = drop_credits(title)
    if without == title:
        return title
    folded = fold_name(without)
    return without if any(contains(folded, one) for one in wanted.artists_by_length) else title


def _take_out_slip(text: str, folded: str, wanted: Wanted) -> str:
    """A folded segment with a ``|`` for all of it, if it is the wanted title, mistyped."""
    return "|" if wanted.title_likeness(text.strip()) >= _SAME_TITLE else folded


def take_out(text: str, names: Collection[str], behind: re.Pattern[str] | None = None) -> str:
    """A folded text with a ``|`` for the first of the names that is in it.

    What matches ``behind`` right after the name goes with it.
    """
    for name in names:
        if contains(text, name):
            before, _, after = f" {text} ".partition(f" {name} ")
            found = behind.match(f" {after}") if behind else None
            if found is not None:
                after = after[found.end() :]
            return f"{before} | {after}".strip()
        if name in text and scripts_of(name) & SPACELESS:
            return " ".join(text.replace(name, " | ", 1).split())
    return text


def take_out_joined(text: str, names: Collection[str]) -> str:
    """A folded text with a ``|`` for the first of the names that is in it with other spaces:
    ``thunder pussy`` for ``thunderpussy``.
    """
    words = text.split()
    joined, ends = "".join(words), list(accumulate(map(len, words), initial=0))
    for name in (name.replace(" ", "") for name in names):
        at = joined.find(name) if len(name) >= _LEAST_JOINED else -1
        if at in ends and at + len(name) in ends:
            first, last = ends.index(at), ends.index(at + len(name))
            return " ".join((*words[:first], "|", *words[last:]))
    return text
