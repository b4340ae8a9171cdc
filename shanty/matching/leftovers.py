"""What an upload's title says beyond the wanted names: the words that nothing explains.

They may say that it is another version, another song or somebody else's, in words that nobody has
thought of. Owns where in a title a word stands, and what that makes of it. Refuses to know versions
and numbers, which are compared by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from rapidfuzz import fuzz

from shanty.matching.names import (
    BY,
    ENSEMBLE,
    ENSEMBLE_BEHIND,
    LINKS,
    SPACELESS,
    best_ratio,
    contains,
    fold_name,
    scripts_of,
    topic_artist,
)
from shanty.matching.part_numbers import is_count, is_counted_word, numbers_of
from shanty.matching.styles import may_be_of_version, speaks_of_style
from shanty.matching.titles import credits_of, drop_credits, is_credit, split_title
from shanty.matching.wanted import ALIKE, Wanted
from shanty.matching.words import find_versions, says_explicit, telling_words, vocabulary
from shanty.models import Candidate

_SAME_ARTIST = 0.93
_SAME_SECONDS = 1
_SAME_WORD = 75  # of 100: one is a slip for the other
_SLIP_LENGTH = 4  # shorter words are alike by chance
_LINK = re.compile(rf"^(?:{LINKS}|his|her|their)(?: |$)")
_LINKED = re.compile(rf"(?:^| ){LINKS}$")
_JOINS = re.compile(r"\s*[,/+×]\s*")
_ADDRESS = re.compile(
    r"\bhttps?://\S+|\bwww\.\S+|\b[\w-]+\.(?:com|net|org|es|de|ru|fr|it|tv|fm|br)\b"
)
_PARTED = re.compile(r"\s-\s|\s*[|/]+\s*")
_PLAYED = {"acoustic", "instrumental", "voice"}
_HIS = {"his", "her", "their", "su", "sus", "son", "sa", "leur", "sein", "seinem", "ihr", "ihrem"}
_SAME_TITLE = 0.9
_SAME_PART = 85  # of 100


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
        for text, is_bracketed in split_title(_ADDRESS.sub(" ", drop_credits(title)))
        if any(map(str.isalnum, text))
    ]
    rests = [_take_out(folded, wanted.titles_by_length) for _, folded, _ in pieces]
    if all(rest == folded for rest, (_, folded, _) in zip(rests, pieces, strict=True)):
        rests = [_take_out_slip(text, folded, wanted) for text, folded, _ in pieces]
    first = next(
        (number for number, (_, folded, _) in enumerate(pieces) if rests[number] != folded), 0
    )
    segments = list[Segment]()
    for number, (text, folded, is_bracketed) in enumerate(pieces):
        rest = _take_out(rests[number], wanted.artists_by_length, ENSEMBLE_BEHIND)
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


def _take_out_slip(text: str, folded: str, wanted: Wanted) -> str:
    """A folded segment with a ``|`` for all of it, if it is the wanted title, mistyped."""
    return "|" if wanted.title_likeness(text.strip()) >= _SAME_TITLE else folded


def _take_out(text: str, names: Collection[str], behind: re.Pattern[str] | None = None) -> str:
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


def find_strange(
    candidate: Candidate, title: str, segments: Collection[Segment], wanted: Wanted
) -> list[Segment]:
    """The parts of a candidate's normalised title that nothing in it explains."""
    places = (candidate.album, *candidate.artists)
    known = wanted.words | wanted.other_names
    known = known.union(*(fold_name(name).split() for name in places))
    channel = frozenset(fold_name(f"{candidate.channel} {candidate.uploader}").split())
    is_theirs = wanted.owns_channel(candidate.channel or candidate.uploader)
    is_cover = _is_own_cover(title, segments, is_theirs=is_theirs)
    strange = list[Segment]()
    in_brackets = list[Segment]()
    strange += [_as_segment(one) for one in credits_of(title) if _names_orchestra(one, known)]
    for segment in segments:
        if is_credit(segment.text):
            if not vocabulary().occasions.isdisjoint(segment.folded.split()):
                strange.append(segment)
            continue
        if _names_original(segment):
            strange.append(segment)
        elif is_cover and (_calls_it_cover(segment.text) or _may_name_original(segment)):
            continue
        elif segment.is_bracketed and not _names_player(segment.rest):
            if _is_strange_in_brackets(segment, known, channel, wanted):
                in_brackets.append(segment)
        elif _is_strange(segment, segments, known, channel, wanted, is_theirs=is_theirs):
            strange.append(segment)
    if in_brackets and not (
        _is_same_movement(candidate, wanted) and all(_is_free(one.text) for one in in_brackets)
    ):
        strange += in_brackets
    return strange


