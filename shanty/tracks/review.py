"""What a person is told about a choice of candidate, and how they overrule it.

Owns the verdict on each candidate, and what accepting and rejecting do. Refuses to know how a
verdict is printed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from shanty.catalog import Catalog
from shanty.catalog.albums import AlbumTrack
from shanty.catalog.distances import REJECTED
from shanty.clock import utc_now
from shanty.config.sections import DownloadSettings
from shanty.db import Database, Transaction
from shanty.errors import ShantyError
from shanty.library.acts import FileActs
from shanty.models import (
    Candidate,
    CandidateStatus,
    Priority,
    ScorePart,
    Stage,
    TrackStatus,
    WantedTrack,
)
from shanty.providers.ytdlp.lists import explain_many, is_of_many
from shanty.tracks.removal import require_filed
from shanty.workqueue import WorkQueue

_URL = re.compile(r"https?://[^\s/]+\S*", re.IGNORECASE)
_REJECTED_BY_HAND = "rejected by hand"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a candidate, in a word, and why."""

    word: str
    why: str


def judge(candidate: Candidate, thresholds: DownloadSettings) -> Verdict:
    """What became of a candidate, and why."""
    match candidate.status:
        case CandidateStatus.CHOSEN:
            return Verdict("taken", "")
        case CandidateStatus.ACCEPTED:
            return Verdict("accepted", "a person wants this one")
        case CandidateStatus.REJECTED:
            return Verdict("rejected", candidate.reject_reason)
    if candidate.score >= thresholds.accept_score:
        return Verdict("good", "good enough to be taken, if the better ones are not")
    word = "unsure" if candidate.score >= thresholds.review_score else "passed over"
    below = f"{candidate.score:.2f} < {thresholds.accept_score:.2f}"
    reasons = _reasons(candidate)
    return Verdict(word, f"{below}; {reasons}" if reasons else below)


def _reasons(candidate: Candidate) -> str:
    """The parts that speak against a candidate; if none does, the part that lacks most."""
    parts = sorted(candidate.score_parts, key=lambda part: part.contribution)
    against = [part for part in parts if part.weight == 0]
    if not against and parts:
        worst = max(parts, key=lambda part: part.weight - part.contribution)
        return f"weakest part: {_name_part(worst)}"
    return ", ".join(map(_name_part, against))


def _name_part(part: ScorePart) -> str:
    return f"{part.name} ({part.note})" if part.note else part.name


def list_reviews(catalog: Catalog) -> list[tuple[WantedTrack, Candidate | None]]:
    """The tracks that wait for a person, each with the best candidate that is left."""
    return [
        (track, next(iter(_left(catalog, track.id)), None))
        for track in catalog.tracks.list_tracks(TrackStatus.NEEDS_REVIEW)
    ]


def choose_reviews(
    catalog: Catalog, *, above: float | None = None, below: float | None = None
) -> list[WantedTrack]:
    """The tracks in review whose best candidate scores at least ``above`` and less than ``below``.

    A track without a candidate is in no such range.
    """
    least = 0.0 if above is None else above
    most = float("inf") if below is None else below
    return [
        track
        for track, best in list_reviews(catalog)
        if best is not None and least <= best.score < most
    ]


def find_neighbour(track: WantedTrack, catalog: Catalog) -> AlbumTrack | None:
    """The nearest track of the same album that is in the library: what this one should sound like.

    None if there is none.
    """
    release = catalog.editions.find(track.release_key)
    media = () if release is None else release.media
    order = [one.recording.mbid for medium in media for one in medium.tracks]
    places = {mbid: number for number, mbid in enumerate(order)}
    here = places.get(track.recording_mbid, 0)

    def distance(one: AlbumTrack) -> int:
        return abs(places.get(one.track.recording_mbid, len(order)) - here)

    filed = [
        one
        for one in catalog.albums.tracks_of(track.release_key)
        if one.track.status is TrackStatus.IN_LIBRARY and one.track.id != track.id
    ]
    return min(filed, key=distance, default=None)


def _left(catalog: Catalog, track_id: int) -> list[Candidate]:
    return [
        candidate
        for candidate in catalog.candidates.of_track(track_id)
        if candidate.status is not CandidateStatus.REJECTED
    ]


def accept(
    track: WantedTrack,
    *,
    database: Database,
    queue: WorkQueue,
    candidate_id: int | None = None,
    url: str | None = None,
    rest: timedelta = timedelta(0),
) -> Candidate:
    """Take a candidate whatever its score: the best, the one named, or the upload at an address.

    Its download goes to the head of the queue, and begins after a ``rest``, in which the decision
    can be taken back. If it turns out to be of no use, the next candidate is tried as usual.

    Raises:
        ShantyError: the track is not in review, is in the queue already, or has no candidate; or
            the address leads to many uploads.
    """
    catalog = Catalog(database)
    if url is not None and not _URL.fullmatch(url):
        raise ShantyError(f"{url!r} is no address such as https://example.org/watch?v=1")
    if url is not None and is_of_many(url):
        raise ShantyError(explain_many(url))
    with database.begin() as tx:
        if url is not None:
            candidate_id = catalog.decisions.add_candidate(tx, track.id, url)
        elif candidate_id is None:
            candidate_id = _best_left(catalog, track)
        catalog.decisions.accept_candidate(tx, track.id, candidate_id)
        _enqueue(queue, tx, track, rest)
    return next(one for one in catalog.candidates.of_track(track.id) if one.id == candidate_id)


