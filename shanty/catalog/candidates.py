"""What was found for a track, and the fate of each search result."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, select, update

from shanty.catalog.access import CatalogAccess
from shanty.db.tables import candidates
from shanty.models import Candidate, CandidateStatus, ScorePart

_COLUMNS = {"id", "source", "source_id", "url", "title", "score", "score_parts"}
_FATE = {"status", "reject_reason"}


class Candidates(CatalogAccess):
    """Search results: stored, chosen, rejected."""

    def record_candidates(self, tx: Connection, track_id: int, found: Iterable[Candidate]) -> None:
        """Store search results with their scores. The fate of one already known is kept."""
        now = self._clock()
        for candidate in found:
            document = {
                key: value
                for key, value in asdict(candidate).items()
                if key not in _COLUMNS | _FATE
            }
            values = {
                "track_id": track_id,
                "source": candidate.source,
                "source_id": candidate.source_id,
                "url": candidate.url,
                "title": candidate.title,
                "document": document,
                "score": candidate.score,
                "score_parts": [asdict(part) for part in candidate.score_parts],
                "status": CandidateStatus.FOUND,
                "found_at": now,
            }
            self._upsert(
                tx,
                candidates,
                values,
                conflict=("track_id", "source", "source_id"),
                replaced=("url", "title", "document", "score", "score_parts"),
            )

    def candidates_of(self, track_id: int) -> list[Candidate]:
        """What was found for a track, best first, rejected ones too."""
        query = (
            select(candidates)
            .where(candidates.c.track_id == track_id)
            .order_by(candidates.c.score.desc(), candidates.c.id)
        )
        with self._database.read() as connection:
            return [_candidate(row) for row in connection.execute(query)]

    def choose_candidate(self, tx: Connection, track_id: int, candidate_id: int) -> None:
        """Mark the candidate whose file was taken; an earlier choice falls back to *found*."""
        tx.execute(
            update(candidates)
            .where(
                candidates.c.track_id == track_id,
                candidates.c.status == CandidateStatus.CHOSEN,
                candidates.c.id != candidate_id,
            )
            .values(status=CandidateStatus.FOUND)
        )
        tx.execute(
            update(candidates)
            .where(candidates.c.id == candidate_id)
            .values(status=CandidateStatus.CHOSEN)
        )

    def reject_candidate(self, tx: Connection, candidate_id: int, reason: str) -> None:
        """Remember a candidate as useless: it is never picked again."""
        tx.execute(
            update(candidates)
            .where(candidates.c.id == candidate_id)
            .values(status=CandidateStatus.REJECTED, reject_reason=reason)
        )


def _candidate(row: Row[Any]) -> Candidate:
    document = {**row.document, "artists": tuple(row.document.get("artists", ()))}
    return Candidate(
        **document,
        id=row.id,
        source=row.source,
        source_id=row.source_id,
        url=row.url,
        title=row.title,
        score=row.score,
        score_parts=tuple(ScorePart(**part) for part in row.score_parts),
        status=CandidateStatus(row.status),
        reject_reason=row.reject_reason,
    )
