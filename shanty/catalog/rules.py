"""Watch rules: what a person asked for, and which release groups and tracks that means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, func, or_, select, update

from shanty.catalog.access import CatalogAccess
from shanty.catalog.documents import Document
from shanty.catalog.namesakes import tell_namesakes
from shanty.db.tables import (
    release_groups,
    rule_exclusions,
    rule_groups,
    rule_tracks,
    tracks,
    watch_rules,
)
from shanty.errors import NotFoundError
from shanty.models import GroupFilter, TrackStatus, WatchRule

_FILTER: Document[GroupFilter | None] = Document(GroupFilter | None, with_defaults=True)


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """A release group that a rule means, and whose tracks it has not wanted yet."""

    rule_id: int
    group_mbid: str
    title: str
    first_release_date: str
    priority: int


class Rules(CatalogAccess):
    """Adds, reads and removes rules, and ties them to release groups and tracks."""

    def add(
        self,
        tx: Connection,
        kind: str,
        mbid: str,
        name: str,
        *,
        group_filter: GroupFilter | None = None,
        is_monitored: bool = True,
        release_mbid: str = "",
    ) -> int:
        """Store a rule; if it exists, the new wish replaces the old one. Returns the rule's id."""
        values = {
            "kind": kind,
            "mbid": mbid,
            "name": name,
            "document": _FILTER.write(group_filter),
            "is_monitored": is_monitored,
            "release_mbid": release_mbid,
            "created_at": self._clock(),
        }
        self._upsert(
            tx,
            watch_rules,
            values,
            conflict=("kind", "mbid"),
            replaced=("name", "document", "is_monitored", "release_mbid"),
        )
        query = select(watch_rules.c.id).where(
            watch_rules.c.kind == kind, watch_rules.c.mbid == mbid
        )
        return int(tx.execute(query).scalar_one())

    def change(
        self,
        tx: Connection,
        rule_id: int,
        group_filter: GroupFilter | None,
        *,
        is_monitored: bool,
    ) -> None:
        """Let a rule ask for something else from now on."""
        document = _FILTER.write(group_filter)
        tx.execute(
            update(watch_rules)
            .where(watch_rules.c.id == rule_id)
            .values(document=document, is_monitored=is_monitored)
        )

    def complete(self, tx: Connection, rule_id: int) -> None:
        """Note that all that the rule first meant is known: what appears from now on is new."""
        tx.execute(
            update(watch_rules)
            .where(watch_rules.c.id == rule_id, watch_rules.c.completed_at.is_(None))
            .values(completed_at=self._clock())
        )

    def remove(self, tx: Connection, rule_id: int) -> list[int]:
        """Forget a rule; return the ids of the tracks that are thereby no longer wanted.

        A track is withdrawn only if no other rule wants it and it is not in the library. No file is
        touched.

        Raises:
            NotFoundError: there is no such rule.
        """
        mine = select(rule_tracks.c.track_id).where(rule_tracks.c.rule_id == rule_id)
        track_ids = set(tx.execute(mine).scalars())
        tx.execute(delete(rule_tracks).where(rule_tracks.c.rule_id == rule_id))
        for table in (rule_groups, rule_exclusions):
            tx.execute(delete(table).where(table.c.rule_id == rule_id))
        gone = tx.execute(delete(watch_rules).where(watch_rules.c.id == rule_id)).rowcount
        if not gone:
            raise NotFoundError(f"there is no watch rule {rule_id}; `shanty watch ls` shows them")
        return self.withdraw_unasked(tx, track_ids)

    def withdraw_unasked(self, tx: Connection, track_ids: Iterable[int]) -> list[int]:
        """Withdraw those of the tracks that no rule wants; return their ids."""
        withdrawn: list[int] = []
        for ids in _in_portions(sorted(track_ids)):
            statement = (
                update(tracks)
                .where(
                    tracks.c.id.in_(ids),
                    tracks.c.id.not_in(select(rule_tracks.c.track_id)),
                    tracks.c.status != TrackStatus.IN_LIBRARY,
                )
                .values(status=TrackStatus.WITHDRAWN, updated_at=self._clock())
                .returning(tracks.c.id)
            )
            withdrawn += tx.execute(statement).scalars()
        return withdrawn

    def list_rules(self) -> list[WatchRule]:
        """List all watch rules, oldest first, with the number of their tracks by status."""
        return self._rules(select(watch_rules).order_by(watch_rules.c.id))

    def find_rules(self, words: str, *, limit: int, offset: int = 0) -> list[WatchRule]:
        """List a part of the rules that have each of the words in their name, the newest first."""
        query = select(watch_rules).where(*_each(words)).order_by(watch_rules.c.id.desc())
        return self._rules(query.limit(limit).offset(offset))

    def count_rules(self, words: str = "") -> int:
        """Count the rules that have each of the words in their name."""
        query = select(func.count()).select_from(watch_rules).where(*_each(words))
        with self._database.read() as connection:
            return connection.scalar(query) or 0

    def get(self, rule_id: int) -> WatchRule:
        """Return one rule.

        Raises:
            NotFoundError: there is no such rule.
        """
        found = self._rules(select(watch_rules).where(watch_rules.c.id == rule_id))
        if not found:
            raise NotFoundError(f"there is no watch rule {rule_id}; `shanty watch ls` shows them")
        return found[0]

    def has(self, rule_id: int) -> bool:
        """Whether there is a rule with this id."""
        query = select(watch_rules.c.id).where(watch_rules.c.id == rule_id)
        with self._database.read() as connection:
            return connection.execute(query).first() is not None

    def hold(self, tx: Connection, rule_id: int) -> bool:
        """Let nobody else tie anything to a rule, or leave it out, until the transaction ends.

        Returns whether the rule is still there.
        """
        query = select(watch_rules.c.id).where(watch_rules.c.id == rule_id)
        return tx.execute(query.with_for_update(key_share=True)).first() is not None

    def find(self, kind: str, mbid: str) -> WatchRule | None:
        """Return the rule for an entity; None if there is none."""
        query = select(watch_rules).where(watch_rules.c.kind == kind, watch_rules.c.mbid == mbid)
        return next(iter(self._rules(query)), None)

    def is_there(self, tx: Connection, kind: str, mbid: str) -> bool:
        """Whether there is a rule for an entity."""
        query = select(watch_rules.c.id).where(
            watch_rules.c.kind == kind, watch_rules.c.mbid == mbid
        )
        return tx.execute(query).first() is not None

    def _rules(self, query: Select[Any]) -> list[WatchRule]:
        # As a table of its own, because the part of a list has a length.
        meant = select(query.with_only_columns(watch_rules.c.id).subquery().c.id)
        # A track that is meant through two release groups counts once.
        each = (
            select(rule_tracks.c.rule_id, rule_tracks.c.track_id)
            .where(rule_tracks.c.rule_id.in_(meant))
            .distinct()
            .subquery()
        )
        by_status = (
            select(each.c.rule_id, tracks.c.status, func.count())
            .join(tracks, tracks.c.id == each.c.track_id)
            .group_by(each.c.rule_id, tracks.c.status)
        )
        by_rule = (
            select(
                rule_groups.c.rule_id,
                func.count(),
                func.count().filter(rule_groups.c.expanded_at.is_(None), rule_groups.c.note == ""),
            )
            .where(rule_groups.c.rule_id.in_(meant))
            .group_by(rule_groups.c.rule_id)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
            counts: dict[int, dict[str, int]] = {}
            for rule_id, status, number in connection.execute(by_status):
                counts.setdefault(rule_id, {})[status] = number
            groups = {row[0]: (row[1], row[2]) for row in connection.execute(by_rule)}
            told = tell_namesakes(connection, {row.name for row in rows})
        return [
            _rule(
                row,
                told.get((row.kind, row.mbid), ""),
                counts.get(row.id, {}),
                *groups.get(row.id, (0, 0)),
            )
            for row in rows
        ]

    # --- release groups of a rule ---------------------------------------------------------------

    def tie_groups(
        self, tx: Connection, rule_id: int, group_priorities: Sequence[tuple[str, int]]
    ) -> None:
        """Tie release groups to a rule; a tie that exists already stays as it is."""
        rows = [
            {"rule_id": rule_id, "group_mbid": mbid, "priority": priority}
            for mbid, priority in group_priorities
        ]
        self._upsert(tx, rule_groups, rows, conflict=("rule_id", "group_mbid"))

    def untie_group(self, tx: Connection, rule_id: int, group_mbid: str) -> list[int]:
        """Untie a release group from a rule; return the tracks that the rule lets go."""
        tx.execute(
            delete(rule_groups).where(
                rule_groups.c.rule_id == rule_id, rule_groups.c.group_mbid == group_mbid
            )
        )
        statement = (
            delete(rule_tracks)
            .where(rule_tracks.c.rule_id == rule_id, rule_tracks.c.group_mbid == group_mbid)
            .returning(rule_tracks.c.track_id)
        )
        return list(tx.execute(statement).scalars())

    def tied_groups(self, connection: Connection, rule_id: int) -> dict[str, bool]:
        """Return the release groups that a rule means, and whether their tracks were wanted yet."""
        query = select(rule_groups.c.group_mbid, rule_groups.c.expanded_at).where(
            rule_groups.c.rule_id == rule_id
        )
        return {mbid: at is not None for mbid, at in connection.execute(query)}

    def is_tied(self, connection: Connection, rule_id: int, group_mbid: str) -> bool:
        """Whether a rule means a release group."""
        query = select(rule_groups.c.group_mbid).where(
            rule_groups.c.rule_id == rule_id, rule_groups.c.group_mbid == group_mbid
        )
        return connection.scalar(query) is not None

    def pending_groups(self, rule_id: int) -> list[RuleGroup]:
        """Return a rule's groups that are not expanded: new ones first, then the oldest release.

        A group that MusicBrainz had nothing of is left out until it is asked again.
        """
        query = (
            select(
                rule_groups.c.rule_id,
                rule_groups.c.group_mbid,
                release_groups.c.title,
                release_groups.c.first_release_date,
                rule_groups.c.priority,
            )
            .join(release_groups, release_groups.c.mbid == rule_groups.c.group_mbid)
            .where(
                rule_groups.c.rule_id == rule_id,
                rule_groups.c.expanded_at.is_(None),
                or_(
                    release_groups.c.look_at.is_(None),
                    release_groups.c.look_at <= self._clock(),
                ),
            )
            .order_by(
                rule_groups.c.priority,
                release_groups.c.first_release_date,
                rule_groups.c.group_mbid,
            )
        )
        with self._database.read() as connection:
            return [RuleGroup(**row._mapping) for row in connection.execute(query)]

    def of_group(self, connection: Connection, group_mbid: str) -> list[tuple[int, str]]:
        """Return id and kind of the monitored rules that have wanted a release group's tracks."""
        query = (
            select(watch_rules.c.id, watch_rules.c.kind)
            .join(rule_groups, rule_groups.c.rule_id == watch_rules.c.id)
            .where(
                rule_groups.c.group_mbid == group_mbid,
                rule_groups.c.expanded_at.is_not(None),
                watch_rules.c.is_monitored,
            )
            .order_by(watch_rules.c.id)
        )
        return [(row.id, row.kind) for row in connection.execute(query)]

    def note_group(self, tx: Connection, rule_id: int, group_mbid: str, note: str) -> None:
        """Note why nothing of a release group can be taken for now."""
        tx.execute(
            update(rule_groups)
            .where(rule_groups.c.rule_id == rule_id, rule_groups.c.group_mbid == group_mbid)
            .values(note=note)
        )

    def settle_group(self, tx: Connection, rule_id: int, group_mbid: str, note: str = "") -> None:
        """Mark a release group as expanded; ``note`` says why, if it has no tracks."""
        tx.execute(
            update(rule_groups)
            .where(rule_groups.c.rule_id == rule_id, rule_groups.c.group_mbid == group_mbid)
            .values(expanded_at=self._clock(), note=note)
        )

    # --- tracks of a rule -----------------------------------------------------------------------

    def tie_tracks(
        self, tx: Connection, rule_id: int, track_ids: Iterable[int], group_mbid: str = ""
    ) -> None:
        """Tie tracks to a rule, through a release group or by themselves."""
        rows = [
            {"rule_id": rule_id, "track_id": track_id, "group_mbid": group_mbid}
            for track_id in track_ids
        ]
        self._upsert(tx, rule_tracks, rows, conflict=("rule_id", "track_id", "group_mbid"))

    def tracks_of(self, rule_id: int) -> list[int]:
        """Return the ids of all tracks that a rule wants."""
        query = select(rule_tracks.c.track_id).where(rule_tracks.c.rule_id == rule_id).distinct()
        with self._database.read() as connection:
            return sorted(connection.execute(query).scalars())

    def tied_tracks(self, tx: Connection, rule_id: int, group_mbid: str) -> dict[str, Row[Any]]:
        """Return the tracks that a rule wants through a release group, by recording MBID."""
        query = (
            select(
                tracks.c.id,
                tracks.c.recording_mbid,
                tracks.c.release_key,
                tracks.c.release_track_mbid,
                tracks.c.title,
                tracks.c.status,
            )
            .join(rule_tracks, rule_tracks.c.track_id == tracks.c.id)
            .where(rule_tracks.c.rule_id == rule_id, rule_tracks.c.group_mbid == group_mbid)
        )
        return {row.recording_mbid: row for row in tx.execute(query)}

    def untie_track(self, tx: Connection, rule_id: int, track_id: int, group_mbid: str) -> None:
        """Untie a track from a rule and a release group."""
        tx.execute(
            delete(rule_tracks).where(
                rule_tracks.c.rule_id == rule_id,
                rule_tracks.c.track_id == track_id,
                rule_tracks.c.group_mbid == group_mbid,
            )
        )


def _rule(
    row: Row[Any], told_apart_by: str, counts: dict[str, int], groups: int, pending_groups: int
) -> WatchRule:
    return WatchRule(
        id=row.id,
        kind=row.kind,
        mbid=row.mbid,
        name=row.name,
        created_at=row.created_at,
        is_monitored=row.is_monitored,
        group_filter=_FILTER.read(row.document),
        release_mbid=row.release_mbid,
        completed_at=row.completed_at,
        groups=groups,
        pending_groups=pending_groups,
        counts=counts,
        told_apart_by=told_apart_by,
    )


def _each(words: str) -> list[ColumnElement[bool]]:
    return [watch_rules.c.name.icontains(word, autoescape=True) for word in words.split()]


def _in_portions(ids: list[int], size: int = 500) -> Iterable[list[int]]:
    # SQLite takes only some thousand parameters.
    return (ids[start : start + size] for start in range(0, len(ids), size))
