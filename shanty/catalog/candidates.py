"""What was found for a track, and the fate of each search result."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Executable,
    Row,
    and_,
    bindparam,
    delete,
    func,
    select,
    update,
)

from shanty.catalog.access import CatalogAccess
from shanty.db.tables import candidates, files, set_aside, tracks, wanted_logins
from shanty.models import Candidate, CandidateStatus, ScorePart, TrackStatus, UploadKind

_COLUMNS = {"id", "source", "source_id", "url", "title", "score", "score_parts"}
_FATE = {"status", "reject_reason"}
_IN_DOCUMENT = [one.name for one in fields(Candidate) if one.name not in _COLUMNS | _FATE]

DECIDED = (CandidateStatus.ACCEPTED, CandidateStatus.CHOSEN)
"""These are taken whatever their score. A chosen one had a file, which staging has lost."""


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A candidate that is no longer rejected, and its track's status at that time."""

    track_id: int
    track_status: TrackStatus
    candidate: Candidate


def _select_taken() -> Executable:
    """The uploads among a track's candidates that are the file of another track."""
    mine, other = candidates.alias("mine"), candidates.alias("other")
    track_id: BindParameter[int] = bindparam("track_id")
    return (
        select(other.c.source, other.c.source_id, tracks.c.artist, tracks.c.title)
        .join_from(other, tracks, tracks.c.id == other.c.track_id)
        .join(files, files.c.candidate_id == other.c.id)
        .join(
            mine,
            and_(mine.c.source == other.c.source, mine.c.source_id == other.c.source_id),
        )
        .where(mine.c.track_id == track_id, other.c.track_id != track_id)
    )


_TAKEN_ELSEWHERE = _select_taken()
"""Made once: making it takes longer than running it, and a download asks several times."""


def _to_row(track_id: int, candidate: Candidate, now: datetime) -> dict[str, Any]:
    """A candidate that was just found, as a row of the table."""
    return {
        "track_id": track_id,
        "source": candidate.source,
        "source_id": candidate.source_id,
        "url": candidate.url,
        "title": candidate.title,
        "document": {name: getattr(candidate, name) for name in _IN_DOCUMENT},
        "score": candidate.score,
        "score_parts": [asdict(part) for part in candidate.score_parts],
        "status": CandidateStatus.FOUND,
        "found_at": now,
    }


