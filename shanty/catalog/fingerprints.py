"""What uploads sound like: one fingerprint for each that was fetched and decoded."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, and_, select

from shanty.catalog.access import CatalogAccess
from shanty.db.tables import files, fingerprints
from shanty.music.fingerprint import Fingerprint

_AT_ONCE = 500


class Fingerprints(CatalogAccess):
    """Fingerprints, by candidate. A track's file sounds like the candidate that it came from."""

    def record(self, tx: Connection, candidate_id: int, fingerprint: Fingerprint) -> None:
        """Store what an upload sounds like."""
        values = {
            "candidate_id": candidate_id,
            "words": fingerprint.packed,
            "taken_at": self._clock(),
        }
        self._upsert(
            tx,
            fingerprints,
            values,
            conflict=("candidate_id",),
            replaced=("words", "taken_at"),
        )

    def find(self, candidate_id: int) -> Fingerprint | None:
        """Return what an upload sounds like, if that is known."""
        query = select(fingerprints.c.words).where(fingerprints.c.candidate_id == candidate_id)
        with self._database.read() as connection:
            packed = connection.scalar(query)
        return None if packed is None else Fingerprint(packed)

    def of_filed(self) -> Iterator[tuple[int, Fingerprint]]:
        """Yield the number of each filed track and what its file sounds like.

        It reads as it goes, so a library of any size takes the memory of a few fingerprints.
        """
        query = (
            select(files.c.track_id, fingerprints.c.words)
            .join(
                fingerprints,
                and_(fingerprints.c.candidate_id == files.c.candidate_id, files.c.is_placed),
            )
            .order_by(files.c.track_id)
        )
        with self._database.read() as connection:
            rows = connection.execution_options(yield_per=_AT_ONCE).execute(query)
            for row in rows:
                yield row.track_id, Fingerprint(row.words)
