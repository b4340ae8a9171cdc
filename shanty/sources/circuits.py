"""Sources that asked us to wait, and the way back: each has one circuit for all processes.

Owns the table ``circuits``. Refuses to know what is asked of a source, what a stage is, and
which sources concern one machine alone (``circuit_names``).

    closed --asked to wait--> open --its time is up--> half-open --one probe--> closed, slowly
                                ^                                     |
                                '---- for twice as long as before ----'

A source without a row has a closed circuit. While a circuit is open, its source is not asked.
Then a single request is let through, whichever process makes it. If that request succeeds, the
source is asked again at a pace that grows with each success (:meth:`Circuits.slowness`). If it is
refused, the source is left alone for twice as long.

A circuit opens if the source asks for it (a 429, a bot check), if the source cannot be reached,
or if it refuses several things in a row (:mod:`shanty.sources.refusals`). The refusal of one
thing alone opens nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Update, delete, select, update

from shanty.clock import utc_now
from shanty.db import Database
from shanty.db.insertion import insert_into
from shanty.db.tables import circuits
from shanty.errors import (
    NotFoundError,
    SourcePausedError,
    StageError,
    TransientError,
    UndeliveredError,
    UnreachableError,
    WaitError,
)
from shanty.sources.circuit_names import (
    OF_THIS_HOST,
    address_here,
    circuit_name,
    is_local,
)
from shanty.sources.circuit_rows import (
    CLOSED,
    OPEN,
    PROBING,
    Circuit,
    block,
    is_blocked,
    is_forgotten,
    paused,
    to_circuit,
)
from shanty.sources.passage import Passage
from shanty.sources.pauses import (
    ASKED,
    AWAY,
    REFUSING,
    SUCCESSES_TO_FULL_PACE,
    PausePolicy,
    slowness,
)
from shanty.sources.refusals import DELIVERY, LOOKUP, TRIES, Blame, Refusals

PROBE_SECONDS = 10 * 60.0
"""How long a probe may take. A process that dies in one holds the others up no longer than this."""


class Circuits:
    """The circuits of one database. Safe to use from several threads and processes."""

    def __init__(
        self,
        database: Database,
        policy: PausePolicy | None = None,
        *,
        clock: Callable[[], datetime] = utc_now,
        rng: random.Random | None = None,
    ):
        self._database = database
        self._policy = policy or PausePolicy()
        self._clock = clock
        self._rng = rng or random.Random()
        self.refusals = Refusals(database, clock)

    @contextmanager
    def guard(self, *names: str, subject: str = "", asks: str = DELIVERY) -> Iterator[Passage]:
        """A block in which a source is asked for something, once ``enter`` has been called.

        The first name is the source; the others are what the block needs besides. With a
        ``subject``, a failure is judged. If the fault is the subject's, or not known yet, an
        :class:`UndeliveredError` is raised. If it is the source's, a :class:`WaitError` is raised
        and the circuit opens. Any answer of the source closes a circuit that was being probed.
        """
        passage = Passage(self, [circuit_name(name) for name in names], subject, asks)
        try:
            yield passage
        except SourcePausedError:
            passage.abandon()
            raise
        except (WaitError, TransientError) as error:
            if passage.is_abandoned:
                raise
            settled = self._settle_failure(error, passage)
            raise settled from (None if settled is error else error)
        except (StageError, NotFoundError):
            passage.succeed()  # the source has answered, though not as hoped
            raise
        except BaseException:
            passage.abandon()
            raise
        if subject:
            self.refusals.note_through(passage.names[0], subject, asks)
        passage.succeed()

    def _settle_failure(self, error: WaitError | TransientError, passage: Passage) -> StageError:
        """Judge a failure and change the circuit accordingly; returns the error to raise."""
        source = passage.names[0]
        if isinstance(error, WaitError) and error.source in OF_THIS_HOST:
            return self._open_for(error, passage, address_here(error.source, source))
        is_sources = isinstance(error, WaitError) or (error.is_of_source and passage.asks != LOOKUP)
        if not passage.subject or not is_sources:
            if isinstance(error, WaitError):
                return self._open_for(error, passage, source)
            passage.fail()
            return error
        is_away = isinstance(error, UnreachableError)
        judgement = self.refusals.note(source, passage.subject, passage.asks, is_away=is_away)
        if judgement.blame is Blame.SUBJECT:
            passage.abandon()  # this says nothing about the source
            return UndeliveredError(error, judgement.times, is_alone=True)
        if isinstance(error, WaitError) and (error.is_plain or judgement.blame is Blame.SOURCE):
            return self._open_for(error, passage, source, tries=judgement.times)
        if judgement.blame is Blame.SOURCE or self._is_probing(source, passage.probe):
            why = "cannot be reached" if is_away else "refuses what it is asked for"
            wait = WaitError(str(error), source=source, why=why)
            kind = AWAY if is_away else REFUSING
            return self._open_for(wait, passage, source, kind, tries=judgement.times)
        passage.fail()
        is_free = passage.asks == DELIVERY and judgement.times < TRIES
        return UndeliveredError(error, judgement.times, is_free=is_free)

    def _open_for(
        self, error: WaitError, passage: Passage, name: str, kind: str = ASKED, *, tries: int = 0
    ) -> WaitError:
        """Open the circuit that an error is about; returns the error addressed to it."""
        until = error.rests_until(self._clock())
        self.open(name, error.why, retry_at=until, probe=passage.probe, kind=kind)
        passage.abandon()
        return error.addressed_to(name, tries)

    def _is_probing(self, name: str, probe: str) -> bool:
        mine = (circuits.c.name == name, circuits.c.state == PROBING, circuits.c.probe == probe)
        with self._database.read() as connection:
            return connection.scalar(select(circuits.c.name).where(*mine)) is not None

    # --- transitions ----------------------------------------------------------------------------

    def admit(self, names: Sequence[str], probe: str) -> bool:
        """Let a request through, or say why not; returns whether its outcome is to be reported.

        The outcome matters for every source that has a row: one being probed, or one on its way
        back to the full pace. ``probe`` is the asker's own name. When a pause has ended, one asker
        is let through, and may come again under the same name.

        Raises:
            SourcePausedError: one of the circuits is open, or another's probe is under way.
        """
        with self._database.read() as connection:
            known = connection.execute(select(circuits).where(circuits.c.name.in_(names))).all()
        if not known:
            return False
        for row in known:
            self._admit(row, probe)
        return True

    def refuse_if_blocked(self, *names: str) -> None:
        """Raise if a source is left alone, before any work is done in vain; makes no probe.

        Raises:
            SourcePausedError: one of the circuits is open, or a probe is under way.
        """
        wanted = [circuit_name(name) for name in names]
        with self._database.read() as connection:
            known = connection.execute(select(circuits).where(circuits.c.name.in_(wanted))).all()
        for row in known:
            if is_blocked(row, self._clock()):
                raise paused(row)

    def _admit(self, row: Row[Any], probe: str) -> None:
        if row.state == CLOSED or (row.state == PROBING and row.probe == probe):
            return
        now = self._clock()
        if is_blocked(row, now):
            raise paused(row)
        with self._database.begin() as tx:
            taken = tx.execute(
                update(circuits)
                .where(
                    circuits.c.name == row.name,
                    circuits.c.state == row.state,
                    circuits.c.probe == row.probe,
                    circuits.c.blocked_until == row.blocked_until,
                )
                .values(state=PROBING, probe=probe, **block(now, PROBE_SECONDS))
            ).rowcount
        if not taken:
            raise paused(row)

    def open(
        self,
        name: str,
        reason: str,
        *,
        retry_at: datetime | None = None,
        probe: str = "",
        kind: str = ASKED,
    ) -> None:
        """Leave a source alone from now on: until ``retry_at``, or as long as the policy says.

        Requests that were already under way bring the same news, so they do not count again.
        """
        with self._database.begin() as tx:
            now = self._clock()
            row = self._find(tx, name)
            if row is not None and is_blocked(row, now) and (not probe or row.probe != probe):
                if row.state == OPEN and retry_at is not None and retry_at > row.blocked_until:
                    tx.execute(_update(name).values(blocked_until=retry_at))
                return
            self._forget_gone_machines(tx, name, now)
            times = 1 if row is None else row.times + 1
            seconds = self._pause_seconds(name, times, retry_at, now, kind)
            is_away_still = row is not None and row.state != CLOSED and row.kind == kind == AWAY
            values = {
                "state": OPEN,
                "times": times,
                "successes_missing": SUCCESSES_TO_FULL_PACE,
                "probe": "",
                "reason": reason,
                "kind": kind,
                "opened_at": row.opened_at if row is not None and is_away_still else now,
                **block(now, seconds),
            }
            first = insert_into(tx, circuits).values(name=name, **values)
            tx.execute(first.on_conflict_do_update(index_elements=["name"], set_=values))

    def _pause_seconds(
        self, name: str, times: int, retry_at: datetime | None, now: datetime, kind: str
    ) -> float:
        asked = None if retry_at is None else (retry_at - now).total_seconds()
        return self._policy.pause_seconds(name, kind, times, asked, self._rng)

    def succeed(self, names: Sequence[str], probe: str, *, is_begun: bool = False) -> bool:
        """Note that sources have answered: closes probed circuits, speeds up the others.

        ``is_begun``: the answer has only begun to come. That proves nothing about a source that
        failed without asking us to wait, so such a circuit waits for the end of the answer.
        Returns whether no circuit has to wait for it.
        """
        is_all = True
        with self._database.begin() as tx:
            for name in names:
                row = self._find(tx, name)
                if row is None or row.state == OPEN or row.probe not in ("", probe):
                    continue
                if is_begun and row.kind != ASKED:
                    is_all = False
                    continue
                if row.state == PROBING:
                    self.refusals.acquit(tx, name)
                missing = row.successes_missing - 1
                if missing <= 0 or is_local(name) or row.kind == AWAY:
                    tx.execute(delete(circuits).where(circuits.c.name == name))
                else:
                    free = block(self._clock(), 0.0)
                    tx.execute(
                        _update(name).values(
                            state=CLOSED, probe="", successes_missing=missing, **free
                        )
                    )
        return is_all

    def end_probe(self, names: Sequence[str], probe: str, *, pause: bool) -> None:
        """Give back a probe that proved nothing: the next comes at once, or after a ``pause``."""
        with self._database.begin() as tx:
            now = self._clock()
            for name in names:
                row = self._find(tx, name)
                if row is None or row.state != PROBING or row.probe != probe:
                    continue
                longer = self._pause_seconds(name, row.times, None, now, row.kind)
                seconds = longer if pause else 0.0
                tx.execute(_update(name).values(state=OPEN, probe="", **block(now, seconds)))

    def resume(self, name: str) -> bool:
        """Let the next request be the probe, whatever the time; returns whether any had to wait."""
        with self._database.begin() as tx:
            changed = tx.execute(
                _update(name)
                .where(circuits.c.state != CLOSED)
                .values(state=OPEN, probe="", **block(self._clock(), 0.0))
            )
            return bool(changed.rowcount)

    # --- looking --------------------------------------------------------------------------------

    def list_all(self) -> list[Circuit]:
        """Every source that is not at its full pace, by name."""
        now = self._clock()
        with self._database.read() as connection:
            rows = connection.execute(select(circuits).order_by(circuits.c.name)).all()
        return [to_circuit(row, now) for row in rows if not is_forgotten(row, now)]

    def blocks(self, name: str) -> bool:
        """Whether a source is left alone at this moment."""
        try:
            self.refuse_if_blocked(name)
        except SourcePausedError:
            return True
        return False

    def slowness(self, name: str) -> float:
        """The factor by which the interval between two requests is longer now: 1 at full pace."""
        query = select(circuits.c.successes_missing).where(
            circuits.c.name == name, circuits.c.state == CLOSED
        )
        with self._database.read() as connection:
            missing: int | None = connection.scalar(query)
        if missing is None:
            return 1.0
        return slowness(missing)

    def _forget_gone_machines(self, tx: Connection, but: str, now: datetime) -> None:
        """Delete the circuits of machines that are gone: nobody else would ever close them."""
        for row in tx.execute(select(circuits).where(circuits.c.name != but)).all():
            if is_forgotten(row, now):
                tx.execute(delete(circuits).where(circuits.c.name == row.name))

    def _find(self, tx: Connection, name: str) -> Row[Any] | None:
        return tx.execute(select(circuits).where(circuits.c.name == name).with_for_update()).first()


def _update(name: str) -> Update:
    return update(circuits).where(circuits.c.name == name)
