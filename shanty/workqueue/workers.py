"""The workers of the queue: one row for each live flow run, kept alive by heartbeats.

Owns the judgement whether a worker lives. A worker's process is identified by its host, pid and
start time, so that a reused pid is not taken for the former process. A host means one space of
process ids: see :mod:`shanty.host_identity`.
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import psutil
from sqlalchemy import Connection, delete, insert, select, text, update

from shanty.db.tables import workers
from shanty.errors import LeaseLostError
from shanty.host_identity import identify_host
from shanty.workqueue.rows import QueueAccess

BEAT_SECONDS = 10.0
STALE_SECONDS = 30.0
_START_TOLERANCE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class LiveWorker:
    """A row of ``workers``.

    ``process_started_at`` is in seconds since the host's boot. So is ``heartbeat_monotonic``, by a
    clock of the host that nobody can set.
    """

    worker_id: str
    flow_run_id: str | None
    job: str
    host: str
    pid: int
    process_started_at: float
    started_at: datetime
    heartbeat_at: datetime
    heartbeat_monotonic: float
    home: str

    @property
    def is_stopped(self) -> bool:
        """Whether its process, on this machine, is stopped, as by Ctrl-Z."""
        try:
            return psutil.Process(self.pid).status() == psutil.STATUS_STOPPED
        except psutil.Error:
            return False


class Workers(QueueAccess):
    """Registers, beats, unregisters, and tells the living from the dead."""

    def register(
        self, flow_run_id: str | None = None, job: str = "pipeline", home: str = ""
    ) -> str:
        """Announce this process as a worker for a job; return the new worker's id.

        ``home`` is the folder of its settings, staging and logs. Workers register one after the
        other, and their times give the order: :meth:`other_on_this_host` relies on it.
        """
        worker_id = uuid.uuid4().hex
        with self._database.begin() as tx:
            if self._database.dialect_name == "postgresql":  # SQLite has one writer at a time
                tx.execute(text("LOCK TABLE workers IN SHARE ROW EXCLUSIVE MODE"))
            now = self._clock()
            tx.execute(
                insert(workers).values(
                    id=worker_id,
                    flow_run_id=flow_run_id,
                    job=job,
                    host=identify_host(),
                    home=home,
                    pid=os.getpid(),
                    process_started_at=_process_started_at(os.getpid()),
                    started_at=now,
                    heartbeat_at=now,
                    heartbeat_monotonic=self._monotonic(),
                )
            )
        return worker_id

    def heartbeat(self, worker_id: str) -> None:
        """Prove that the worker lives.

        Raises:
            LeaseLostError: it was taken for dead. Its items may belong to somebody else by now.
        """
        with self._database.begin() as tx:
            if not self.heartbeat_within(tx, worker_id):
                raise LeaseLostError(f"worker {worker_id} is not registered: it was taken for dead")

    def heartbeat_within(self, tx: Connection, worker_id: str) -> bool:
        """Prove that the worker lives; return False if it is not registered, so taken for dead."""
        beaten = tx.execute(
            update(workers)
            .where(workers.c.id == worker_id)
            .values(heartbeat_at=self._clock(), heartbeat_monotonic=self._monotonic())
        )
        return beaten.rowcount == 1

    def unregister(self, worker_id: str) -> None:
        """Forget a worker. Give its items back first, or they become orphans."""
        with self._database.begin() as tx:
            tx.execute(delete(workers).where(workers.c.id == worker_id))

    def list_live(self) -> list[LiveWorker]:
        """List all workers that are alive, oldest first."""
        with self._database.read() as connection:
            known = self.list_known(connection)
        return [worker for worker in known if self.is_alive(worker)]

    def is_any_dead(self) -> bool:
        """Whether a worker has died whose items have not been taken back."""
        with self._database.read() as connection:
            known = self.list_known(connection)
        return any(not self.is_alive(worker) for worker in known)

    def workers_here(self) -> list[LiveWorker]:
        """List all workers on this machine whose processes exist, even if they no longer beat."""
        with self._database.read() as connection:
            known = self.list_known(connection)
        host = identify_host()
        return [
            one
            for one in known
            if one.host == host and _is_running(one.pid, one.process_started_at)
        ]

    def other_on_this_host(self, worker_id: str, job: str) -> LiveWorker | None:
        """Return the worker that has done this job on this machine for longer, or None.

        If two begin at once, each asks this after it has registered, and one of them goes on. Two
        that share a database but have different homes are like two machines.
        """
        known = self.list_live()
        home = next((one.home for one in known if one.worker_id == worker_id), "")
        own = (identify_host(), home, job)
        here = [one for one in known if (one.host, one.home, one.job) == own]
        return here[0] if here and here[0].worker_id != worker_id else None

    def is_here(self, worker: LiveWorker, home: str) -> bool:
        """Whether a worker is on this machine and has this home."""
        return (worker.host, worker.home) == (identify_host(), home)

    def is_alive(self, worker: LiveWorker) -> bool:
        """Whether the worker beat lately and, if it was on this host, whether its process exists.

        On this host the running time since the last beat counts. So the living do not look dead if
        the clock is set or the machine sleeps. Of another host only the wall clock is known. A
        heartbeat more than 30 seconds in the future counts as stale too, or it might never become
        stale.
        """
        if worker.host != identify_host():
            return abs(self._clock() - worker.heartbeat_at) <= timedelta(seconds=STALE_SECONDS)
        if not _is_running(worker.pid, worker.process_started_at):
            return False
        return self._monotonic() - worker.heartbeat_monotonic <= STALE_SECONDS

    def list_known(self, connection: Connection) -> list[LiveWorker]:
        """List all registered workers, dead or alive, oldest first."""
        query = select(
            workers.c.id,
            workers.c.flow_run_id,
            workers.c.job,
            workers.c.host,
            workers.c.pid,
            workers.c.process_started_at,
            workers.c.started_at,
            workers.c.heartbeat_at,
            workers.c.heartbeat_monotonic,
            workers.c.home,
        ).order_by(workers.c.started_at, workers.c.id)
        return [LiveWorker(*row) for row in connection.execute(query)]


def _is_running(pid: int, process_started_at: float) -> bool:
    try:
        started_at = _process_started_at(pid)
    except psutil.Error:
        return False
    return abs(started_at - process_started_at) <= _START_TOLERANCE_SECONDS


def _process_started_at(pid: int) -> float:
    """Return the seconds from boot to the process's start; the wall clock may be set meanwhile."""
    process = psutil.Process(pid)
    if process.status() == psutil.STATUS_ZOMBIE:  # killed, but not yet reaped by its parent
        raise psutil.NoSuchProcess(pid)
    return process.create_time() - psutil.boot_time()
