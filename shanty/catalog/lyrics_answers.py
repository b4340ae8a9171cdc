"""What the lyrics service has said about tracks, and when."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, select

from shanty.catalog.access import CatalogAccess
from shanty.db.tables import lyrics_answers


class LyricsAnswers(CatalogAccess):
    """Answers about lyrics, remembered so that the service is not asked in vain again and again."""

    def record(self, tx: Connection, track_id: int, answer: str) -> None:
        """Store an answer: synced, plain, instrumental or none."""
        values = {"track_id": track_id, "answer": answer, "asked_at": self._clock()}
        self._upsert(
            tx,
            lyrics_answers,
            values,
            conflict=("track_id",),
            replaced=("answer", "asked_at"),
        )

    def get(self, track_id: int, younger_than: timedelta) -> str | None:
        """Return the last answer; None if it is older than this, or there was none."""
        query = select(lyrics_answers.c.answer).where(
            lyrics_answers.c.track_id == track_id,
            lyrics_answers.c.asked_at > self._clock() - younger_than,
        )
        with self._database.read() as connection:
            answer: str | None = connection.scalar(query)
        return answer
