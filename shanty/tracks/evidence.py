"""What speaks for a candidate and against it, in the words of somebody who compares by ear.

Owns the words. Refuses to know how a score comes about (``matching``): a part that is not known
here is told by its own name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from shanty.models import Candidate, ScorePart, UploadKind

_CERTAIN = 0.98
_UNKNOWN = "unknown"
_TELLING = re.compile(r"\b(lyrics?|(?:music |official )?video|videoclip|clip|mv)\b", re.IGNORECASE)
_KINDS = {
    UploadKind.AUDIO: "the label's own audio",
    UploadKind.OFFICIAL_VIDEO: "official video",
    UploadKind.USER: "uploaded by a listener",
}


class Tone(StrEnum):
    """Whether something speaks for a candidate."""

    FOR = "for"
    NEUTRAL = "neutral"
    AGAINST = "against"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that is known of a candidate, in a few words."""

    text: str
    tone: Tone = Tone.NEUTRAL


def describe_evidence(candidate: Candidate) -> list[Evidence]:
    """What is known of a candidate: its length first, then whose it is, then what is odd."""
    parts = {part.name: part for part in candidate.score_parts if part.weight}
    against = [part for part in candidate.score_parts if not part.weight]
    found = [*_describe_length(parts.get("duration"), against), *_describe_title(candidate, parts)]
    found += _describe_origin(candidate, parts)
    found += _describe_album(parts.get("album"))
    told = {"wrong length"}
    if any(one.tone is Tone.AGAINST and "title" in one.text for one in found):
        told.add("title too far off")
    found += [Evidence(_name(part), Tone.AGAINST) for part in against if part.name not in told]
    other = parts.get("other words")
    if other is not None and other.note:
        found.append(Evidence(f"also says “{other.note}”"))
    return found


def _describe_length(part: ScorePart | None, against: list[ScorePart]) -> Iterator[Evidence]:
    if part is None:
        return
    if part.note == _UNKNOWN:
        yield Evidence("length unknown")
        return
    is_wrong = any(one.name == "wrong length" for one in against)
    tone = Tone.FOR if part.value >= _CERTAIN else Tone.NEUTRAL
    yield Evidence(f"length {part.note}", Tone.AGAINST if is_wrong else tone)


def _describe_title(candidate: Candidate, parts: dict[str, ScorePart]) -> Iterator[Evidence]:
    title = parts.get("title")
    if title is not None:
        is_same = title.value >= _CERTAIN
        yield (
            Evidence("same title", Tone.FOR)
            if is_same
            else Evidence(f"title reads “{title.note or candidate.title}”", Tone.AGAINST)
        )
    said = _TELLING.search(candidate.title)
    presentation = parts.get("presentation")
    if said is not None and presentation is not None and presentation.value == 0:
        yield Evidence(f"title says {said[0]}")


def _describe_origin(candidate: Candidate, parts: dict[str, ScorePart]) -> Iterator[Evidence]:
    channel = parts.get("channel kind")
    if candidate.kind in _KINDS:
        tone = Tone.NEUTRAL if candidate.kind is UploadKind.USER else Tone.FOR
        yield Evidence(_KINDS[candidate.kind], tone)
    elif channel is not None and channel.value >= 1:
        yield Evidence("the label's own audio", Tone.FOR)
    elif candidate.is_verified or (channel is not None and channel.value >= 0.75):
        yield Evidence("official channel", Tone.FOR)
    artists = parts.get("artists")
    if artists is not None and artists.value >= _CERTAIN:
        yield Evidence("names the artist", Tone.FOR)


def _describe_album(part: ScorePart | None) -> Iterator[Evidence]:
    if part is not None and part.note and part.note != _UNKNOWN:
        is_same = part.value >= _CERTAIN
        yield Evidence("same album" if is_same else f"from “{part.note}”", _tone(is_same))


def _tone(is_good: bool) -> Tone:
    return Tone.FOR if is_good else Tone.NEUTRAL


def _name(part: ScorePart) -> str:
    return f"{part.name}: {part.note}" if part.note else part.name