def reject(
    track: WantedTrack,
    *,
    database: Database,
    queue: WorkQueue,
    thresholds: DownloadSettings,
    candidate_id: int | None = None,
    is_all: bool = False,
    rest: timedelta = timedelta(0),
) -> tuple[int, TrackStatus]:
    """Never take a candidate: the best, the one named, or all.

    Returns how many were rejected, and the track's new status. The track is wanted if another
    candidate is good enough, stays in review if there is one to ask about, and fails if not. A
    download begins after a ``rest``, as for :func:`accept`.

    Raises:
        ShantyError: the track is not in review, or has no such candidate.
    """
    catalog = Catalog(database)
    review = (TrackStatus.NEEDS_REVIEW,)
    with database.begin() as tx:
        left = _left(catalog, track.id)
        if is_all:
            ids = [one.id for one in left if one.id is not None]
        else:
            ids = [candidate_id if candidate_id is not None else _best_left(catalog, track)]
        left = [one for one in left if one.id not in ids]
        status, reason = _after_rejecting(left, thresholds)
        catalog.decisions.move_track(tx, track.id, review, status, reason)
        catalog.decisions.reject_candidates(tx, track.id, ids, _REJECTED_BY_HAND)
        if status is TrackStatus.FAILED:
            catalog.looks.plan(tx, track.id, Stage.DOWNLOAD, REJECTED)
        if status is TrackStatus.WANTED:
            _enqueue(queue, tx, track, rest)
    return len(ids), status


def reject_filed(track: WantedTrack, acts: FileActs, *, is_all: bool = False) -> int:
    """Move a track's wrong file into the trash, and reject the candidate that it came from.

    ``is_all`` rejects every candidate, and the track fails. Otherwise a new download goes to the
    head of the queue: it takes the best candidate that is left, searches where nothing has been
    searched yet, asks a person, or fails with a sentence. Returns how many candidates were
    rejected.

    Raises:
        ShantyError: Shanty has not filed this file, or other work on the track is under way.
    """
    file = require_filed(track, acts)
    left = _left(acts.catalog, track.id)
    others = [one.id for one in left if one.id not in (None, file.candidate_id)] if is_all else []

    def also(tx: Transaction) -> None:
        acts.catalog.decisions.reject_candidates(
            tx, track.id, [one for one in others if one is not None], _REJECTED_BY_HAND
        )
        if is_all:
            acts.catalog.looks.plan(tx, track.id, Stage.DOWNLOAD, REJECTED)
        else:  # another process may have ended this act in our place, and queued the track
            acts.queue.items.enqueue(tx, track.id, Stage.DOWNLOAD, priority=Priority.FORCED)
            acts.queue.items.hasten(tx, [track.id], Priority.FORCED)

    acts.trash(
        file.path,
        _REJECTED_BY_HAND,
        track_id=track.id,
        track_status=TrackStatus.FAILED if is_all else TrackStatus.WANTED,
        reject_candidate=file.candidate_id,
        also=also,
    )
    return len(others) + (file.candidate_id is not None)


def _after_rejecting(
    left: Sequence[Candidate], thresholds: DownloadSettings
) -> tuple[TrackStatus, str]:
    best = left[0] if left else None
    if best is None or best.score < thresholds.review_score:
        return TrackStatus.FAILED, "a person rejected what was found, and nothing else fits"
    if best.score >= thresholds.accept_score:
        return TrackStatus.WANTED, ""
    return TrackStatus.NEEDS_REVIEW, (
        f"the best candidate left is {best.title!r} with score {best.score:.2f}"
    )


def _best_left(catalog: Catalog, track: WantedTrack) -> int:
    left = _left(catalog, track.id)
    if not left or left[0].id is None:
        raise ShantyError(f"track {track.id} has no candidate left; give one with --url")
    return left[0].id


def _enqueue(queue: WorkQueue, tx: Transaction, track: WantedTrack, rest: timedelta) -> None:
    """Queue a track's download at the head; if a second look is queued, move that one there."""
    item_id = queue.items.enqueue(
        tx, track.id, Stage.DOWNLOAD, priority=Priority.FORCED, run_after=utc_now() + rest
    )
    if item_id is None and not queue.items.hasten_look(tx, track.id, Priority.FORCED):
        raise ShantyError(f"track {track.id} is in the queue already; `shanty queue ls` shows it")
