"""The score of a candidate: a number from 0 to 1, with every part that made it.

Weighted parts add up; after them, whatever speaks against the candidate takes a share away. That
makes the score sound: with weights alone, two good parts carry a wrong third over the threshold
(the right length and artist, another song). The contributions of all parts add up to the score.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from shanty.matching.titles import Reading, drop_credits, normalize_title, read_title
from shanty.matching.versions import find_objections
from shanty.matching.wanted import ALIKE, LEADER, NEARLY, Wanted
from shanty.matching.words import is_decoration
from shanty.models import Candidate, ScorePart, UploadKind
from shanty.music.names import (
    bare_channel,
    best_ratio,
    contains,
    count,
    fold_name,
    scripts_of,
    topic_artist,
)

WEIGHTS = {
    "title": 0.37,
    "artists": 0.23,
    "duration": 0.31,
    "other words": 0.03,
    "presentation": 0.02,
    "channel kind": 0.02,
    "uploader": 0.01,
    "album": 0.01,
}
_TITLE_GATE = 0.92  # a title less alike than this pulls everything down with it
_TITLE_POWER = 4
_ARTIST_GATE = 0.8  # what is left when there is no trace of the artist: enough for a review
_OTHER_ARTIST_FACTOR = 0.5
_OTHER_NAME_FACTOR = 0.7
_WRONG_LENGTH_FACTOR = 0.5
_UNSURE_FACTOR = 0.748  # for a person
_UNCLEAR_SPLIT_FACTOR = 0.92
_SAME_TITLE = 0.93
_UNKNOWN = 0.5
_HOPELESS = 0.5  # a title less alike than this is out, and needs no more reasons
_UNKNOWN_LENGTH = 0.7  # where the site says none
_NEAR_SECONDS = 3.0  # further off than this, and it is shown as 4 s

# Lengths: sites round to the second; beyond a second the score falls, and is 0 at 15 s more.
# For short tracks both are shares of the length, for there 15 s is a song of its own.
_LEAST_GRACE_SECONDS, _GRACE_SHARE, _MOST_GRACE_SECONDS = 0.25, 0.05, 1.0
_LEAST_FALL_SECONDS, _FALL_SHARE, _MOST_FALL_SECONDS = 1.0, 0.15, 15.0

# Of unknown length, a recording as long as this is rarer than an album, a mix or a loop of it.
_LONG_SECONDS = 15 * 60


@dataclass(slots=True)
class _Total:
    """A score in the making."""

    score: float = 0.0
    parts: list[ScorePart] = field(default_factory=list)

    def add(self, name: str, value: float, note: str = "") -> None:
        weight = WEIGHTS[name]
        self.score += weight * value
        self.parts.append(ScorePart(name, round(value, 4), weight, round(weight * value, 4), note))

    def add_unknown(self, *names: str) -> None:
        """Parts that nothing is known of are as good as the others together: they do not weigh."""
        mean = self.score / sum(part.weight for part in self.parts)
        for name in names:
            self.add(name, mean, "unknown")

    def reduce(self, name: str, factor: float, note: str) -> None:
        if factor >= 1:
            return
        loss = self.score * (1 - factor)
        self.score -= loss
        self.parts.append(ScorePart(name, round(factor, 4), 0.0, round(-loss, 4), note))


@dataclass(frozen=True, slots=True)
class _Artists:
    value: float
    other: str = ""
    factor: float = 1.0


def score_candidate(candidate: Candidate, wanted: Wanted) -> tuple[float, tuple[ScorePart, ...]]:
    """How well a candidate fits, 0 to 1, and the parts of it."""
    text = normalize_title(candidate.title)
    channel = candidate.channel or candidate.uploader
    readings = read_title(text)
    likeness, reading = _score_title(candidate, channel, readings, wanted)
    artists = _score_artists(candidate, channel, text, readings, wanted)
    duration = _score_duration(candidate.duration_seconds, wanted.seconds)
    total = _Total()
    total.add("title", likeness, reading.title)
    total.add("artists", artists.value)
    total.add("duration", duration, _describe_duration(candidate, wanted))
    others = _other_words(text, channel, wanted)
    total.add("other words", 1 / (1 + len(others)), " ".join(others))
    total.add("presentation", _score_presentation(text))
    uploader = best_ratio([fold_name(bare_channel(channel))], wanted.artists) >= ALIKE
    is_theirs = wanted.owns_channel(channel)
    if channel:
        total.add("channel kind", _score_channel(channel))
        total.add("uploader", 1.0 if uploader else _UNKNOWN, candidate.uploader)
    else:
        total.add_unknown("channel kind", "uploader")
    if candidate.album and wanted.album:
        total.add(
            "album", best_ratio([fold_name(candidate.album)], [wanted.album]), candidate.album
        )
    else:
        total.add_unknown("album")
    total.reduce("title too far off", (likeness / _TITLE_GATE) ** _TITLE_POWER, reading.title)
    trace = _ARTIST_GATE + (1 - _ARTIST_GATE) * artists.value
    total.reduce("artist not named", trace, "")
    total.reduce("another artist", artists.factor, artists.other)
    if 0 < artists.value <= NEARLY:
        total.reduce("nearly the artist's name", _UNSURE_FACTOR, "")
    if duration == 0:
        total.reduce("wrong length", _WRONG_LENGTH_FACTOR, _describe_duration(candidate, wanted))
    elif not is_theirs and _is_another_length(candidate, wanted):
        total.reduce("another length", _UNSURE_FACTOR, _describe_duration(candidate, wanted))
    if not wanted.seconds and (candidate.duration_seconds or 0) > _LONG_SECONDS:
        total.reduce("very long for an unknown length", _UNSURE_FACTOR, _minutes(candidate))
    elif not wanted.seconds and candidate.duration_seconds and not is_theirs:
        total.reduce("unknown length", _UNSURE_FACTOR, _minutes(candidate))
    if likeness < _HOPELESS:
        return _result(total)
    is_by_artist = artists.value >= ALIKE
    for objection in find_objections(candidate, text, wanted, is_by_artist=is_by_artist):
        total.reduce(*objection)
    return _result(total)


def _result(total: _Total) -> tuple[float, tuple[ScorePart, ...]]:
    return round(max(0.0, min(1.0, total.score)), 4), tuple(total.parts)


# --- title --------------------------------------------------------------------------------------


def _score_title(
    candidate: Candidate, channel: str, readings: Sequence[Reading], wanted: Wanted
) -> tuple[float, Reading]:
    """How alike the titles are, by the reading that fits best."""
    if candidate.track:
        track = normalize_title(candidate.track)
        return wanted.title_likeness(track), Reading(track, "")
    best, chosen = -1.0, Reading(candidate.title, "")
    by_channel = wanted.artist_likeness(fold_name(bare_channel(channel))) >= ALIKE
    for reading in readings:
        likeness = wanted.title_likeness(reading.title)
        # "A - B" is a title and its artist only if one of them is the artist.
        is_clear = not reading.rest or by_channel
        if not is_clear and likeness > best:
            is_clear = wanted.artist_likeness(fold_name(reading.rest)) >= ALIKE
        likeness *= 1 if is_clear else _UNCLEAR_SPLIT_FACTOR
        if likeness > best:
            best, chosen = likeness, reading
    return max(best, 0.0), chosen


def _other_words(text: str, channel: str, wanted: Wanted) -> list[str]:
    """Words of a candidate's title that nothing explains: neither the names nor decoration."""
    known = wanted.words | set(fold_name(channel).split())
    words = dict.fromkeys(fold_name(drop_credits(text)).split())
    return [
        word
        for word in words
        if word not in known and not is_decoration(word) and not word.isdecimal()
    ]


