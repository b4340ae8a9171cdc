"""What was noticed, and how much of it each channel has been told.

Owns the tables ``notices`` and ``notice_channels``. Several processes may notice and tell at once:
an event is noted once, and one of them tells it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, or_, select, update

from shanty.clock import utc_now
from shanty.config.service_sections import EventName
from shanty.db import Database
from shanty.db.insertion import insert_into
from shanty.db.tables import notice_channels, notices
from shanty.diagnosis.notices.events import NATURES, Event

LASTS = timedelta(minutes=30)
"""A trouble that is gone for less than this is the same one: a disk that is nearly full, say."""
CLAIM = timedelta(minutes=5)
"""How long a notice that is being sent, or could not be, is left alone."""
_KEPT = timedelta(days=30)
_AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class Noted:
    """An event that was noted. ``ended_at``: it is no longer so."""

    id: int
    event: Event
    noticed_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Untold:
    """What a channel has not been told of one kind of event. ``told_at`` is its last notice."""

    channel: str
    kind: EventName
    told_id: int
    told_at: datetime | None
    noted: tuple[Noted, ...]


@dataclass(frozen=True, slots=True)
class LastResult:
    """What came of telling a channel: when it last took a notice, of whatever kind.

    ``tried_at`` is when one was sent that it has not taken, or is being sent now.
    """

    told_at: datetime | None
    tried_at: datetime | None


class Record:
    """The notices of one database."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = utc_now):
        self._database = database
        self._clock = clock

    def note(self, events: Iterable[Event], kinds: Collection[EventName]) -> None:
        """Write down what is so now, and end what is no longer so, of the kinds looked at."""
        # As long as nothing has changed, nothing is written: each commit wakes all pages.
        now = self._clock()
        found = {(event.kind, event.subject[:128]): event for event in events}
        known = self._open_notices(kinds)
        new = [
            {
                "kind": kind,
                "subject": subject,
                "line": event.line,
                "album": event.album,
                "noticed_at": now,
                "seen_at": now,
            }
            for (kind, subject), event in found.items()
            if (kind, subject) not in known
        ]
        over, seen = [], []
        for (kind, subject), row in known.items():
            patience = LASTS if NATURES[kind].matters else timedelta(0)
            unseen = now - row.seen_at
            if (kind, subject) in found:
                seen += [row.id] if patience and unseen >= patience / 2 else []
            elif not NATURES[kind].happens and unseen >= patience:
                over.append(row.id)
        if not (new or over or seen):
            return
        with self._database.begin() as tx:
            if new:
                tx.execute(insert_into(tx, notices).on_conflict_do_nothing(), new)
            _set(tx, seen, seen_at=now)
            _set(tx, over, ended_at=now)
            # The newest row stays: its id must not be given to another one.
            newest = select(func.max(notices.c.id)).scalar_subquery()
            tx.execute(
                delete(notices).where(notices.c.ended_at < now - _KEPT, notices.c.id < newest)
            )

    def _open_notices(self, kinds: Collection[EventName]) -> dict[tuple[EventName, str], Row[Any]]:
        query = select(notices.c.id, notices.c.kind, notices.c.subject, notices.c.seen_at).where(
            notices.c.ended_at.is_(None), notices.c.kind.in_(kinds)
        )
        with self._database.read() as connection:
            return {(row.kind, row.subject): row for row in connection.execute(query)}

    def untold(self, channel: str, kinds: Collection[EventName]) -> list[Untold]:
        """What a channel has not been told, by kind.

        A new channel is told of what lasts, and not of all that has ever happened.
        """
        query = select(notice_channels).where(
            notice_channels.c.channel == channel, notice_channels.c.kind.in_(kinds)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        if missing := set(kinds) - {row.kind for row in rows}:
            self._begin_channel(channel, missing)
            return self.untold(channel, kinds)
        with self._database.read() as connection:
            return [
                Untold(row.channel, row.kind, row.told_id, row.told_at, noted)
                for row in rows
                if (noted := self._noted(connection, row.kind, row.told_id))
            ]

    def last_result(self, channel: str) -> LastResult:
        """What came of telling a channel lately."""
        query = select(
            func.max(notice_channels.c.told_at), func.max(notice_channels.c.claimed_at)
        ).where(notice_channels.c.channel == channel)
        with self._database.read() as connection:
            return LastResult(*connection.execute(query).one())

    def _begin_channel(self, channel: str, kinds: Iterable[EventName]) -> None:
        with self._database.begin() as tx:
            last = tx.scalar(select(func.max(notices.c.id))) or 0
            rows = [
                {
                    "channel": channel,
                    "kind": kind,
                    "told_id": last if NATURES[kind].happens else 0,
                }
                for kind in kinds
            ]
            tx.execute(insert_into(tx, notice_channels).on_conflict_do_nothing(), rows)

    def _noted(self, connection: Connection, kind: EventName, after: int) -> tuple[Noted, ...]:
        query = (
            select(notices)
            .where(notices.c.kind == kind, notices.c.id > after)
            .order_by(notices.c.id)
        )
        if not NATURES[kind].matters:
            query = query.where(notices.c.ended_at.is_(None))
        return tuple(
            Noted(
                row.id, Event(kind, row.subject, row.line, row.album), row.noticed_at, row.ended_at
            )
            for row in connection.execute(query)
        )

    def claim(self, untold: Untold) -> bool:
        """Take it upon this process to tell; False if another one does, or has just failed to."""
        now = self._clock()
        claimed = notice_channels.c.claimed_at
        # A claim that lies ahead was made before the clock was set back.
        is_free = or_(claimed.is_(None), claimed <= now - CLAIM, claimed > now)
        with self._database.begin() as tx:
            return self._update(tx, untold, is_free, claimed_at=now)

    def told(self, untold: Untold) -> None:
        """Note that the channel knows all of it now."""
        with self._database.begin() as tx:
            self._update(
                tx,
                untold,
                told_id=max(one.id for one in untold.noted),
                told_at=self._clock(),
                claimed_at=None,
            )

    def _update(self, tx: Connection, untold: Untold, *conditions: Any, **values: Any) -> bool:
        mine = (
            notice_channels.c.channel == untold.channel,
            notice_channels.c.kind == untold.kind,
            notice_channels.c.told_id == untold.told_id,
        )
        statement = update(notice_channels).where(*mine, *conditions).values(**values)
        return bool(tx.execute(statement).rowcount)


def _set(tx: Connection, ids: Sequence[int], **values: datetime) -> None:
    for first in range(0, len(ids), _AT_A_TIME):
        part = notices.c.id.in_(ids[first : first + _AT_A_TIME])
        tx.execute(update(notices).where(part).values(**values))
