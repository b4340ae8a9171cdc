"""Why a track has the file that it has, or none: what was asked, found and taken, as one value."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from shanty.catalog import Catalog
from shanty.catalog.searches import Search
from shanty.config.sections import DownloadSettings
from shanty.errors import NotFoundError
from shanty.models import Candidate, CandidateStatus, TrackFile, WantedTrack
from shanty.music.fingerprint import MOST_ERRORS, Fingerprint, error_rate
from shanty.tracks.review import Verdict, judge


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate with what became of it."""

    candidate: Candidate
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class SoundCompared:
    """How another upload of a track sounds beside the one that explains most.

    ``error_rate`` is the share of their fingerprints' bits that differ.
    """

    candidate: Candidate
    error_rate: float

    @property
    def is_same(self) -> bool:
        """Whether both are the same sound."""
        return self.error_rate <= MOST_ERRORS

    def describe(self) -> str:
        """What they sound like together, in words for people."""
        word = "the same" if self.is_same else "different"
        return f"{word}, {self.error_rate:.0%} of their bits differ"


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is known of the choice for a track; candidates are best first.

    ``disambiguation`` is MusicBrainz' own comment on the recording, such as *demo*. ``compared``
    are the other uploads that were fetched too, so that their sound is known.
    """

    track: WantedTrack
    disambiguation: str
    file: TrackFile | None
    candidates: tuple[Judged, ...]
    searches: tuple[Search, ...]
    next_look_at: datetime | None
    compared: tuple[SoundCompared, ...] = ()

    @property
    def source(self) -> Judged | None:
        """The candidate that the track's file came from."""
        if self.file is None or self.file.candidate_id is None:
            return None
        return next(
            (one for one in self.candidates if one.candidate.id == self.file.candidate_id), None
        )

    @property
    def useless(self) -> list[Judged]:
        """The candidates that were tried, or looked at, and rejected, without the main one."""
        return [
            one
            for one in self.candidates
            if one.candidate.status is CandidateStatus.REJECTED and one is not self.main
        ]

    @property
    def main(self) -> Judged | None:
        """The candidate that explains most: what the file came from, else the best that is left."""
        left = [
            one for one in self.candidates if one.candidate.status is not CandidateStatus.REJECTED
        ]
        return self.source or next(iter([*left, *self.candidates]), None)


def explain_track(
    track: WantedTrack, catalog: Catalog, thresholds: DownloadSettings
) -> Explanation:
    """Gather what is known of the choice for a track; costs no request."""
    disambiguation = ""
    with suppress(NotFoundError):
        disambiguation = catalog.tracks.get_placement(track.id).recording.disambiguation
    found = Explanation(
        track,
        disambiguation,
        catalog.files.of_track(track.id),
        tuple(Judged(one, judge(one, thresholds)) for one in catalog.candidates.of_track(track.id)),
        tuple(catalog.searches.of_track(track.id)),
        catalog.looks.next_of(track.id),
    )
    return replace(found, compared=tuple(_compare_sounds(found, catalog)))


def _compare_sounds(found: Explanation, catalog: Catalog) -> Iterator[SoundCompared]:
    """Compare what the upload that explains most sounds like with the others that were fetched."""
    main = found.main
    sound = None if main is None else _find_sound(main.candidate, catalog)
    if main is None or sound is None:
        return
    for one in found.candidates:
        other = None if one is main else _find_sound(one.candidate, catalog)
        rate = None if other is None else error_rate(sound, other)
        if rate is not None:
            yield SoundCompared(one.candidate, rate)


def _find_sound(candidate: Candidate, catalog: Catalog) -> Fingerprint | None:
    return None if candidate.id is None else catalog.fingerprints.find(candidate.id)
