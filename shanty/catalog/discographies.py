"""Artists and their release groups: what is known of them, and since when.

A listing comes page by page and may be interrupted. The artist's row says where it goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, or_, select, update

from shanty.catalog.access import CatalogAccess
from shanty.catalog.distances import GONE, find_distance
from shanty.catalog.documents import Document
from shanty.db.tables import (
    artist_groups,
    artists,
    merged_mbids,
    release_groups,
    releases,
    rule_exclusions,
    rule_groups,
    rule_tracks,
    watch_rules,
)
from shanty.models import KnownArtist, KnownGroup
from shanty.music.entities import Artist, ReleaseGroup

_ARTIST: Document[Artist] = Document(Artist)
_GROUP: Document[ReleaseGroup] = Document(ReleaseGroup)


class Discographies(CatalogAccess):
    """What is known of artists and release groups, and how merged ones are followed."""

    # --- artists --------------------------------------------------------------------------------

    def store_artist(self, tx: Connection, artist: Artist) -> None:
        """Store an artist in place of an earlier answer."""
        values = {
            "mbid": artist.mbid,
            "name": artist.name,
            "document": _ARTIST.write(artist),
            "fetched_at": self._clock(),
        }
        replaced = ("name", "document", "fetched_at")
        self._upsert(tx, artists, values, conflict=("mbid",), replaced=replaced)

    def find_artist(self, mbid: str) -> KnownArtist | None:
        """Return an artist; None if MusicBrainz was never asked for it."""
        with self._database.read() as connection:
            row = connection.execute(select(artists).where(artists.c.mbid == mbid)).first()
        if row is None:
            return None
        return KnownArtist(
            _ARTIST.read(row.document),
            row.fetched_at,
            row.listed_at,
            row.listing_began_at,
            row.listing_offset,
        )

    def begin_listing(self, tx: Connection, artist_mbid: str, began_at: datetime) -> None:
        """Note that a listing of the artist's release groups begins at the first page."""
        self._set_listing(tx, artist_mbid, began_at, 0)

    def store_groups_page(
        self,
        tx: Connection,
        artist_mbid: str,
        groups: Sequence[ReleaseGroup],
        *,
        began_at: datetime,
        next_offset: int | None,
    ) -> None:
        """Store a page of the listing that began then; ``next_offset`` is None for the last one."""
        for group in groups:
            self.store_group(tx, group)
        rows = [
            {"artist_mbid": artist_mbid, "group_mbid": mbid, "listed_at": began_at}
            for mbid in {group.mbid for group in groups}
        ]
        keys = ("artist_mbid", "group_mbid")
        self._upsert(tx, artist_groups, rows, conflict=keys, replaced=("listed_at",))
        if next_offset is None:
            self._set_listing(tx, artist_mbid, None, 0, listed_at=began_at)
        else:
            self._set_listing(tx, artist_mbid, began_at, next_offset)

    def groups_of_artist(self, connection: Connection, artist_mbid: str) -> list[KnownGroup]:
        """Return the release groups in the artist's last complete listing, the oldest first."""
        query = (
            select(release_groups)
            .join(artist_groups, artist_groups.c.group_mbid == release_groups.c.mbid)
            .join(artists, artists.c.mbid == artist_groups.c.artist_mbid)
            .where(
                artists.c.mbid == artist_mbid,
                artist_groups.c.listed_at >= artists.c.listed_at,
            )
            .order_by(release_groups.c.first_release_date, release_groups.c.mbid)
        )
        return [_known_group(row) for row in connection.execute(query)]

    def groups_no_longer_listed(self, artist_mbid: str) -> list[KnownGroup]:
        """Return release groups that earlier listings had, but the last complete one lacks."""
        query = (
            select(release_groups)
            .join(artist_groups, artist_groups.c.group_mbid == release_groups.c.mbid)
            .join(artists, artists.c.mbid == artist_groups.c.artist_mbid)
            .where(artists.c.mbid == artist_mbid, artist_groups.c.listed_at < artists.c.listed_at)
            .order_by(release_groups.c.mbid)
        )
        with self._database.read() as connection:
            return [_known_group(row) for row in connection.execute(query)]

    def forget_listing(self, tx: Connection, artist_mbid: str, group_mbid: str) -> None:
        """Forget a release group that is no longer the artist's."""
        tx.execute(
            delete(artist_groups).where(
                artist_groups.c.artist_mbid == artist_mbid,
                artist_groups.c.group_mbid == group_mbid,
            )
        )

    def _set_listing(
        self,
        tx: Connection,
        artist_mbid: str,
        began_at: datetime | None,
        offset: int,
        listed_at: datetime | None = None,
    ) -> None:
        values = {"listing_began_at": began_at, "listing_offset": offset}
        if listed_at is not None:
            values["listed_at"] = listed_at
        tx.execute(update(artists).where(artists.c.mbid == artist_mbid).values(values))

    # --- release groups -------------------------------------------------------------------------

    def store_group(self, tx: Connection, group: ReleaseGroup) -> None:
        """Store a release group in place of an earlier answer; its chosen edition stays."""
        values = {
            "mbid": group.mbid,
            "title": group.title,
            "first_release_date": group.first_release_date,
            "document": _GROUP.write(group),
            "seen_at": self._clock(),
        }
        replaced = ("title", "first_release_date", "document")
        self._upsert(tx, release_groups, values, conflict=("mbid",), replaced=replaced)
        tx.execute(
            update(release_groups)
            .where(release_groups.c.mbid == group.mbid, release_groups.c.gone_at.is_not(None))
            .values(gone_at=None, lacks=0, look_at=None)
        )

    def find_group(self, mbid: str) -> KnownGroup | None:
        """Return a release group; None if it was never seen."""
        with self._database.read() as connection:
            return self.get_group(connection, mbid)

    def get_group(self, connection: Connection, mbid: str) -> KnownGroup | None:
        """Return a release group; None if it was never seen."""
        query = select(release_groups).where(release_groups.c.mbid == mbid)
        row = connection.execute(query).first()
        return None if row is None else _known_group(row)

    def choose_edition(self, tx: Connection, group_mbid: str, release_key: str | None) -> None:
        """Choose the stored release that stands for the group from now on; None if none will do."""
        tx.execute(
            update(release_groups)
            .where(release_groups.c.mbid == group_mbid)
            .values(
                release_key=release_key,
                fetched_at=self._clock(),
                gone_at=None,
                lacks=0,
                look_at=None,
            )
        )

    def mark_group_gone(self, tx: Connection, group_mbid: str) -> None:
        """Note that MusicBrainz no longer has the release group; it is asked again later."""
        tx.execute(
            update(release_groups)
            .where(release_groups.c.mbid == group_mbid)
            .values(gone_at=self._clock())
        )
        self.put_off_group(tx, group_mbid)

    def put_off_group(self, tx: Connection, group_mbid: str) -> None:
        """Put off a release group of which nothing can be taken: ask again, later each time."""
        mine = release_groups.c.mbid == group_mbid
        lacks = int(tx.scalar(select(release_groups.c.lacks).where(mine)) or 0) + 1
        look_at = self._clock() + find_distance(lacks, GONE, f"{group_mbid}:{lacks}")
        tx.execute(update(release_groups).where(mine).values(lacks=lacks, look_at=look_at))

    def ask_for_groups(self, tx: Connection, rule_id: int) -> None:
        """Ask at once for a rule's release groups that were put off, because a person asks."""
        mine = select(rule_groups.c.group_mbid).where(
            rule_groups.c.rule_id == rule_id, rule_groups.c.expanded_at.is_(None)
        )
        tx.execute(
            update(release_groups)
            .where(release_groups.c.mbid.in_(mine), release_groups.c.look_at.is_not(None))
            .values(look_at=self._clock())
        )

    def find_another_group(self, but_mbids: Collection[str]) -> str | None:
        """Return the release group that MusicBrainz answered for last, except ``but_mbids``."""
        query = (
            select(release_groups.c.mbid)
            .where(
                release_groups.c.mbid.not_in(but_mbids),
                release_groups.c.fetched_at.is_not(None),
                release_groups.c.gone_at.is_(None),
            )
            .order_by(release_groups.c.fetched_at.desc(), release_groups.c.mbid)
            .limit(1)
        )
        with self._database.read() as connection:
            found: str | None = connection.scalar(query)
        return found

    def groups_to_look_at_again(self, before: datetime, limit: int) -> list[KnownGroup]:
        """Return release groups of monitored rules whose tracklists are older, the oldest first.

        A group that was gone is included if it is time to ask again.
        """
        is_old = release_groups.c.gone_at.is_(None) & (release_groups.c.fetched_at < before)
        is_due = release_groups.c.gone_at.is_not(None) & or_(
            release_groups.c.look_at.is_(None), release_groups.c.look_at <= self._clock()
        )
        mine = (
            select(rule_groups.c.group_mbid)
            .join(watch_rules, watch_rules.c.id == rule_groups.c.rule_id)
            .where(watch_rules.c.is_monitored, rule_groups.c.expanded_at.is_not(None))
        )
        query = (
            select(release_groups)
            .where(
                release_groups.c.mbid.in_(mine),
                or_(is_old, is_due),
            )
            .order_by(release_groups.c.fetched_at, release_groups.c.mbid)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [_known_group(row) for row in connection.execute(query)]

    # --- what was merged ------------------------------------------------------------------------

    def follow_group(self, tx: Connection, old_mbid: str, group: ReleaseGroup) -> None:
        """Tie everything of a release group to the one that it was merged into."""
        self.store_group(tx, group)
        self._note_merger(tx, old_mbid, group.mbid)
        for table in (artist_groups, rule_groups, rule_tracks):
            self._move(tx, table, "group_mbid", old_mbid, group.mbid)
        self._move(tx, rule_exclusions, "mbid", old_mbid, group.mbid)
        tx.execute(
            update(releases)
            .where(releases.c.release_group_mbid == old_mbid)
            .values(release_group_mbid=group.mbid)
        )
        tx.execute(delete(release_groups).where(release_groups.c.mbid == old_mbid))
        name = f"{group.artist_credit.name} – {group.title}"
        self._follow_rule(tx, "album", old_mbid, group.mbid, name)

    def follow_artist(self, tx: Connection, old_mbid: str, artist: Artist) -> None:
        """Tie everything of an artist to the one that it was merged into."""
        self.store_artist(tx, artist)
        self._note_merger(tx, old_mbid, artist.mbid)
        self._move(tx, artist_groups, "artist_mbid", old_mbid, artist.mbid)
        tx.execute(delete(artists).where(artists.c.mbid == old_mbid))
        self._follow_rule(tx, "artist", old_mbid, artist.mbid, artist.name)

    def _note_merger(self, tx: Connection, old_mbid: str, mbid: str) -> None:
        """Remember which id leads where: stored releases may name the old one for a while."""
        values = {"old_mbid": old_mbid, "mbid": mbid}
        self._upsert(tx, merged_mbids, values, conflict=("old_mbid",), replaced=("mbid",))

    def _follow_rule(
        self, tx: Connection, kind: str, old_mbid: str, new_mbid: str, name: str
    ) -> None:
        """Give a rule the new MBID. It keeps its id, and takes over a rule for the new MBID."""
        query = select(watch_rules.c.mbid, watch_rules.c.id).where(
            watch_rules.c.kind == kind, watch_rules.c.mbid.in_([old_mbid, new_mbid])
        )
        ids = {row.mbid: row.id for row in tx.execute(query)}
        if old_mbid not in ids:
            return
        if new_mbid in ids:
            for table in (rule_groups, rule_tracks, rule_exclusions):
                self._move(tx, table, "rule_id", ids[new_mbid], ids[old_mbid])
            tx.execute(delete(watch_rules).where(watch_rules.c.id == ids[new_mbid]))
        tx.execute(
            update(watch_rules)
            .where(watch_rules.c.id == ids[old_mbid])
            .values(mbid=new_mbid, name=name)
        )


def _known_group(row: Row[Any]) -> KnownGroup:
    return KnownGroup(
        group=_GROUP.read(row.document),
        seen_at=row.seen_at,
        release_key=row.release_key,
        fetched_at=row.fetched_at,
        gone_at=row.gone_at,
        look_at=row.look_at,
    )
