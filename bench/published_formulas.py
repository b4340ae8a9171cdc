"""Two published ways of choosing an upload, from their description, to compare with.

Where a description leaves something open, it is read in the formula's favour.
"""

from __future__ import annotations

import math
import re

from rapidfuzz import fuzz

from shanty.models import Candidate
from shanty.music.entities import Recording

_UNWANTED = (
    *("live", "remix", "cover", "slowed", "acoustic", "instrumental", "reverb", "karaoke"),
    *("8d", "bassboosted", "bass boosted", "concert", "acapella", "sped up"),
)


def score_as_spotdl(candidate: Candidate, recording: Recording) -> float:
    """spotDL: names above 60, artists from 70, lengths falling exponentially; 0 is *dropped*.

    -15 on the name for each of some words that are there and not wanted. There is no minimum: the
    best that is not dropped is taken.
    """
    title, artist = _fold(candidate.title), _fold(recording.artist_credit.name)
    wanted = _fold(recording.title)
    name = max(
        fuzz.ratio(wanted, title),
        fuzz.token_sort_ratio(f"{artist} {wanted}", title),
        fuzz.ratio(wanted, _without(title, artist)),
    )
    name -= 15 * _count_unwanted(candidate, recording)
    artists = max(
        fuzz.partial_ratio(artist, title) if artist else 0,
        fuzz.ratio(artist, _fold(candidate.channel)),
    )
    seconds = abs((candidate.duration_seconds or 0) - (recording.length_ms or 0) / 1000)
    if name <= 60 or artists < 70 or seconds > 13.9:
        return 0.0
    time = 100 * math.exp(-0.1 * seconds)
    return (name + artists + time) / 300


def score_as_music_grabber(candidate: Candidate, recording: Recording) -> float:
    """MusicGrabber: .55 title, .30 artist, .15 length; ×0.4 for unwanted versions; floor 0.55."""
    title, artist = _fold(candidate.title), _fold(recording.artist_credit.name)
    wanted = _fold(recording.title)
    likeness = max(
        fuzz.ratio(wanted, title),
        fuzz.ratio(wanted, _without(title, artist)),
        fuzz.ratio(f"{artist} {wanted}", title),
    )
    artists = max(fuzz.partial_ratio(artist, title), fuzz.ratio(artist, _fold(candidate.channel)))
    seconds = abs((candidate.duration_seconds or 0) - (recording.length_ms or 0) / 1000)
    length = max(0.0, 1 - seconds / 30)
    score = 0.55 * likeness / 100 + 0.30 * artists / 100 + 0.15 * length
    return score * (0.4 if _count_unwanted(candidate, recording) else 1)


def _count_unwanted(candidate: Candidate, recording: Recording) -> int:
    found, wanted = f" {_fold(candidate.title)} ", f" {_fold(recording.title)} "
    return sum(f" {word} " in found and f" {word} " not in wanted for word in _UNWANTED)


def _without(title: str, artist: str) -> str:
    bare = title.replace(artist, " ") if artist else title
    decoration = r"\b(?:official|music|lyrics?|video|audio|hd|hq|mv|topic|visualizer)\b"
    return " ".join(re.sub(decoration, " ", bare).split()) or title


def _fold(text: str) -> str:
    return " ".join(re.sub(r"[^\w]+", " ", text.casefold()).split())
