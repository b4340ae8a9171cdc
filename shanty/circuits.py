"""Sources that asked us to wait, and the way back: one circuit each, for all processes together.

Owns the table ``circuits``. Refuses to know what is asked of a source, what a stage is, and
what it is that concerns one machine alone (``circuit_names``).

    closed --asked to wait--> open --its time is up--> half-open --one probe--> closed, slowly
                                ^                                     |
                                '---- for twice as long as before ----'

A source without a row is closed. While its circuit is open, nothing is asked of it; then a single
request is let through, whichever process makes it. Does it succeed, the source is asked again at a
pace that grows with each success (:meth:`Circuits.slowness`); is it asked to wait again, the source
is left alone for twice as long.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Update, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from shanty.catalog import utc_now
from shanty.circuit_names import OF_THIS_HOST, circuit_name, is_local, label_of
from shanty.db import Database
from shanty.db.tables import circuits
from shanty.errors import (
    NotFoundError,
    SourcePausedError,
    StageError,
    TransientError,
    WaitError,
)

OPEN, PROBING, CLOSED = "open", "probing", "closed"
HALF_OPEN = "half-open"

PROBE_SECONDS = 10 * 60.0
"""How long a probe may take. Whose process dies in it holds nobody up for longer."""
LONGEST_LOCAL_SECONDS = 5 * 60.0
"""To look whether the disk has room again annoys nobody."""
GONE_AFTER_SECONDS = 3600.0
"""A machine that has not looked at its own affairs for so long is not there any more: started
anew, it has another identity.
"""
SUCCESSES_TO_FULL_PACE = 10
SLOWEST = 8.0
"""The first request after a probe waits this many times as long as usual."""
_CLOCK_TOLERANCE = timedelta(minutes=5)
_JITTER = 0.1


@dataclass(frozen=True, slots=True)
class PausePolicy:
    """For how long a source is left alone that does not say so: doubled each time, and capped."""

    first_seconds: float = 60.0
    cap_seconds: float = 3600.0


@dataclass(frozen=True, slots=True)
class Circuit:
    """How things stand with a source. ``until`` is None but for an open one.

    ``successes_missing`` counts down the slow way back to the full pace.
    """

    name: str
    state: str
    reason: str
    opened_at: datetime
    until: datetime | None
    times: int
    successes_missing: int


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

    @contextmanager
    def guard(self, *names: str) -> Iterator[Passage]:
        """A block in which a source is asked for something, as soon as ``enter`` is called.

        The first name is the source; the others are what the block needs besides. What the block
        raises is noted: :class:`WaitError` opens a circuit, anything that the source has answered
        closes one that was on probation.
        """
        passage = Passage(self, [circuit_name(name) for name in names])
        try:
            yield passage
        except SourcePausedError:
            passage.abandon()
            raise
        except WaitError as error:
            error.source = self._open_for(error, passage)
            raise
        except TransientError:
            passage.fail()
            raise
        except (StageError, NotFoundError):
            passage.succeed()  # it has answered, if not what was hoped for
            raise
        except BaseException:
            passage.abandon()
            raise
        passage.succeed()

    def _open_for(self, error: WaitError, passage: Passage) -> str:
        """Open the circuit that an error is about; returns its name."""
        name = passage.names[0]
        if error.source in OF_THIS_HOST:
            name = circuit_name(error.source)
        self.open(name, error.why, retry_at=error.retry_at, probe=passage.probe)
        passage.abandon()
        return name

    # --- transitions ----------------------------------------------------------------------------

    def admit(self, names: Sequence[str], probe: str) -> bool:
        """Let a request through, or say why not; whether it is on probation, or on the way back.

        ``probe`` is a name of the asker's own: of those who come when the time is up, one is let
        through, and may come again by the same name.

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
        """Spare the trouble of what would come to nothing; no probe is made.

        Raises:
            SourcePausedError: one of the circuits is open, or a probe is under way.
        """
        wanted = [circuit_name(name) for name in names]
        with self._database.read() as connection:
            known = connection.execute(select(circuits).where(circuits.c.name.in_(wanted))).all()
        for row in known:
            if _is_blocked(row, self._clock()):
                raise _paused(row)

    def _admit(self, row: Row[Any], probe: str) -> None:
        if row.state == CLOSED or (row.state == PROBING and row.probe == probe):
            return
        now = self._clock()
        if _is_blocked(row, now):
            raise _paused(row)
        with self._database.begin() as tx:
            taken = tx.execute(
                update(circuits)
                .where(
                    circuits.c.name == row.name,
                    circuits.c.state == row.state,
                    circuits.c.probe == row.probe,
                    circuits.c.blocked_until == row.blocked_until,
                )
                .values(state=PROBING, probe=probe, **_block(now, PROBE_SECONDS))
            ).rowcount
        if not taken:
            raise _paused(row)

    def open(
        self, name: str, reason: str, *, retry_at: datetime | None = None, probe: str = ""
    ) -> None:
        """Leave a source alone from now on: until ``retry_at``, or as long as the policy says.

        Requests that were under way when it opened say the same: they do not count again.
        """
        with self._database.begin() as tx:
            now = self._clock()
            row = self._find(tx, name)
            if row is not None and _is_blocked(row, now) and (not probe or row.probe != probe):
                if row.state == OPEN and retry_at is not None and retry_at > row.blocked_until:
                    tx.execute(_update(name).values(blocked_until=retry_at))
                return
            self._forget_gone_machines(tx, name, now)
            times = 1 if row is None else row.times + 1
            seconds = self._pause_seconds(name, times, retry_at, now)
            values = {
                "state": OPEN,
                "times": times,
                "successes_missing": SUCCESSES_TO_FULL_PACE,
                "probe": "",
                "reason": reason,
                "opened_at": now,
                **_block(now, seconds),
            }
            insert = sqlite.insert if self._database.dialect_name == "sqlite" else postgresql.insert
            tx.execute(
                insert(circuits)
                .values(name=name, **values)
                .on_conflict_do_update(index_elements=["name"], set_=values)
            )

    def _pause_seconds(
        self, name: str, times: int, retry_at: datetime | None, now: datetime
    ) -> float:
        cap = self._policy.cap_seconds
        if is_local(name):
            cap = min(cap, LONGEST_LOCAL_SECONDS)
        seconds = min(self._policy.first_seconds * 2.0 ** min(times - 1, 30), cap)
        seconds *= 1 + _JITTER * self._rng.random()
        if retry_at is None:
            return seconds
        asked = max(1.0, (retry_at - now).total_seconds())
        # Who has kept to it and is sent away again has been told too little.
        return asked if times == 1 else max(asked, seconds)

    def succeed(self, names: Sequence[str], probe: str) -> None:
        """Note that sources have answered: closes what was on probation, speeds up the rest."""
        with self._database.begin() as tx:
            for name in names:
                row = self._find(tx, name)
                if row is None or row.state == OPEN or row.probe not in ("", probe):
                    continue
                missing = row.successes_missing - 1
                if missing <= 0 or is_local(name):
                    tx.execute(delete(circuits).where(circuits.c.name == name))
                else:
                    free = _block(self._clock(), 0.0)
                    tx.execute(
                        _update(name).values(
                            state=CLOSED, probe="", successes_missing=missing, **free
                        )
                    )

    def end_probe(self, names: Sequence[str], probe: str, *, pause: bool) -> None:
        """Give a probe back that says nothing: for another at once, or after a ``pause``."""
        with self._database.begin() as tx:
            now = self._clock()
            for name in names:
                row = self._find(tx, name)
                if row is None or row.state != PROBING or row.probe != probe:
                    continue
                seconds = self._pause_seconds(name, row.times, None, now) if pause else 0.0
                tx.execute(_update(name).values(state=OPEN, probe="", **_block(now, seconds)))

    def resume(self, name: str) -> bool:
        """Let the next request be the probe, whatever the time; whether there was one to wait."""
        with self._database.begin() as tx:
            changed = tx.execute(
                _update(name)
                .where(circuits.c.state != CLOSED)
                .values(state=OPEN, probe="", **_block(self._clock(), 0.0))
            )
            return bool(changed.rowcount)

    # --- looking --------------------------------------------------------------------------------

    def list_all(self) -> list[Circuit]:
        """Every source that is not at its full pace, by name."""
        now = self._clock()
        with self._database.read() as connection:
            rows = connection.execute(select(circuits).order_by(circuits.c.name)).all()
        return [_to_circuit(row, now) for row in rows if not _is_forgotten(row, now)]

    def blocks(self, name: str) -> bool:
        """Whether a source is left alone at this moment."""
        try:
            self.refuse_if_blocked(name)
        except SourcePausedError:
            return True
        return False

    def slowness(self, name: str) -> float:
        """By how much the usual interval between two requests is longer now: 1 at full pace."""
        query = select(circuits.c.successes_missing).where(
            circuits.c.name == name, circuits.c.state == CLOSED
        )
        with self._database.read() as connection:
            missing: int | None = connection.scalar(query)
        if missing is None:
            return 1.0
        return max(1.0, SLOWEST * missing / SUCCESSES_TO_FULL_PACE)

    def _forget_gone_machines(self, tx: Connection, but: str, now: datetime) -> None:
        """Whoever is started anew has another identity: nobody would close its earlier circuits."""
        for row in tx.execute(select(circuits).where(circuits.c.name != but)).all():
            if _is_forgotten(row, now):
                tx.execute(delete(circuits).where(circuits.c.name == row.name))

    def _find(self, tx: Connection, name: str) -> Row[Any] | None:
        return tx.execute(select(circuits).where(circuits.c.name == name).with_for_update()).first()


