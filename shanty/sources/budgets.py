"""How often an outside service may be asked: each service has one budget for all processes.

Owns the table ``budgets`` and the wait for a slot. Refuses to know what is asked for. The budgets
are in the database because all processes share it, on one machine or several, with a Prefect
server or without. Sleeps inside each process would not add up to a rate.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from shanty.clock import utc_now
from shanty.db import Database
from shanty.db.insertion import insert_into
from shanty.db.tables import budgets

ACOUSTID = "acoustid"
MUSICBRAINZ = "musicbrainz"
LYRICS = "lyrics"
_LONGEST_LINE = timedelta(minutes=15)
_LONGEST_LINE_TURNS = 100
"""A slot further ahead than the longest line was taken before a clock was set back."""
_LOOK_UP_SECONDS = 0.25


class Budgets:
    """The budgets of one database. Safe to use from several threads and processes."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = utc_now):
        self._database = database
        self._clock = clock

    def reserve(self, name: str, interval_seconds: float) -> float:
        """Take the next slot; returns the seconds until then.

        Slots are ``interval_seconds`` apart, whoever takes them. A slot that is not used is lost.
        """
        interval = timedelta(seconds=interval_seconds)
        with self._database.begin() as tx:
            now = self._clock()
            slot_at = self._next_slot(tx, name, now)
            longest_line = max(_LONGEST_LINE, interval * _LONGEST_LINE_TURNS)
            if not now <= slot_at <= now + longest_line:
                slot_at = now
            tx.execute(
                update(budgets).where(budgets.c.name == name).values(next_at=slot_at + interval)
            )
        return (slot_at - now).total_seconds()

    def wait_for_turn(
        self,
        name: str,
        interval_seconds: float,
        *,
        should_stop: Callable[[], bool] = lambda: False,
        on_slot: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        """Take the next slot and sleep until then, or until ``should_stop`` says so.

        ``on_slot`` is told how many seconds that is.
        """
        if interval_seconds <= 0:
            return
        seconds = self.reserve(name, interval_seconds)
        slot = time.monotonic() + seconds
        on_slot(seconds)
        while (left := slot - time.monotonic()) > 0 and not should_stop():
            time.sleep(min(left, _LOOK_UP_SECONDS))

    def _next_slot(self, tx: Connection, name: str, now: datetime) -> datetime:
        """The first free slot; holds the budget's row until the transaction ends."""
        known = select(budgets.c.next_at).where(budgets.c.name == name).with_for_update()
        slot_at: datetime | None = tx.execute(known).scalar()
        if slot_at is None:
            # Two processes may both be the first to ask.
            first = insert_into(tx, budgets).values(name=name, next_at=now)
            tx.execute(first.on_conflict_do_nothing())
            slot_at = tx.execute(known).scalar_one()
        assert slot_at is not None, "the column holds no nulls"
        return slot_at
