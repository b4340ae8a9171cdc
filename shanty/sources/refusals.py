"""Whose fault a failure is: the source's, or that of the one thing that was asked for.

Owns the table ``refusals``. One failure does not tell; what happens to other things at the same
time does:

    others have got through since this was refused before  -> it is this one's fault
    others were refused too, and nobody has got through    -> it is the source's
    nobody else has asked since                            -> not known yet

The refusals are in the database, so that a judgement holds for all processes and after a restart.
Refuses to know what follows from a judgement: the circuit and the stage decide that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, select, update

from shanty.clock import utc_now
from shanty.db import Database
from shanty.db.insertion import insert_into
from shanty.db.tables import refusals

TRIES = 3
"""After this many refusals of one candidate, the next one is tried."""

REACH, SEARCH, DELIVERY, LOOKUP = "reach", "search", "delivery", "lookup"
"""What failed: reaching the source, a search, the delivery of something found, or a lookup.

A failed lookup opens no circuit, unless the source asked us to wait: a person waits for its answer.
"""

_OTHERS = 2
_REFUSALS = 4
"""This many refused others, or this many refusals among two or more things, make it the source's
fault. A single hiccup of one other upload does not.
"""
_COUNTS_FOR = timedelta(hours=1)
_KEPT_FOR = timedelta(days=7)


class Blame(StrEnum):
    """Whose fault a failure is."""

    SOURCE = "source"
    SUBJECT = "subject"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whose fault a failure is, and how often this subject has been refused, this time included."""

    blame: Blame
    times: int


class Refusals:
    """What the sources of one database have refused. Safe to use from several processes."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = utc_now):
        self._database = database
        self._clock = clock

    def note(self, source: str, subject: str, asks: str, *, is_away: bool) -> Judgement:
        """Note that ``subject`` did not come, and judge whose fault that is.

        ``asks`` is the kind of request: :data:`SEARCH`, :data:`DELIVERY` or :data:`LOOKUP`.
        ``is_away``: the source could not be reached.
        """
        aspect = REACH if is_away else asks
        now = self._clock()
        with self._database.begin() as tx:
            tx.execute(delete(refusals).where(refusals.c.refused_at < now - _KEPT_FOR))
            query = select(refusals).where(refusals.c.source == source).with_for_update()
            rows = {row.subject: row for row in tx.execute(query)}
            mine = rows.pop(subject[:128], None)
            times = 1 if mine is None else mine.times + 1
            is_alone = mine is not None and mine.is_alone
            others = [row for row in rows.values() if _speaks(row, aspect, now)]
            values = {"aspect": aspect, "times": times, "is_alone": is_alone, "refused_at": now}
            tx.execute(
                insert_into(tx, refusals)
                .values(source=source, subject=subject[:128], **values)
                .on_conflict_do_update(index_elements=["source", "subject"], set_=values)
            )
        if is_alone:  # those others were refused after something had got through
            is_sources = len(others) >= _OTHERS
            return Judgement(Blame.SOURCE if is_sources else Blame.SUBJECT, times)
        is_sources = _is_sources(aspect, times, others) or (aspect == REACH and asks == SEARCH)
        return Judgement(Blame.SOURCE if is_sources else Blame.UNKNOWN, times)

    def note_through(self, source: str, subject: str, asks: str) -> None:
        """Note that ``subject`` came: whatever was refused before is itself to blame."""
        mine = refusals.c.source == source
        with self._database.read() as connection:
            if not connection.scalar(select(exists().where(mine))):
                return
        with self._database.begin() as tx:
            tx.execute(delete(refusals).where(mine, refusals.c.subject == subject[:128]))
            tx.execute(
                update(refusals)
                .where(mine, refusals.c.aspect.in_((REACH, asks)))
                .values(is_alone=True)
            )

    def acquit(self, tx: Connection, source: str) -> None:
        """Forget what was refused: the source was the reason, and is back."""
        tx.execute(delete(refusals).where(refusals.c.source == source))

    def find_frequent(self, subjects: Collection[str]) -> set[str]:
        """The subjects that have been refused :data:`TRIES` times or more."""
        query = select(refusals.c.subject).where(
            refusals.c.subject.in_([one[:128] for one in subjects]), refusals.c.times >= TRIES
        )
        with self._database.read() as connection:
            return set(connection.scalars(query))


def _speaks(row: Row[Any], aspect: str, now: datetime) -> bool:
    """Whether the refusal of another subject says something about the source."""
    is_alike = row.aspect == aspect or REACH in (row.aspect, aspect)
    return is_alike and not row.is_alone and abs(now - row.refused_at) < _COUNTS_FOR


def _is_sources(aspect: str, times: int, others: Collection[Row[Any]]) -> bool:
    if aspect == REACH:
        # If nothing can be compared, wait for the source: an outage must not use up attempts.
        return bool(others) or times > TRIES
    refused = times + sum(row.times for row in others)
    return len(others) >= _OTHERS or (len(others) > 0 and refused >= _REFUSALS)
