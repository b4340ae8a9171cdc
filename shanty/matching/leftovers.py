"""What an upload's title says beyond the wanted names: the words that nothing explains.

They may say that it is another version, another song or somebody else's, in words that nobody has
thought of. Owns where in a title a word stands, and what that makes of it. Refuses to know versions
and numbers, which are compared by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from rapidfuzz import fuzz

from shanty.matching.asides import is_other_credit, is_plain_credit
from shanty.matching.part_numbers import is_count, is_counted_word, numbers_of
from shanty.matching.segments import Segment, take_out
from shanty.matching.styles import may_be_of_version, speaks_of_style
from shanty.matching.titles import credits_of, is_source
from shanty.matching.wanted import ALIKE, Wanted
from shanty.matching.words import (
    find_versions,
    is_decoration,
    says_explicit,
    telling_words,
    vocabulary,
)
from shanty.models import Candidate
from shanty.music.names import (
    BY,
    ENSEMBLE,
    LINKS,
    SPACELESS,
    best_ratio,
    fold_name,
    scripts_of,
    topic_artist,
)

_SAME_ARTIST = 0.93
_SAME_SECONDS = 1
_SAME_WORD = 75  # of 100: one is a slip for the other
_SLIP_LENGTH = 4  # shorter words are alike by chance
_LINK = re.compile(rf"^(?:{LINKS}|his|her|their)(?: |$)")
_LINKED = re.compile(rf"(?:^| ){LINKS}$")
_JOINS = re.compile(r"\s*[,/+×]\s*")
_OTHER_LETTERS = re.compile(r"[a-z0-9]+")  # "官方mv" is two words
_PARTED = re.compile(r"\s-\s|\s*[|/]+\s*")
_PLAYED = {"acoustic", "instrumental", "voice"}
_SAME_PART = 85  # of 100


def find_strange(
    candidate: Candidate, title: str, segments: Collection[Segment], wanted: Wanted
) -> list[Segment]:
    """The parts of a candidate's normalised title that nothing in it explains."""
    places = (candidate.album, *candidate.artists)
    known = wanted.words | wanted.other_names
    known = known.union(*(fold_name(name).split() for name in places))
    channel = frozenset(fold_name(f"{candidate.channel} {candidate.uploader}").split())
    is_theirs = wanted.owns_channel(candidate.channel or candidate.uploader)
    is_trusted = is_theirs or bool(candidate.album and candidate.artists)
    is_cover = _is_own_cover(title, segments, is_theirs=is_theirs)
    strange = list[Segment]()
    in_brackets = list[Segment]()
    strange += [_as_segment(one) for one in credits_of(title) if is_other_credit(one, known)]
    for segment in segments:
        if is_plain_credit(segment.text, known, is_theirs=is_trusted):
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
    if segment.has_artist and rest[-1] == "|" and set(rest[:-1].split()) <= vocabulary().ranks:
        return False
    is_foreign = not scripts_of(rest) & wanted.title_scripts and not _is_of_artist_alone(segment)
    if is_foreign and _may_translate(rest, wanted):
        return _says_what_it_is(segment, rest)
    explained = set(known)
    # "Enrique Bunbury" is Bunbury's channel; that of "The Genesis Experience" is not Genesis'.
    is_other_name = segment.has_artist and not _is_first_name(rest)
    if not (is_other_name or _is_of_somebody_else(segment, segments, is_theirs=is_theirs)):
        explained |= set(channel)
    unknown = _unknown_words(rest, explained, wanted)
    if not unknown:
        return False
    if segment.has_title:
        return True
    if segment.has_artist:
        if ENSEMBLE.fullmatch(rest.partition("|")[2]) and not rest.partition("|")[0]:
            return False
        joined = take_out(fold_name(_JOINS.sub(" & ", segment.text)), wanted.artists_by_length)
        return not (_is_longer_credit(rest) or ("|" in joined and _is_longer_credit(joined)))
    # What says how the upload is presented may use any words for it.
    is_presented = bool(set(rest.split()) & vocabulary().presentation)
    return _names_player(rest) or not is_presented


def _is_of_artist_alone(segment: Segment) -> bool:
    """Whether words beside an artist's name, without the title, are in its script: "ABBA Gold".

    They translate no title, which is elsewhere: "ABBA Gold - Небо".
    """
    if segment.has_title or not segment.has_artist:
        return False
    rest = segment.rest.split()
    name = " ".join(word for word in segment.folded.split() if word not in rest)
    return bool(scripts_of(name) & scripts_of(segment.rest))


def _may_translate(folded: str, wanted: Wanted) -> bool:
    """Whether it may be the wanted title in another language, for it is in other letters.

    Hardly anybody translates what is in Latin letters into those that neither artist nor album are
    in.
    """
    others, vocab = scripts_of(folded) - wanted.title_scripts, vocabulary()
    if not others or not others <= wanted.scripts | {"LATIN"}:
        return False
    # A translation has no new words in the title's own letters.
    plain = (wanted.words, wanted.other_names, vocab.presentation, vocab.decoration)
    return all(
        any(word in words for words in plain)
        for word in _OTHER_LETTERS.sub(r" \g<0> ", folded).split()
        if scripts_of(word) & wanted.title_scripts
    )


def _is_first_name(rest: str) -> bool:
    """Whether one word before an artist's name may be a first name: "ida |"."""
    words = rest.split()
    return len(words) == 2 and words[1] == "|" and not may_be_of_version(words[0])


def _says_what_it_is(segment: Segment, folded: str) -> bool:
    """Whether words that may be a translation of the title rather say what was made of the song."""
    words, vocab = folded.replace("|", " ").split(), vocabulary()
    if not words or not vocab.presentation.isdisjoint(words):
        return False
    # Where there are no spaces, the word for "version" is a part of another.
    is_bare = {*words} <= vocab.version_words | vocab.short
    is_made = words[-1] in vocab.makes and not all(map(is_decoration, words))
    return is_bare or is_made or is_source(segment.text) or speaks_of_style(" ".join(words))


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
    if vocabulary().players.match(rest):
        return True
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
    if vocab.pressing.fullmatch(folded):
        return False
    if is_count(segment.text):
        return not wanted.counts and not {*map(str, numbers_of(folded))} <= wanted.side_numbers
    # Artists of East Asia often have Latin names, too, and their titles in brackets in their own.
    is_translation = _may_translate(folded, wanted) or scripts_of(folded) <= SPACELESS
    if is_translation and not scripts_of(folded) <= wanted.title_scripts:
        return _says_what_it_is(segment, folded)
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
