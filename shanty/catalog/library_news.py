"""What of the library's changes each media server has been told.

Owns the table ``media_servers``. The changes themselves are the journal's, so none is forgotten.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, func, or_, select, update

from shanty.catalog.access import CatalogAccess
from shanty.catalog.entries import EntryStatus
from shanty.db.insertion import insert_into
from shanty.db.tables import journal, media_servers

_SETTLED_AFTER = timedelta(minutes=10)
"""An act that has been open for so long belongs to a dead process: the rest need not wait."""


@dataclass(frozen=True, slots=True)
class LibraryNews:
    """Acts that a server does not know. ``paths`` are the files' before and after each act.

    ``first_at`` and ``last_at`` are when the first and the last were done.
    """

    server: str
    told_id: int
    last_id: int
    first_at: datetime
    last_at: datetime
    paths: tuple[tuple[Path, Path], ...]


@dataclass(frozen=True, slots=True)
class ToldState:
    """How far a media server is. ``told_at`` is when the last act that it knows was done.

    ``retry_at`` is when it is told again, if it has not taken what it was told.
    """

    told_at: datetime | None
    retry_at: datetime | None


class NewsOfTheLibrary(CatalogAccess):
    """Acts for media servers."""

    def untold(self, server: str) -> LibraryNews | None:
        """Return what a server has not been told; None if it knows all. A new one knows all."""
        now = self._clock()
        with self._database.read() as connection:
            row = connection.execute(
                select(media_servers).where(media_servers.c.server == server)
            ).first()
            newest = connection.scalar(select(func.max(journal.c.id))) or 0
            if row is not None and row.told_id <= newest:
                # What is open may still be dropped or done. The rest waits, but not for ever.
                is_open = (journal.c.status == EntryStatus.INTENDED) & (
                    journal.c.at > now - _SETTLED_AFTER
                )
                first_open = connection.scalar(select(func.min(journal.c.id)).where(is_open))
                query = select(
                    journal.c.id, journal.c.at, journal.c.source_path, journal.c.target_path
                ).where(journal.c.id > row.told_id, journal.c.status != EntryStatus.INTENDED)
                if first_open is not None:
                    query = query.where(journal.c.id < first_open)
                acts = connection.execute(query.order_by(journal.c.id)).all()
                if not acts:
                    return None
                return LibraryNews(
                    server,
                    row.told_id,
                    acts[-1].id,
                    min(act.at for act in acts),
                    max(act.at for act in acts),
                    tuple((Path(act.source_path), Path(act.target_path)) for act in acts),
                )
        # A new server; or the journal was pruned to nothing, and begins to count anew.
        told_id = newest if row is None else 0
        with self._database.begin() as tx:
            values = {"server": server, "told_id": told_id, "retry_at": None}
            tx.execute(
                insert_into(tx, media_servers)
                .values(values)
                .on_conflict_do_update(index_elements=["server"], set_=values)
            )
        return None

    def list_states(self) -> dict[str, ToldState]:
        """Return how far each server is, by its key."""
        query = select(media_servers.c.server, journal.c.at, media_servers.c.retry_at).select_from(
            media_servers.outerjoin(journal, journal.c.id == media_servers.c.told_id)
        )
        with self._database.read() as connection:
            return {
                row.server: ToldState(row.at, row.retry_at) for row in connection.execute(query)
            }

    def claim(self, news: LibraryNews, until: datetime) -> bool:
        """Take it upon this process to tell; False if it is not the time, or another one does."""
        now, at = self._clock(), media_servers.c.retry_at
        # A time that is too far ahead was set before the clock was set back.
        is_time = or_(at.is_(None), at <= now, at > until + timedelta(days=1))
        with self._database.begin() as tx:
            return self._update(tx, news, is_time, retry_at=until)

    def told(self, news: LibraryNews) -> None:
        """Note that the server knows it now."""
        with self._database.begin() as tx:
            self._update(tx, news, told_id=news.last_id, retry_at=None)

    def forget_others(self, servers: Collection[str]) -> None:
        """Forget the servers that are no longer set."""
        known = media_servers.c.server.not_in(servers)
        with self._database.read() as connection:
            is_any = connection.scalar(select(func.count()).where(known))
        if is_any:
            with self._database.begin() as tx:
                tx.execute(media_servers.delete().where(known))

    def _update(
        self, tx: Connection, news: LibraryNews, *conditions: object, **values: object
    ) -> bool:
        mine = (
            media_servers.c.server == news.server,
            media_servers.c.told_id == news.told_id,
        )
        statement = update(media_servers).where(*mine, *conditions).values(**values)  # type: ignore[arg-type]
        return bool(tx.execute(statement).rowcount)
