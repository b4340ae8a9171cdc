"""What a person decides: which candidate a track in review gets.

Every change is one guarded UPDATE, which fails loudly if the track's status has changed meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from sqlalchemy import Connection, delete, select, update

from shanty.catalog.access import CatalogAccess, Clock
from shanty.catalog.candidates import Candidates
from shanty.db import Database
from shanty.db.tables import candidates, tracks
from shanty.errors import NotFoundError, ShantyError
from shanty.models import Candidate, CandidateStatus, TrackStatus, WantedTrack

BY_HAND = "url"
"""The source of candidates that a person has supplied."""

_ACCEPTABLE = (TrackStatus.NEEDS_REVIEW, TrackStatus.FAILED, TrackStatus.REMOVED)


class Decisions(CatalogAccess):
    """Candidates that a person supplies, accepts or rejects."""

    def __init__(self, database: Database, clock: Clock, *, candidates: Candidates):
        super().__init__(database, clock)
        self._candidates = candidates

    def add_candidate(self, tx: Connection, track_id: int, url: str) -> int:
        """Store an address as a candidate of a track, unless it is one already; return its id."""
        same = select(candidates.c.id).where(
            candidates.c.track_id == track_id, candidates.c.url == url
        )
        known = tx.scalars(same.order_by(candidates.c.id)).first()
        if known is not None:
            return int(known)
        source_id = hashlib.sha256(url.encode()).hexdigest()[:16]
        self._candidates.record(tx, track_id, [Candidate(BY_HAND, source_id, url, title=url)])
        return int(tx.scalars(same).one())

    def accept_candidate(self, tx: Connection, track_id: int, candidate_id: int) -> None:
        """Accept this candidate, and make the track wanted again.

        Raises:
            ShantyError: the track is not (or no longer) in review, failed or removed.
            NotFoundError: the track has no such candidate.
        """
        self.move_track(tx, track_id, _ACCEPTABLE, TrackStatus.WANTED)
        mine = candidates.c.track_id == track_id
        tx.execute(
            update(candidates)
            .where(mine, candidates.c.status == CandidateStatus.ACCEPTED)
            .values(status=CandidateStatus.FOUND)
        )
        accepted = tx.execute(
            update(candidates)
            .where(mine, candidates.c.id == candidate_id)
            .values(status=CandidateStatus.ACCEPTED, reject_reason="")
        )
        if accepted.rowcount != 1:
            raise _no_such_candidate(track_id, candidate_id)

    def reject_candidates(
        self, tx: Connection, track_id: int, candidate_ids: Collection[int], reason: str
    ) -> None:
        """Reject candidates of a track.

        Raises:
            NotFoundError: the track has no such candidate, or it was rejected before.
        """
        for candidate_id in candidate_ids:
            rejected = tx.execute(
                update(candidates)
                .where(
                    candidates.c.track_id == track_id,
                    candidates.c.id == candidate_id,
                    candidates.c.status != CandidateStatus.REJECTED,
                )
                .values(status=CandidateStatus.REJECTED, reject_reason=reason)
            )
            if rejected.rowcount != 1:
                raise _no_such_candidate(track_id, candidate_id)

    def restore(
        self, tx: Connection, track: WantedTrack, after: TrackStatus, fates: Collection[Candidate]
    ) -> None:
        """Give a track the status and the candidates that it had before a decision.

        ``after`` is the status that the decision has led to. An address that a person has supplied
        since is forgotten.

        Raises:
            ShantyError: the track's status is no longer ``after``.
        """
        self.move_track(tx, track.id, (after,), track.status, track.reason)
        for one in fates:
            tx.execute(
                update(candidates)
                .where(candidates.c.track_id == track.id, candidates.c.id == one.id)
                .values(status=one.status, reject_reason=one.reject_reason)
            )
        tx.execute(
            delete(candidates).where(
                candidates.c.track_id == track.id,
                candidates.c.source == BY_HAND,
                candidates.c.id.not_in([one.id for one in fates]),
            )
        )

    def move_track(
        self,
        tx: Connection,
        track_id: int,
        before: Collection[TrackStatus],
        after: TrackStatus,
        reason: str = "",
    ) -> None:
        """Change the status of a track, if it is still one of ``before``.

        Raises:
            ShantyError: the status is another one.
        """
        moved = tx.execute(
            update(tracks)
            .where(tracks.c.id == track_id, tracks.c.status.in_(before))
            .values(status=after, reason=reason, updated_at=self._clock())
        )
        if moved.rowcount != 1:
            status = tx.scalar(select(tracks.c.status).where(tracks.c.id == track_id)) or "gone"
            raise ShantyError(
                f"track {track_id} is not in review: it is {str(status).replace('_', ' ')}; "
                "`shanty review ls` shows those that are"
            )


def _no_such_candidate(track_id: int, candidate_id: int) -> NotFoundError:
    return NotFoundError(
        f"track {track_id} has no candidate {candidate_id} to accept or reject; "
        f"`shanty explain {track_id}` lists them"
    )
