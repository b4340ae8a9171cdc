"""What a person has left out of a wish: albums and songs that a rule does not mean.

It stays written down when the rule is edited or looked at again, until the person takes it back or
the rule goes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, and_, delete, func, select, update

from shanty.catalog.access import CatalogAccess
from shanty.db.tables import rule_exclusions, rule_groups, rule_tracks, tracks
from shanty.models import TrackStatus

_EXCLUDED = rule_exclusions.c


@dataclass(frozen=True, slots=True)
class Exclusion:
    """An album or a song that is left out of a rule; ``kind`` is ``album`` or ``track``.

    ``mbid`` is the release group's or the recording's. ``track_id`` is the song's number, if it is
    in the catalogue.
    """

    kind: str
    mbid: str
    name: str
    track_id: int | None = None


class Exclusions(CatalogAccess):
    """Adds, reads and removes exclusions."""

    def add(self, tx: Connection, rule_id: int, kind: str, mbid: str, name: str) -> None:
        """Leave an album or a song out of a rule."""
        values = {
            "rule_id": rule_id,
            "kind": kind,
            "mbid": mbid,
            "name": name,
            "created_at": self._clock(),
        }
        self._upsert(tx, rule_exclusions, values, conflict=("rule_id", "kind", "mbid"))

    def remove(self, tx: Connection, rule_id: int, kind: str, mbid: str) -> None:
        """Let a rule mean an album or a song again."""
        tx.execute(
            delete(rule_exclusions).where(
                _EXCLUDED.rule_id == rule_id, _EXCLUDED.kind == kind, _EXCLUDED.mbid == mbid
            )
        )

    def mbids(self, connection: Connection, rule_id: int, kind: str) -> set[str]:
        """Return the MBIDs of the albums or of the songs that are left out of a rule."""
        query = select(_EXCLUDED.mbid).where(_EXCLUDED.rule_id == rule_id, _EXCLUDED.kind == kind)
        return set(connection.scalars(query))

    def has(self, connection: Connection, rule_id: int, kind: str, mbid: str) -> bool:
        """Whether an album or a song is left out of a rule."""
        query = select(_EXCLUDED.mbid).where(
            _EXCLUDED.rule_id == rule_id, _EXCLUDED.kind == kind, _EXCLUDED.mbid == mbid
        )
        return connection.scalar(query) is not None

    def of_rule(self, rule_id: int) -> list[Exclusion]:
        """Return what is left out of a rule: the albums first, each kind by name."""
        is_song = and_(_EXCLUDED.kind == "track", tracks.c.recording_mbid == _EXCLUDED.mbid)
        query = (
            select(_EXCLUDED.kind, _EXCLUDED.mbid, _EXCLUDED.name, tracks.c.id.label("track_id"))
            .select_from(rule_exclusions.outerjoin(tracks, is_song))
            .where(_EXCLUDED.rule_id == rule_id)
            .order_by(_EXCLUDED.kind, _EXCLUDED.name, _EXCLUDED.mbid)
        )
        with self._database.read() as connection:
            return [Exclusion(**row._mapping) for row in connection.execute(query)]

    def reopen_groups(self, tx: Connection, rule_id: int, group_mbids: Iterable[str]) -> None:
        """Let release groups be expanded once more, because the rule means more of them now."""
        tx.execute(
            update(rule_groups)
            .where(rule_groups.c.rule_id == rule_id, rule_groups.c.group_mbid.in_(group_mbids))
            .values(expanded_at=None)
        )

    def untie_recording(self, tx: Connection, rule_id: int, recording_mbid: str) -> list[int]:
        """Untie a song from a rule, on whichever album it is; return the track let go, if any."""
        song = select(tracks.c.id).where(tracks.c.recording_mbid == recording_mbid)
        statement = (
            delete(rule_tracks)
            .where(rule_tracks.c.rule_id == rule_id, rule_tracks.c.track_id.in_(song))
            .returning(rule_tracks.c.track_id)
        )
        return sorted(set(tx.execute(statement).scalars()))

    def count_filed(self, tx: Connection, track_ids: Collection[int]) -> int:
        """Count those of the tracks that are in the library."""
        query = select(func.count()).where(
            tracks.c.id.in_(track_ids), tracks.c.status == TrackStatus.IN_LIBRARY
        )
        return int(tx.execute(query).scalar_one())