class Passage:
    """What one asker does at the circuits that it has to pass; see :meth:`Circuits.guard`."""

    def __init__(self, circuits_: Circuits, names: Sequence[str]):
        self.names = names
        self.probe = uuid.uuid4().hex
        self._circuits = circuits_
        self._is_watched = False

    def enter(self) -> None:
        """Go on if nothing is in the way. May be called before each of several requests.

        Raises:
            SourcePausedError: a circuit is open.
        """
        try:
            self._is_watched |= self._circuits.admit(self.names, self.probe)
        except SourcePausedError:
            self._is_watched = True  # the first name may have let us probe before the next refused
            raise

    def succeed(self) -> None:
        """The source has answered. Called by the guard, and earlier by who knows earlier."""
        if self._is_watched:
            self._circuits.succeed(self.names, self.probe)
        self._is_watched = False

    def fail(self) -> None:
        """There was no answer: if this was a probe, another one is made later."""
        if self._is_watched:
            self._circuits.end_probe(self.names, self.probe, pause=True)

    def abandon(self) -> None:
        """Nothing is known: if this was a probe, another one may be made at once."""
        if self._is_watched:
            self._circuits.end_probe(self.names, self.probe, pause=False)


def _update(name: str) -> Update:
    return update(circuits).where(circuits.c.name == name)


def _block(now: datetime, seconds: float) -> dict[str, datetime]:
    return {
        "blocked_from": now - _CLOCK_TOLERANCE,
        "blocked_until": now + timedelta(seconds=seconds),
    }


def _is_blocked(row: Row[Any], now: datetime) -> bool:
    is_it: bool = row.blocked_from <= now < row.blocked_until
    return is_it


def _is_forgotten(row: Row[Any], now: datetime) -> bool:
    limit = row.blocked_until + timedelta(seconds=GONE_AFTER_SECONDS)
    return is_local(row.name) and now > limit


def _paused(row: Row[Any]) -> SourcePausedError:
    until = row.blocked_until if row.state == OPEN else None
    said = f"{label_of(row.name)} is paused: {row.reason}"
    return SourcePausedError(said, source=row.name, retry_at=until)


def _to_circuit(row: Row[Any], now: datetime) -> Circuit:
    is_blocked = _is_blocked(row, now)
    state = HALF_OPEN if row.state == OPEN and not is_blocked else row.state
    until = row.blocked_until if state == OPEN else None
    return Circuit(
        row.name, state, row.reason, row.opened_at, until, row.times, row.successes_missing
    )
