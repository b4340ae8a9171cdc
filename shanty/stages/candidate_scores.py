"""How the candidates of one track are scored, with all that is known of what is wanted.

Owns what a recording is known by when its candidates are scored, and when they are scored again.
Refuses to know which candidate is taken.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from shanty.catalog.candidates import DECIDED
from shanty.catalog.decisions import BY_HAND
from shanty.errors import UnlikeError
from shanty.matching import find_first_year, rank
from shanty.models import Candidate, WorkItem
from shanty.music.entities import ArtistCredit, Placement, Recording, Release
from shanty.stages.contract import Services


def know_recording(placement: Placement, services: Services) -> Recording:
    """The recording with all that is known of it: its artists' aliases, what its release is, and
    the length on that release if it has none of its own.
    """
    recording, parts = placement.recording, []
    for part in recording.artist_credit.parts:
        known = services.catalog.discographies.find_artist(part.artist.mbid)
        parts.append(part if known is None else replace(part, artist=known.artist))
    return replace(
        recording,
        artist_credit=ArtistCredit(tuple(parts)),
        length_ms=recording.length_ms or placement.track.length_ms,
        release_types=placement.release.release_group.secondary_types,
    )


def score_anew(item: WorkItem, recording: Recording, release: Release, services: Services) -> None:
    """Score the stored candidates by today's knowledge: scoring and recordings change with time."""
    stored = {candidate.id: candidate for candidate in _scored_by_us(item, services)}
    scored = rank_for(stored.values(), recording, release)
    changed = [one for one in scored if one.score_parts != stored[one.id].score_parts]
    if changed:
        with services.database.begin() as tx:
            services.catalog.candidates.record(tx, item.track_id, changed)


def rank_for(
    candidates: Iterable[Candidate], recording: Recording, release: Release
) -> list[Candidate]:
    """Candidates scored for a recording as it is on a release, best first."""
    return rank(candidates, recording, release.title, first_year=find_first_year(release))


def judge_page(
    item: WorkItem, placement: Placement, services: Services, candidate: Candidate
) -> None:
    """Score a candidate anew by what its own page says, and store the result.

    Raises:
        UnlikeError: with its new score, the candidate would not be taken.
    """
    if candidate.status in DECIDED:
        return
    recording = know_recording(placement, services)
    # What the others say of the song counts here as it did when they were found.
    others = [one for one in _scored_by_us(item, services) if one.key != candidate.key]
    ranked = rank_for([candidate, *others], recording, placement.release)
    scored = next(one for one in ranked if one.key == candidate.key)
    if scored.score_parts == candidate.score_parts:
        return
    with services.database.begin() as tx:
        services.queue.items.hold(tx, item)
        services.catalog.candidates.record(tx, item.track_id, [scored])
    if scored.score < services.settings.download.accept_score:
        raise UnlikeError(f"the page of {candidate.title!r} speaks against it")


def _scored_by_us(item: WorkItem, services: Services) -> list[Candidate]:
    """The stored candidates of a track, without those that a person has named."""
    stored = services.catalog.candidates.of_track(item.track_id)
    return [one for one in stored if one.source != BY_HAND]
