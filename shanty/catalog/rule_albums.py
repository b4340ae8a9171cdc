"""The albums that rules mean, with what has become of each, and those that are announced.

Only reads. :mod:`shanty.catalog.rules` ties albums to rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select

from shanty.catalog.access import CatalogAccess
from shanty.catalog.releases import is_released
from shanty.db.tables import release_groups, rule_groups, rule_tracks, tracks, watch_rules


@dataclass(frozen=True, slots=True)
class RuleAlbum:
    """A release group that a rule means, and its tracks, counted by status.

    ``note`` says why there are no tracks. If ``is_taken_up`` is False, the group is still to be
    expanded, or to be asked for again.
    """

    group_mbid: str
    title: str
    first_release_date: str
    is_taken_up: bool
    note: str
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class AnnouncedAlbum:
    """An album that a rule means and that is not out yet. ``date`` may lack the day."""

    rule_id: int
    rule_name: str
    group_mbid: str
    title: str
    date: str


class RuleAlbums(CatalogAccess):
    """The release groups of rules."""

    def of_rule(self, rule_id: int) -> list[RuleAlbum]:
        """Return the release groups that a rule means, the oldest first."""
        query = (
            select(
                rule_groups.c.group_mbid,
                release_groups.c.title,
                release_groups.c.first_release_date,
                rule_groups.c.expanded_at.is_not(None).label("is_taken_up"),
                rule_groups.c.note,
            )
            .join(release_groups, release_groups.c.mbid == rule_groups.c.group_mbid)
            .where(rule_groups.c.rule_id == rule_id)
            .order_by(release_groups.c.first_release_date, rule_groups.c.group_mbid)
        )
        by_status = (
            select(rule_tracks.c.group_mbid, tracks.c.status, func.count())
            .join(tracks, tracks.c.id == rule_tracks.c.track_id)
            .where(rule_tracks.c.rule_id == rule_id)
            .group_by(rule_tracks.c.group_mbid, tracks.c.status)
        )
        counts: dict[str, dict[str, int]] = {}
        with self._database.read() as connection:
            rows = connection.execute(query).all()
            for mbid, status, number in connection.execute(by_status):
                counts.setdefault(mbid, {})[status] = number
        return [RuleAlbum(**row._mapping, counts=counts.get(row.group_mbid, {})) for row in rows]

    def rules_of_groups(self) -> dict[str, int]:
        """Return all release groups that rules mean, each with the oldest rule that means it."""
        query = select(rule_groups.c.group_mbid, func.min(rule_groups.c.rule_id))
        with self._database.read() as connection:
            rows = connection.execute(query.group_by(rule_groups.c.group_mbid))
            return {row[0]: row[1] for row in rows}

    def announced(self, today: date, *, limit: int, offset: int = 0) -> list[AnnouncedAlbum]:
        """Return albums that rules mean and that are not out on a day, the next one first.

        An album of which the month or the year is known may come out until its last day.
        """
        query = (
            select(
                watch_rules.c.id.label("rule_id"),
                watch_rules.c.name.label("rule_name"),
                release_groups.c.mbid.label("group_mbid"),
                release_groups.c.title,
                release_groups.c.first_release_date.label("date"),
            )
            .join(rule_groups, rule_groups.c.rule_id == watch_rules.c.id)
            .join(release_groups, release_groups.c.mbid == rule_groups.c.group_mbid)
            .where(_is_to_come(today))
            .order_by(release_groups.c.first_release_date, release_groups.c.title, watch_rules.c.id)
            .limit(limit)
            .offset(offset)
        )
        with self._database.read() as connection:
            return [AnnouncedAlbum(**row._mapping) for row in connection.execute(query)]

    def count_announced(self, today: date) -> int:
        """Count the albums that rules mean and that are not out on a day."""
        query = (
            select(func.count())
            .select_from(rule_groups)
            .join(release_groups, release_groups.c.mbid == rule_groups.c.group_mbid)
            .where(_is_to_come(today))
        )
        with self._database.read() as connection:
            return connection.scalar(query) or 0


def _is_to_come(today: date) -> ColumnElement[bool]:
    """That a release group is not out by the account of :func:`is_released`."""
    day = today.isoformat()
    unfinished = [part for part in (day[:4], day[:7]) if not is_released(part, today)]
    when = release_groups.c.first_release_date
    return or_(when > day, when.in_(unfinished))