def is_about_song(segment: Segment, channel: str, wanted: Wanted) -> bool:
    """Whether the words of a strange part are about the song, whoever plays it: uploads of it by
    others have them, too.

    Words for a number, for how it is played or where are about one version, however many say them.
    """
    phrases = [_drop_by(phrase) for phrase in segment.rest.split("|")]
    phrases = [phrase for phrase in phrases if any(map(str.isalnum, phrase))]
    place = fold_name(channel)
    is_name_in_front = segment.is_early and not (segment.has_artist or segment.has_title)
    return (
        bool(phrases)
        and not is_name_in_front
        and all(
            not may_be_of_version(phrase) and wanted.results.say(phrase, place)
            for phrase in phrases
        )
    )


def _drop_by(phrase: str) -> str:
    first, _, name = phrase.strip().partition(" ")
    return name if first in BY else phrase.strip()


def _is_own_cover(title: str, segments: Collection[Segment], *, is_theirs: bool) -> bool:
    """Whether the artist covers the song, as the title says: "cover by Ida"."""
    if not _calls_it_cover(title):
        return False
    return is_theirs or any(one.has_artist and _names_player(one.rest) for one in segments)


def _calls_it_cover(text: str) -> bool:
    return any(kind == "cover" for kind, _ in find_versions(text))


def _may_name_original(segment: Segment) -> bool:
    """Whether it may say whose song is covered, or what it is from."""
    return not (segment.has_title or segment.has_artist or _names_player(segment.rest))


def _is_strange(
    segment: Segment,
    segments: Collection[Segment],
    known: Collection[str],
    channel: Collection[str],
    wanted: Wanted,
    *,
    is_theirs: bool,
) -> bool:
    """Whether a segment that is not in brackets has words that nothing explains."""
    rest = segment.rest
    if not scripts_of(rest) & wanted.title_scripts and _may_translate(rest, wanted):
        return False
    explained = set(known)
    if not _is_of_somebody_else(segment, segments, is_theirs=is_theirs):
        explained |= set(channel)
    unknown = _unknown_words(rest, explained, wanted)
    if not unknown:
        return False
    if segment.has_title:
        return True
    if segment.has_artist:
        if ENSEMBLE.fullmatch(rest.partition("|")[2]) and not rest.partition("|")[0]:
            return False
        joined = _take_out(fold_name(_JOINS.sub(" & ", segment.text)), wanted.artists_by_length)
        return not (_is_longer_credit(rest) or ("|" in joined and _is_longer_credit(joined)))
    # What says how the upload is presented may use any words for it.
    is_presented = bool(set(rest.split()) & vocabulary().presentation)
    return _names_player(rest) or not is_presented


def _may_translate(folded: str, wanted: Wanted) -> bool:
    """Whether it may be the wanted title in another language, for it is in other letters.

    Hardly anybody translates what is in Latin letters into those that neither artist nor album are
    in.
    """
    found = scripts_of(folded)
    if found <= wanted.title_scripts:
        return False
    return found - wanted.title_scripts <= wanted.scripts | {"LATIN"}


def _is_of_somebody_else(
    segment: Segment, segments: Collection[Segment], *, is_theirs: bool
) -> bool:
    """Whether a segment names whoever plays it: "by Ida", or "Ida - Song (The Band)"."""
    if _names_player(segment.rest):
        return True
    is_led = any(one.is_early and one.has_artist for one in segments)
    return segment.is_early and not is_led and not is_theirs


def _names_original(segment: Segment) -> bool:
    """Whether it says that the artist is only the first one of the song: "original by Ida"."""
    before, found, _ = segment.rest.partition("|")
    is_named = bool(found) and segment.has_artist and not segment.has_title
    return is_named and not vocabulary().originals.isdisjoint(before.split())


def _names_player(rest: str) -> bool:
    """Whether a segment says who plays it: "by Ida", but not "video by Ida"."""
    words = rest.split()
    return any(
        word in BY and (number == 0 or words[number - 1] not in vocabulary().presentation)
        for number, word in enumerate(words[:-1])
    )


def _is_longer_credit(rest: str) -> bool:
    """Whether all words beside an artist's name are joined to it: "X & His Orchestra"."""
    before, _, after = rest.partition("|")
    before, after = before.strip(), after.strip()
    return (not before or bool(_LINKED.search(before))) and (not after or bool(_LINK.match(after)))