# --- artists ------------------------------------------------------------------------------------


def _score_artists(
    candidate: Candidate,
    channel: str,
    text: str,
    readings: Sequence[Reading],
    wanted: Wanted,
) -> _Artists:
    if not wanted.artists:
        return _Artists(_UNKNOWN)
    title = fold_name(text)
    # A name that is in the song's own title proves nothing by being there as often.
    for names, value in ((wanted.artists, 1.0), (wanted.leaders, LEADER)):
        if any(count(title, name) > count(wanted.own_title, name) for name in names):
            return _Artists(value)
    places = [*candidate.artists, channel, candidate.uploader]
    named = {fold_name(bare_channel(name)) for name in places if name}
    rests = {fold_name(reading.rest) for reading in readings if reading.rest}
    if wanted.people:
        # There may be no separator between their names and the title: "Berg & Lund Copper Sky".
        rests.add(" ".join(title.replace(wanted.own_title, " ").split()))
    if not any(contains(wanted.own_title, name) for name in wanted.artists):
        named |= rests
    best = max((wanted.artist_likeness(place) for place in named), default=0.0)
    if best >= ALIKE:
        return _Artists(best)
    other = _other_artist(candidate, channel)
    if other and _is_comparable(other, wanted):
        return _Artists(0.0, other, _OTHER_ARTIST_FACTOR)
    for reading in readings:
        rest = drop_credits(reading.rest)
        is_name = any(not is_decoration(word) for word in fold_name(rest).split())
        if not is_name or not _is_comparable(rest, wanted):
            continue
        if wanted.title_likeness(reading.title) >= _SAME_TITLE:
            return _Artists(0.0, rest, _OTHER_NAME_FACTOR)
    return _Artists(0.0)


