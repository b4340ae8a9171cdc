"""What a candidate's title says of versions, against what is wanted: what speaks against it.

Owns which shares of a score another version costs. Refuses to know the score itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from shanty.matching.covers import Covers, read_covers
from shanty.matching.keys import keys_of, notes_of
from shanty.matching.leftovers import find_strange, is_about_song
from shanty.matching.part_numbers import counts_of, find_other_count, follows_title
from shanty.matching.segments import Segment, read_segments
from shanty.matching.titles import qualifiers_of
from shanty.matching.wanted import ALIKE, Wanted
from shanty.matching.words import (
    count_versions,
    find_versions,
    says_explicit,
    telling_words,
    version_name,
    vocabulary,
)
from shanty.models import Candidate
from shanty.music.names import best_ratio, contains, fold_name

_UNWANTED_FACTOR = 0.4
_MISSING_FACTOR = 0.5
_UNNAMED_FACTOR = 0.85
_UNCLEAR_FACTOR = 0.748  # for a person: the same place has many names, and so has the same song
_SETTLED_FACTOR = 0.9  # by the other results: taken, but never as a clear decision

_DAY = re.compile(r"(?<!\d)(?:\d{1,2}[./-]\d{1,2}[./-](?:\d\d)?\d\d|\d{4}[./-]\d\d[./-]\d\d)(?!\d)")


class Objection(NamedTuple):
    """What speaks against a candidate, for people, and the share of the score that it leaves."""

    name: str
    factor: float
    note: str


def find_objections(
    candidate: Candidate, text: str, wanted: Wanted, *, is_by_artist: bool
) -> Iterator[Objection]:
    """All that speaks against a candidate because of the version that it is, or may be.

    ``text`` is its normalised title.
    """
    kinds = vocabulary().kinds
    channel = candidate.channel or candidate.uploader
    covers = read_covers(text, channel, wanted)
    unwanted = [*_unwanted_versions(text, covers, wanted), *_versions_of_channel(channel, wanted)]
    if wanted.is_clean and (candidate.is_explicit or says_explicit(text)):
        unwanted.append("explicit")
    if unwanted:
        note = ", ".join(dict.fromkeys(unwanted))
        yield Objection("unwanted version", _UNWANTED_FACTOR, note)
        return
    if covers.unclear:
        yield Objection("perhaps somebody else's cover", _UNCLEAR_FACTOR, covers.unclear[0])
    elif covers.settled:
        yield Objection("a cover", _SETTLED_FACTOR, covers.settled[0])
    found = count_versions(text, candidate.album, candidate.track)
    # A cover of the wanted artist is what it is by being the artist's, whether it says so or not.
    given = {kind for kind in wanted.versions if kinds[kind].by_artist and is_by_artist}
    if candidate.is_explicit is False:
        given.add("clean")
    missing = sorted(wanted.versions - set(found) - given)
    if wanted.is_explicit and candidate.is_explicit is False:
        yield Objection("wanted version not named", _UNCLEAR_FACTOR, "explicit")
    yield from _other_album(candidate, text, wanted)
    if any(kinds[kind].must_be_named for kind in missing):
        yield Objection("wanted version missing", _MISSING_FACTOR, _name_kinds(missing))
    elif missing:
        factor = _UNCLEAR_FACTOR if "clean" in missing else _UNNAMED_FACTOR
        yield Objection("wanted version not named", factor, _name_kinds(missing))
    else:
        yield from _other_names(text, wanted, given)
        yield from _other_places(text, wanted)
    yield from _other_date(text, wanted)
    segments = read_segments(text, wanted)
    strange = find_strange(candidate, text, segments, wanted)
    if others := [one for one in strange if not is_about_song(one, channel, wanted)]:
        note = ", ".join(one.text if one.is_bracketed else one.text.strip() for one in others)
        yield Objection("perhaps another version", _UNCLEAR_FACTOR, note)
    elif strange:
        note = ", ".join(one.text.strip() for one in strange)
        yield Objection("words that others use, too", _SETTLED_FACTOR, note)
    else:
        yield from _other_numbers(text, segments, wanted)


def _other_date(text: str, wanted: Wanted) -> Iterator[Objection]:
    """The day of a concert, or of a broadcast, that is not the wanted one's, however written."""
    for day in _DAY.finditer(text):
        numbers = map(int, re.split(r"\D", day[0]))
        # "17" may be the year 2017, or 1917.
        if not all({one, 1900 + one, 2000 + one} & wanted.numerals for one in numbers):
            yield Objection("perhaps another version", _UNCLEAR_FACTOR, day[0])
            return