def _unknown_words(rest: str, known: Collection[str], wanted: Wanted) -> set[str]:
    vocab = vocabulary()
    found = telling_words(rest) | (set(rest.split()) & vocab.short)
    return {
        word
        for word in found - set(known)
        if word not in vocab.presentation
        and word not in vocab.verbs
        and not is_counted_word(word)
        and not _is_slip(word, wanted)
    }


def _is_slip(word: str, wanted: Wanted) -> bool:
    """Whether a word is one of the wanted title, joined or mistyped."""
    if len(word) < _SLIP_LENGTH:
        return False
    if word in wanted.compact_title:
        return True
    return any(
        fuzz.ratio(word, other) >= _SAME_WORD
        for other in wanted.title_words
        if len(other) >= _SLIP_LENGTH
    )


# --- in brackets --------------------------------------------------------------------------------


def _is_strange_in_brackets(
    segment: Segment, known: frozenset[str], channel: frozenset[str], wanted: Wanted
) -> bool:
    folded, vocab = segment.folded, vocabulary()
    # Whether a version or a number in it is wanted has been decided.
    if find_versions(f"({segment.text})") or says_explicit(segment.text):
        return False
    if vocabulary().pressing.fullmatch(folded):
        return False
    if is_count(segment.text):
        return not wanted.counts and not {*map(str, numbers_of(folded))} <= wanted.side_numbers
    # Artists of East Asia often have Latin names, too, and their titles in brackets in their own.
    is_translation = _may_translate(folded, wanted) or scripts_of(folded) <= SPACELESS
    if is_translation and not scripts_of(folded) <= wanted.title_scripts:
        # Where there are no spaces, the word for "version" is a part of another.
        is_presented = bool(vocab.presentation & set(folded.split()))
        is_bare = set(folded.split()) <= vocab.version_words | vocab.short
        return is_bare or (speaks_of_style(folded) and not is_presented)
    if wanted.artist_likeness(folded) >= ALIKE:
        return False
    if any(fuzz.ratio(folded, part) >= _SAME_PART for part in wanted.parts):
        return False
    words = set(folded.split())
    if scripts_of(folded) - wanted.scripts - {"LATIN"}:
        # Letters that nothing else is in: not all of their words are known to tell something.
        return not words <= known | channel | vocab.presentation | vocab.decoration
    if not words & vocab.version_words:
        # "Official Audio - Red Songs" says two things.
        return any(_is_unexplained(one, known | channel) for one in _PARTED.split(segment.text))
    # "2020 Version" is another one, "Remastered Version 2020" is not. A version that is called like
    # the channel is that channel's own.
    others = words - vocab.version_words - known
    unknown = (telling_words(segment.text) | (words & vocab.short)) - known
    return bool(unknown) or (not words <= known and all(map(str.isdecimal, others)))


def _is_unexplained(text: str, known: Collection[str]) -> bool:
    """Whether words say something of the recording, and not of the upload alone."""
    words, vocab = set(fold_name(text).split()), vocabulary()
    unknown = (telling_words(text) | (words & vocab.short)) - set(known)
    for word in words - set(known):
        if word in vocab.styles or vocab.names.get(word) in _PLAYED:
            return True
    return bool(unknown) and words.isdisjoint(vocab.presentation)


def _names_orchestra(credit: str, known: Collection[str]) -> bool:
    """Whether a credit adds an orchestra or a choir, other than the artist's own: "& his …"."""
    words = fold_name(credit).split()
    return any(
        word in vocabulary().orchestras and word not in known and before not in _HIS
        for before, word in zip(["", *words], words, strict=False)
    )


def _as_segment(text: str) -> Segment:
    folded = fold_name(text)
    return Segment(text, folded, folded, True, False, False, is_early=False)


def _is_same_movement(candidate: Candidate, wanted: Wanted) -> bool:
    """Whether it is the label's own file of the artist's, as long as the wanted movement: those
    have its tempo, a role or an arranger in brackets.
    """
    found, expected = candidate.duration_seconds, wanted.seconds
    if not wanted.is_work or found is None or not expected:
        return False
    artist = fold_name(topic_artist(candidate.channel))
    is_theirs = best_ratio([artist], wanted.artists) >= _SAME_ARTIST
    return is_theirs and abs(found - expected) <= _SAME_SECONDS


def _is_free(part: str) -> bool:
    """Whether it says neither of a version nor of a part."""
    return not is_count(part) and vocabulary().version_words.isdisjoint(fold_name(part).split())