def _other_artist(candidate: Candidate, channel: str) -> str:
    """The artist that a candidate is said to be by, where that is said beyond doubt."""
    if candidate.artists:
        return ", ".join(candidate.artists)
    return topic_artist(channel)


def _is_comparable(name: str, wanted: Wanted) -> bool:
    """Whether two names are written in the same script: else they may be the same one."""
    return bool(scripts_of(fold_name(name)) & wanted.artist_scripts)


# --- duration, channel, album -------------------------------------------------------------------


def _score_duration(found: float | None, expected: float | None) -> float:
    if found is None:
        return _UNKNOWN_LENGTH
    if not expected or not math.isfinite(found):
        return _UNKNOWN
    grace = min(_MOST_GRACE_SECONDS, max(_LEAST_GRACE_SECONDS, _GRACE_SHARE * expected))
    fall = min(_MOST_FALL_SECONDS, max(_LEAST_FALL_SECONDS, _FALL_SHARE * expected))
    return max(0.0, min(1.0, 1 - (abs(found - expected) - grace) / fall))


def _is_another_length(candidate: Candidate, wanted: Wanted) -> bool:
    """Whether it is so far off that only the label's or the artist's own upload may be it."""
    if not candidate.duration_seconds or not wanted.seconds or is_labels_own(candidate):
        return False
    return not abs(candidate.duration_seconds - wanted.seconds) <= _NEAR_SECONDS


def is_labels_own(candidate: Candidate) -> bool:
    """Whether an upload is the label's: its site says so, or its channel is a generated one.

    Nobody else's upload has an album and artists of its own.
    """
    if candidate.kind is not UploadKind.UNKNOWN:
        return candidate.kind is not UploadKind.USER
    return bool(topic_artist(candidate.channel) or (candidate.album and candidate.artists))


def _describe_duration(candidate: Candidate, wanted: Wanted) -> str:
    found = candidate.duration_seconds
    if found is None or not wanted.seconds or not math.isfinite(found):
        return "unknown"
    return f"{round(found - wanted.seconds):+} s"  # never "-0 s"


def _minutes(candidate: Candidate) -> str:
    return f"{(candidate.duration_seconds or 0) / 60:.0f} min"


def _score_presentation(text: str) -> float:
    """Audio is the recording itself; a video may have more than that in it."""
    title = fold_name(text)
    if "official audio" in title:
        return 1.0
    return 0.0 if re.search(r"\b(?:lyrics?|video|videoclip|clip|mv|m v)\b", title) else _UNKNOWN


def _score_channel(channel: str) -> float:
    """Auto-generated uploads are the label's own files; an official channel's mostly are."""
    if topic_artist(channel):
        return 1.0
    return 0.75 if re.search(r"(?i)(?:vevo|official|records|recordings)$", channel) else _UNKNOWN
