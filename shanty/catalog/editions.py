"""Releases as MusicBrainz answered, with their age, so that it need not be asked again."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select, update

from shanty.catalog.access import CatalogAccess
from shanty.catalog.documents import Document
from shanty.db.tables import edition_pages, releases, request_counts, tracks
from shanty.music.entities import Placement, Release

_RELEASE: Document[Release] = Document(Release)
_RELEASES: Document[list[Release]] = Document(list[Release])
_PAGES_KEPT = timedelta(days=1)
"""After this long, the pages of an incomplete list no longer fit together."""


class Editions(CatalogAccess):
    """The stored releases, and the count of requests."""

    def store(self, tx: Connection, release: Release, key: str = "") -> str:
        """Store a release in place of an earlier answer; return its key.

        If the new answer lacks tracks of ours, these keep the earlier answer, by which they are
        filed.
        """
        key = key or release_key(release)
        self._keep_what_it_lacks(tx, key, release)
        values = {
            "key": key,
            "release_group_mbid": release.release_group.mbid,
            "document": _RELEASE.write(release),
            "fetched_at": self._clock(),
        }
        self._upsert(
            tx,
            releases,
            values,
            conflict=("key",),
            replaced=("release_group_mbid", "document", "fetched_at"),
        )
        return key

    def get(self, connection: Connection, key: str) -> Release | None:
        """Return a stored release; None if there is none with this key."""
        query = select(releases.c.document).where(releases.c.key == key)
        document = connection.execute(query).scalar()
        return None if document is None else _RELEASE.read(document)

    def find(self, key: str) -> Release | None:
        """Return a stored release; None if there is none with this key."""
        with self._database.read() as connection:
            return self.get(connection, key)

    def _keep_what_it_lacks(self, tx: Connection, key: str, release: Release) -> None:
        present = {track.recording.mbid for medium in release.media for track in medium.tracks}
        query = select(tracks.c.id, tracks.c.recording_mbid).where(tracks.c.release_key == key)
        lacking = [row.id for row in tx.execute(query) if row.recording_mbid not in present]
        earlier = self.get(tx, key) if lacking else None
        if earlier is None:
            return
        kept = self.store(tx, earlier, self._free_key(tx, key))
        tx.execute(update(tracks).where(tracks.c.id.in_(lacking)).values(release_key=kept))

    def _free_key(self, tx: Connection, key: str) -> str:
        """Return a free key for an earlier answer. There may be several, even in one second."""
        number = 1
        while tx.scalar(select(releases.c.key).where(releases.c.key == f"{key}@{number}")):
            number += 1
        return f"{key}@{number}"

    # --- the editions of a release group, while their pages come in ---------------------------

    def keep_page(
        self, tx: Connection, group_mbid: str, first: int, total: int, page: list[Release]
    ) -> None:
        """Keep a page of a list, so that an interruption does not cost it again."""
        values = {
            "group_mbid": group_mbid,
            "first": first,
            "total": total,
            "document": _RELEASES.write(page),
            "fetched_at": self._clock(),
        }
        self._upsert(
            tx,
            edition_pages,
            values,
            conflict=("group_mbid", "first"),
            replaced=("total", "document", "fetched_at"),
        )

    def kept_pages(self, group_mbid: str) -> tuple[list[Release], int | None]:
        """Return the editions on the kept pages, and the number of all editions if known."""
        query = (
            select(edition_pages)
            .where(
                edition_pages.c.group_mbid == group_mbid,
                edition_pages.c.fetched_at > self._clock() - _PAGES_KEPT,
            )
            .order_by(edition_pages.c.first)
        )
        found: list[Release] = []
        total: int | None = None
        with self._database.read() as connection:
            for row in connection.execute(query):
                if row.first != len(found):
                    break
                found += _RELEASES.read(row.document)
                total = row.total
        return found, total

    def forget_pages(self, tx: Connection, group_mbid: str) -> None:
        """Forget the pages of a list that is complete, or useless."""
        tx.execute(delete(edition_pages).where(edition_pages.c.group_mbid == group_mbid))

    # --- requests -------------------------------------------------------------------------------

    def count_request(self, service: str) -> None:
        """Count one request to a service, permanently."""
        values = {"service": service, "day": _day(self._clock()), "number": 1}
        counted = request_counts.c
        with self._database.begin() as tx:
            self._upsert(tx, request_counts, values | {"number": 0}, conflict=("service", "day"))
            tx.execute(
                update(request_counts)
                .where(counted.service == service, counted.day == values["day"])
                .values(number=counted.number + 1)
            )

    def count_requests(self, service: str) -> tuple[int, int]:
        """Return how many requests were made to a service: today (UTC), and ever."""
        query = (
            select(request_counts.c.day, func.sum(request_counts.c.number))
            .where(request_counts.c.service == service)
            .group_by(request_counts.c.day)
        )
        with self._database.read() as connection:
            days = {day: int(number) for day, number in connection.execute(query)}
        return days.get(_day(self._clock()), 0), sum(days.values())


def release_key(release: Release) -> str:
    """Return a release's key: its MBID, or a key of ours for a standalone recording."""
    if release.mbid:
        return release.mbid
    # It has no release with an MBID, but exactly one track.
    (placement,) = (
        Placement(release, medium, track) for medium in release.media for track in medium.tracks
    )
    return f"recording:{placement.recording.mbid}"


def _day(at: datetime) -> str:
    return at.date().isoformat()
