"""Which searches were made for a track, so that recent ones are not repeated."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from shanty.catalog.access import CatalogAccess, Clock
from shanty.catalog.candidates import Candidates
from shanty.db import Database
from shanty.db.tables import searches, tracks
from shanty.models import Candidate


@dataclass(frozen=True, slots=True)
class Search:
    """A search that was made for a track: where, for what, why, and how much it found.

    ``prefix`` is yt-dlp's, with the number of results that were asked for.
    """

    prefix: str
    query: str
    reason: str
    result_count: int
    asked_at: datetime


class Searches(CatalogAccess):
    """Searches, remembered with what they found."""

    def __init__(self, database: Database, clock: Clock, *, candidates: Candidates):
        super().__init__(database, clock)
        self._candidates = candidates

    def record(
        self,
        tx: Connection,
        track_id: int,
        prefix: str,
        query: str,
        found: Collection[Candidate],
        *,
        reason: str,
    ) -> None:
        """Store what a search has found, and that it was made now, for this ``reason``."""
        self._candidates.record(tx, track_id, found)
        values = {
            "track_id": track_id,
            "prefix": prefix,
            "query": query,
            "reason": reason,
            "result_count": len(found),
            "asked_at": self._clock(),
        }
        self._upsert(
            tx,
            searches,
            values,
            conflict=("track_id", "prefix", "query"),
            replaced=("reason", "result_count", "asked_at"),
        )

    def of_track(self, track_id: int) -> list[Search]:
        """Return all searches for a track, in the order in which they were last made."""
        query = (
            select(searches)
            .where(searches.c.track_id == track_id)
            .order_by(searches.c.asked_at, searches.c.prefix, searches.c.query)
        )
        with self._database.read() as connection:
            return [
                Search(row.prefix, row.query, row.reason, row.result_count, row.asked_at)
                for row in connection.execute(query)
            ]

    def recent(
        self, track_id: int, *, age: timedelta, empty_age: timedelta
    ) -> dict[tuple[str, str], datetime]:
        """Return the searches of a track whose answers still count, and until when.

        The keys are prefix and query. An answer counts for ``age``, or for ``empty_age`` if it
        found nothing. Answers from before ``searched_anew_at`` do not count. A time too far in the
        future was written by a wrong clock and does not count either.
        """
        now = self._clock()
        query = select(tracks.c.searched_anew_at).where(tracks.c.id == track_id)
        with self._database.read() as connection:
            anew_at: datetime | None = connection.scalar(query)
        if anew_at is not None and anew_at > now:
            anew_at = None  # a wrong clock wrote it
        ages = [
            (search, age if search.result_count else empty_age)
            for search in self.of_track(track_id)
            if anew_at is None or search.asked_at >= anew_at
        ]
        return {
            (search.prefix, search.query): search.asked_at + its_age
            for search, its_age in ages
            if abs(now - search.asked_at) < its_age
        }
