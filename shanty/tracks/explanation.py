"""Why a track has the file that it has, or none: what was asked, found and taken, as one value."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from shanty.catalog import Catalog
from shanty.catalog.searches import Search
from shanty.config.sections import DownloadSettings
from shanty.errors import NotFoundError
from shanty.models import Candidate, CandidateStatus, TrackFile, WantedTrack
from shanty.tracks.review import Verdict, judge


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate with what became of it."""

    candidate: Candidate
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is known of the choice for a track; candidates are best first.

    ``disambiguation`` is MusicBrainz' own comment on the recording, such as *demo*.
    """

    track: WantedTrack
    disambiguation: str
    file: TrackFile | None
    candidates: tuple[Judged, ...]
    searches: tuple[Search, ...]
    next_look_at: datetime | None

    @property
    def source(self) -> Judged | None:
        """The candidate that the track's file came from."""
        if self.file is None or self.file.candidate_id is None:
            return None
        return next(
            (one for one in self.candidates if one.candidate.id == self.file.candidate_id), None
        )

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
    return Explanation(
        track,
        disambiguation,
        catalog.files.of_track(track.id),
        tuple(Judged(one, judge(one, thresholds)) for one in catalog.candidates.of_track(track.id)),
        tuple(catalog.searches.of_track(track.id)),
        catalog.looks.next_of(track.id),
    )