def _other_album(candidate: Candidate, text: str, wanted: Wanted) -> Iterator[Objection]:
    """What the release says against a candidate, or fails to say for it."""
    album = fold_name(candidate.album)
    is_same = bool(album) and _is_same_album(album, wanted.album)
    versions = find_versions(text)
    named = {kind for kind, _ in versions}
    # A word in an album's name is a name: "Live Through This" has no live recordings.
    vague = {kind for kind, words in versions if words in vocabulary().vague} & wanted.vague
    in_album = (named & wanted.in_album) | vague
    if asked := sorted(in_album - wanted.is_any - set(wanted.tolerated)):
        yield Objection("perhaps another version", _UNCLEAR_FACTOR, _name_kinds(asked))
    is_on_it = is_same or contains(fold_name(text), wanted.album)
    if (lacking := sorted(wanted.of_release - named)) and not is_on_it:
        yield Objection("wanted version not named", _UNCLEAR_FACTOR, _name_kinds(lacking))
    if not album or not wanted.album or is_same:
        return
    kinds = vocabulary().kinds
    others = [
        kind
        for kind, _ in find_versions(candidate.album)
        if kinds[kind].must_be_named and kind not in wanted.is_any | wanted.versions
    ]
    if others or wanted.is_generic:
        yield Objection("another album", _UNCLEAR_FACTOR, candidate.album)


def _is_same_album(one: str, other: str) -> bool:
    """Whether two folded albums are one, in two editions."""
    is_alike = best_ratio([one], [other]) >= ALIKE
    return bool(other) and (is_alike or contains(one, other) or contains(other, one))


def _name_kinds(kinds: Iterable[str]) -> str:
    return ", ".join(kind.replace("_", " ") for kind in kinds)


def _unwanted_versions(text: str, covers: Covers, wanted: Wanted) -> Iterable[str]:
    """The words in a title for versions that are not wanted, beyond those of the song's names and
    of what the wanted artist's cover may be.
    """
    vague = vocabulary().vague
    found = [
        (kind, words)
        for kind, words in find_versions(text)
        if kind not in wanted.is_any | wanted.in_album
        and not (kind in wanted.vague and words in vague)
    ]
    for kind, number in Counter(kind for kind, _ in found).items():
        if number > wanted.tolerated[kind] + covers.own[kind]:
            yield next(words for other, words in found if other == kind)
    yield from covers.others


def _versions_of_channel(channel: str, wanted: Wanted) -> Iterable[str]:
    kinds = vocabulary().kinds
    allowed = wanted.is_any | set(wanted.tolerated)
    for kind, words in find_versions(channel):
        if kinds[kind].in_channel and kind not in allowed:
            yield f"{words} (channel)"


def _other_names(text: str, wanted: Wanted, given: Collection[str]) -> Iterator[Objection]:
    """Versions of which there are many must be by the same name: a remix by its remixer."""
    for kind, name in wanted.names.items():
        if kind in given:
            continue
        named = [version_name(part, kind) for part in qualifiers_of(text)]
        others = [_without_known(one, wanted) for one in named if one]
        if name and name not in fold_name(text) and best_ratio(others, [name]) < ALIKE:
            factor = _MISSING_FACTOR if any(others) else _UNNAMED_FACTOR
            yield Objection("another " + kind, factor, ", ".join(filter(None, named)) or "no name")
        elif not name and any(others):
            yield Objection("another " + kind, _MISSING_FACTOR, ", ".join(named))


def _without_known(name: str, wanted: Wanted) -> str:
    return " ".join(word for word in name.split() if word not in wanted.words)


def _other_places(text: str, wanted: Wanted) -> Iterator[Objection]:
    """Somebody live at one place is another recording than the same live at another."""
    found = telling_words(text)
    others = found - wanted.words
    if wanted.places and others and not found & wanted.places:
        yield Objection("another place", _UNCLEAR_FACTOR, " ".join(sorted(others)))


def _other_numbers(text: str, segments: Collection[Segment], wanted: Wanted) -> Iterator[Objection]:
    """A number or a key where the wanted title has another one: part 1 is not part 2."""
    keys, notes = keys_of(text), notes_of(text)
    if _contradict(keys, wanted.keys) or _contradict(notes, wanted.notes):
        yield Objection("another key", _UNCLEAR_FACTOR, ", ".join(sorted(keys or notes)))
        return
    other = find_other_count(wanted.counts, counts_of(text), wanted.side_numbers, fold_name(text))
    behind = [follows_title(one.rest) for one in segments if one.has_title]
    other = other or next((one for one in behind if one not in wanted.side_numbers), "")
    if other:
        yield Objection("another number", _UNCLEAR_FACTOR, other)


def _contradict(found: frozenset[str], expected: frozenset[str]) -> bool:
    """Whether each has something that the other lacks; one that says less contradicts nothing."""
    return bool(found - expected and expected - found)