class Candidates(CatalogAccess):
    """Search results: stored, chosen, rejected."""

    def record(self, tx: Connection, track_id: int, found: Iterable[Candidate]) -> None:
        """Store search results with their scores. A known candidate keeps its fate."""
        now = self._clock()
        self._upsert(
            tx,
            candidates,
            [_to_row(track_id, candidate, now) for candidate in found],
            conflict=("track_id", "source", "source_id"),
            replaced=("url", "title", "document", "score", "score_parts"),
        )

    def of_track(self, track_id: int) -> list[Candidate]:
        """Return the candidates of a track, best first, including rejected ones."""
        query = (
            select(candidates)
            .where(candidates.c.track_id == track_id)
            .order_by(candidates.c.score.desc(), candidates.c.id)
        )
        with self._database.read() as connection:
            return [_candidate(row) for row in connection.execute(query)]

    def best_scores(self, track_status: TrackStatus) -> dict[int, float]:
        """Return the best score that is left to each track of a status; without those of none."""
        query = (
            select(candidates.c.track_id, func.max(candidates.c.score))
            .join(tracks, tracks.c.id == candidates.c.track_id)
            .where(
                tracks.c.status == track_status,
                candidates.c.status != CandidateStatus.REJECTED,
            )
            .group_by(candidates.c.track_id)
        )
        with self._database.read() as connection:
            return {row[0]: float(row[1]) for row in connection.execute(query)}

    def taken_elsewhere(self, connection: Connection, track_id: int) -> dict[str, str]:
        """The candidates of a track whose audio is the file of another one: key, and its label.

        A track is one recording, so the other one is another recording.
        """
        return {
            f"{row.source}:{row.source_id}": f"{row.artist} – {row.title}"
            for row in connection.execute(_TAKEN_ELSEWHERE, {"track_id": track_id})
        }

    def hold_upload(self, tx: Connection, candidate: Candidate) -> None:
        """Let whoever else takes the same upload wait until this transaction ends.

        :meth:`taken_elsewhere` afterwards sees what they have taken.
        """
        if tx.dialect.name == "postgresql":  # SQLite has one writer at a time
            key = func.hashtextextended(candidate.key, 0)
            tx.execute(select(func.pg_advisory_xact_lock(key)))

    def choose(self, tx: Connection, track_id: int, candidate_id: int) -> None:
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

    def reject(self, tx: Connection, candidate_id: int, reason: str) -> None:
        """Reject a candidate: it is never picked again."""
        tx.execute(
            update(candidates)
            .where(candidates.c.id == candidate_id)
            .values(status=CandidateStatus.REJECTED, reject_reason=reason)
        )
        # An earlier rejection, until a login or until the next look, no longer applies.
        for table in (wanted_logins, set_aside):
            tx.execute(delete(table).where(table.c.candidate_id == candidate_id))

    def set_aside(self, tx: Connection, candidate_id: int, reason: str) -> None:
        """Reject a candidate that could not be fetched, until the next look at its track."""
        query = select(candidates.c.status).where(candidates.c.id == candidate_id)
        status_before = tx.scalar(query) or CandidateStatus.FOUND
        self.reject(tx, candidate_id, reason)
        row = {"candidate_id": candidate_id, "status_before": status_before}
        self._upsert(tx, set_aside, row, conflict=("candidate_id",))

    def has_set_aside(self, connection: Connection, track_id: int) -> bool:
        """Whether a track has a candidate that is only set aside."""
        query = select(candidates.c.id).join(set_aside).where(candidates.c.track_id == track_id)
        return connection.scalar(query.limit(1)) is not None

    def take_back_set_aside(self, tx: Connection, track_ids: Collection[int]) -> int:
        """Make the set-aside candidates of these tracks candidates again; return how many."""
        query = (
            select(candidates, set_aside.c.status_before)
            .join(set_aside)
            .where(
                candidates.c.track_id.in_(track_ids),
                candidates.c.status == CandidateStatus.REJECTED,
            )
            .order_by(candidates.c.id)
        )
        rows = tx.execute(query).all()
        for row in rows:
            tx.execute(delete(set_aside).where(set_aside.c.candidate_id == row.id))
            tx.execute(
                update(candidates)
                .where(candidates.c.id == row.id)
                .values(status=self._status_again(tx, row), reject_reason="")
            )
        return len(rows)

    def reject_until_login(
        self, tx: Connection, candidate_id: int, reason: str, generation: str
    ) -> None:
        """Reject a candidate until other cookies are signed in.

        ``generation`` is that of the cookies whose login did not help; ``""`` if there was none.
        """
        query = select(candidates.c.status).where(candidates.c.id == candidate_id)
        status_before = tx.scalar(query) or CandidateStatus.FOUND
        self.reject(tx, candidate_id, reason)
        self._upsert(
            tx,
            wanted_logins,
            {
                "candidate_id": candidate_id,
                "generation": generation,
                "status_before": status_before,
            },
            conflict=("candidate_id",),
            replaced=("generation", "status_before"),
        )

    def give_back(
        self, tx: Connection, generation: str, is_signed_in: Callable[[str], bool]
    ) -> list[GivenBack]:
        """Undo the rejection of candidates that wanted a login, if there is one now.

        ``generation`` is that of the present cookies: candidates that these did not help are left
        alone. ``is_signed_in`` says whether the cookies are a login for an address.
        """
        rejected = (
            select(candidates, wanted_logins.c.status_before, tracks.c.status.label("track_status"))
            .join(wanted_logins)
            .join(tracks, tracks.c.id == candidates.c.track_id)
            .where(
                candidates.c.status == CandidateStatus.REJECTED,
                wanted_logins.c.generation != generation,
            )
            .order_by(candidates.c.id)
        )
        back = []
        for row in tx.execute(rejected).all():
            if not is_signed_in(row.url):
                continue
            mine = delete(wanted_logins).where(wanted_logins.c.candidate_id == row.id)
            if not tx.execute(mine).rowcount:
                continue  # another process is giving it back
            status = self._status_again(tx, row)
            tx.execute(
                update(candidates)
                .where(candidates.c.id == row.id)
                .values(status=status, reject_reason="")
            )
            candidate = replace(_candidate(row), status=status, reject_reason="")
            back.append(GivenBack(row.track_id, TrackStatus(row.track_status), candidate))
        return back

    def _status_again(self, tx: Connection, row: Row[Any]) -> CandidateStatus:
        """Return its former status, or *found* if another one was decided on since."""
        other = select(candidates.c.id).where(
            candidates.c.track_id == row.track_id, candidates.c.status.in_(DECIDED)
        )
        is_taken = tx.scalar(other.limit(1)) is not None
        return CandidateStatus.FOUND if is_taken else CandidateStatus(row.status_before)


def _candidate(row: Row[Any]) -> Candidate:
    document = {
        **row.document,
        "artists": tuple(row.document.get("artists", ())),
        "kind": UploadKind(row.document.get("kind", "")),
    }
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
