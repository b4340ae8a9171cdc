"""When a stage looks again at a track, after it failed or found nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, delete, exists, func, insert, literal, select, update

from shanty.catalog.access import CatalogAccess, RulePart, tracks_of_rule
from shanty.catalog.distances import NOT_FOUND, Distances, find_distance
from shanty.db.tables import looks, tracks
from shanty.models import Stage, TrackStatus

_UNSETTLED = (TrackStatus.FAILED, TrackStatus.NEEDS_REVIEW)
_LOOKED_AT = (*_UNSETTLED, TrackStatus.IN_LIBRARY)


@dataclass(frozen=True, slots=True)
class Look:
    """A stage that is due to look at a track again."""

    track_id: int
    stage: Stage
    track_status: TrackStatus


class Looks(CatalogAccess):
    """The next looks: planned, due, and no longer needed."""

    def plan(
        self,
        tx: Connection,
        track_id: int,
        stage: Stage,
        distances: Distances,
        *,
        not_after: datetime | None = None,
        seed: str = "",
    ) -> datetime:
        """Plan a stage's next look at a track, after the next longer wait; return its time.

        ``not_after`` is a time at which something new is certain, such as a release date. It counts
        only if it is in the future. Looks with the same ``seed`` are planned for the same time.
        """
        now = self._clock()
        mine = (looks.c.track_id == track_id, looks.c.task_type == stage)
        times = int(tx.scalar(select(looks.c.times).where(*mine)) or 0) + 1
        at = now + find_distance(times, distances, seed or f"{track_id}:{times}")
        if not_after is not None and now < not_after < at:
            at = not_after
        values = {"track_id": track_id, "task_type": stage.value, "times": times, "at": at}
        self._upsert(
            tx, looks, values, conflict=("track_id", "task_type"), replaced=("times", "at")
        )
        return at

    def settle(self, tx: Connection, track_id: int, stage: Stage) -> None:
        """Forget the look of a stage that has done its work."""
        tx.execute(delete(looks).where(looks.c.track_id == track_id, looks.c.task_type == stage))

    def find(self, track_id: int, stage: Stage) -> tuple[int, datetime] | None:
        """Return how often a stage has looked at a track in vain, and when it looks again."""
        query = select(looks.c.times, looks.c.at).where(
            looks.c.track_id == track_id, looks.c.task_type == stage
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else (int(row.times), row.at)

    def restore(
        self, tx: Connection, track_id: int, stage: Stage, look: tuple[int, datetime] | None
    ) -> None:
        """Let a look stand as :meth:`find` found it before."""
        self.settle(tx, track_id, stage)
        if look is not None:
            times, at = look
            values = {"track_id": track_id, "task_type": stage.value, "times": times, "at": at}
            tx.execute(insert(looks).values(values))

    def forget(self, tx: Connection, track_ids: Collection[int]) -> None:
        """Forget the looks of these tracks and count anew, because a person asks for them."""
        tx.execute(delete(looks).where(looks.c.track_id.in_(track_ids)))

    def plan_missing(self, tx: Connection) -> None:
        """Plan a look for every track that has failed or waits for a person, and has none."""
        at = literal(self._clock() + NOT_FOUND[0], looks.c.at.type)
        fresh = select(tracks.c.id, literal(Stage.DOWNLOAD.value), literal(1), at).where(
            tracks.c.status.in_(_UNSETTLED), ~exists().where(looks.c.track_id == tracks.c.id)
        )
        columns = ["track_id", "task_type", "times", "at"]
        tx.execute(insert(looks).from_select(columns, fresh))

    def find_due(self, limit: int) -> list[Look]:
        """Return the looks that are due, the longest due first."""
        query = (
            select(looks.c.track_id, looks.c.task_type, tracks.c.status)
            .join(tracks, tracks.c.id == looks.c.track_id)
            .where(looks.c.at <= self._clock(), tracks.c.status.in_(_LOOKED_AT))
            .order_by(looks.c.at, looks.c.track_id)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [
                Look(row.track_id, Stage(row.task_type), TrackStatus(row.status))
                for row in connection.execute(query)
            ]

    def next_of(self, track_id: int) -> datetime | None:
        """Return when a track is looked at next; None if no look is planned."""
        return self.next_of_each([track_id]).get(track_id)

    def next_of_each(
        self, track_ids: Collection[int] | None = None, *, rule: int | RulePart | None = None
    ) -> dict[int, datetime]:
        """Return when the tracks, or all tracks, are looked at next; without those that are not.

        ``rule`` keeps only the tracks that this rule, or this part of one, wants.
        """
        query = select(looks.c.track_id, func.min(looks.c.at)).group_by(looks.c.track_id)
        if rule is not None:
            query = query.where(looks.c.track_id.in_(tracks_of_rule(rule)))
        if track_ids is not None:
            query = query.where(looks.c.track_id.in_(track_ids))
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def next_unsettled(self) -> datetime | None:
        """Return when the next track that has failed or waits for a person is looked at."""
        query = (
            select(func.min(looks.c.at))
            .select_from(looks)
            .join(tracks, and_(tracks.c.id == looks.c.track_id, tracks.c.status.in_(_UNSETTLED)))
        )
        with self._database.read() as connection:
            at: datetime | None = connection.scalar(query)
        return at

    def search_anew(self, tx: Connection, track_ids: Collection[int]) -> None:
        """Let earlier answers to searches for these tracks no longer count."""
        tx.execute(
            update(tracks).where(tracks.c.id.in_(track_ids)).values(searched_anew_at=self._clock())
        )
