"""Keeps server, worker and flow runs alive. It judges them by signs of life, not by existence.

A process that has died, or that is silent for too long, is started again, each time after a longer
pause. A sentence says so, with the last line of the process's log.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from deployments.processes import kill_tree, last_line
from deployments.server import Server
from deployments.server_pulse import ServerPulse
from deployments.service_worker import WorkerProcess
from deployments.silence import Patience, Silence
from shanty.catalog import Catalog
from shanty.db import Database
from shanty.errors import ServerError
from shanty.tracks.rescue import rescue
from shanty.workqueue import WorkQueue

WORKER_PATIENCE = Patience(idle_seconds=90.0, busy_seconds=180.0)
FLOW_PATIENCE = Patience(idle_seconds=45.0, busy_seconds=120.0)
UNLEASED_PATIENCE = Patience(idle_seconds=120.0, busy_seconds=1800.0)
"""For a flow run before and after its work, when it has no heartbeat."""
FLOWS_LOOK_SECONDS = 5.0
"""How often flow runs are looked for, which goes through all processes of the machine."""
_FLOW_RUN = "prefect.engine"


class Revival:
    """When a process may be started again: at once the first time, then after longer pauses."""

    PAUSES_SECONDS = (0.0, 5.0, 15.0, 45.0, 120.0, 300.0)
    CALM_SECONDS = 600.0
    """A process that has lived this long counts as sound again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._number = 0
        self._last_at = clock()
        self._due_at: float | None = None

    @property
    def is_planned(self) -> bool:
        """Whether the process is to be started again."""
        return self._due_at is not None

    @property
    def is_due(self) -> bool:
        """Whether the process is to be started now."""
        return self._due_at is not None and self._clock() >= self._due_at

    def plan(self) -> float:
        """Plan the next start; returns in how many seconds it is."""
        now = self._clock()
        if now - self._last_at > self.CALM_SECONDS:
            self._number = 0
        pause = self.PAUSES_SECONDS[min(self._number, len(self.PAUSES_SECONDS) - 1)]
        self._number += 1
        self._due_at = self._last_at = now + pause
        return pause

    def done(self) -> None:
        """Note that the process has been started."""
        self._due_at = None


@dataclass
class Caretaker:
    """Looks after the processes of a service each time :meth:`look` is called."""

    tell: Callable[[str], None]
    queue: WorkQueue
    database: Database
    pulse: ServerPulse
    server: Server | None
    """None if the server is somebody else's: then the service can only wait for it."""
    worker: WorkerProcess
    is_worker_wanted: bool = True
    """False while the worker is kept stopped on purpose."""
    _server_revival: Revival = field(default_factory=Revival)
    _worker_revival: Revival = field(default_factory=Revival)
    _worker_silence: Silence = field(default_factory=lambda: Silence(WORKER_PATIENCE))
    _last_turn: int = 0
    _is_server_missed: bool = False
    _flows: dict[int, _FlowSilence] = field(default_factory=dict)
    _flows_due_at: float = 0.0

    @property
    def is_all_well(self) -> bool:
        """Whether the server answers, and the worker lives unless it is kept stopped on purpose."""
        does_worker_live = (
            self.worker.is_running
            and not self._worker_revival.is_planned
            and self._worker_silence.seconds < WORKER_PATIENCE.idle_seconds
        )
        return not self.pulse.silent_seconds and (does_worker_live or not self.is_worker_wanted)

    def look(self) -> None:
        """Find out which processes are alive, and start the others again."""
        self._look_at_server()
        if self.is_worker_wanted:
            self._look_at_worker()
            if time.monotonic() >= self._flows_due_at:
                self._flows_due_at = time.monotonic() + FLOWS_LOOK_SECONDS
                self._look_at_flows()

    def _look_at_server(self) -> None:
        if self.server is None:
            self._miss_server()
        elif self._server_revival.is_due:
            self._server_revival.done()
            try:
                self.server.start()
            except ServerError as error:
                self.tell(f"trouble: {error}")
            self.pulse.begin_anew(self.server.pid)
        elif self._server_revival.is_planned:
            return
        elif not self.server.is_running:
            self._plan("the Prefect server died", self._server_revival, self.server.log_path)
        elif self.pulse.is_hung:
            silent = f"the Prefect server has not answered for {self.pulse.silent_seconds:.0f} s"
            self.server.kill()
            self._plan(silent, self._server_revival, self.server.log_path)

    def _miss_server(self) -> None:
        if self.pulse.is_hung and not self._is_server_missed:
            self._is_server_missed = True
            self.tell("the Prefect server (PREFECT_API_URL) does not answer; waiting for it")
        elif self._is_server_missed and not self.pulse.silent_seconds:
            self._is_server_missed = False
            self.tell("the Prefect server (PREFECT_API_URL) answers again")

    def _look_at_worker(self) -> None:
        if self._worker_revival.is_due:
            self._worker_revival.done()
            self.worker.start()
            self._worker_silence.end()
        elif self._worker_revival.is_planned:
            return
        elif not self.worker.is_running:
            self._plan("the worker died", self._worker_revival, self.worker.log_path)
        elif self._is_worker_hung():
            silent = (
                f"the worker has given no sign of life for {self._worker_silence.seconds:.0f} s"
            )
            self.worker.kill()
            self._plan(silent, self._worker_revival, self.worker.log_path)

    def _is_worker_hung(self) -> bool:
        turn, self._last_turn = self._last_turn, self.worker.last_turn()
        if turn != self._last_turn:
            self._worker_silence.end()
        elif self.pulse.silent_seconds:
            # The worker asks the server in each turn: while the server is silent, it has an excuse.
            # One late answer is no reason to begin to count anew.
            self._worker_silence.pause()
        else:
            self._worker_silence.go_on(self.worker.pid)
        return self._worker_silence.is_too_long

    def _plan(self, what: str, revival: Revival, log_path: Path) -> None:
        pause = revival.plan()
        when = f" in {pause:.0f} s" if pause else ""
        line = last_line(log_path)
        log = f" (the last line of its log: {line})" if line else ""
        self.tell(f"{what}; starting it again{when}{log}")

    def _look_at_flows(self) -> None:
        """End the flow runs of our worker that hang; a person may have stopped any other run."""
        beats = {one.pid: one.heartbeat_monotonic for one in self.queue.workers.workers_here()}
        ours = _flow_runs_below(self.worker.pid)
        self._flows = {pid: flow for pid, flow in self._flows.items() if pid in ours}
        for pid in ours:
            flow = self._flows.setdefault(pid, _FlowSilence())
            if flow.is_too_long(pid, beats.get(pid)):
                self.tell(
                    f"a flow run (process {pid}) has given no sign of life for "
                    f"{flow.seconds:.0f} s; it is ended, and its work is taken up again"
                )
                kill_tree(pid)
                rescue(self.queue, Catalog(self.database), self.database)


class _FlowSilence:
    """The silence of one flow run, judged by its heartbeat while it works, else by its effort."""

    def __init__(self) -> None:
        self._leased = Silence(FLOW_PATIENCE)
        self._unleased = Silence(UNLEASED_PATIENCE)
        self._beat: float | None = None

    @property
    def seconds(self) -> float:
        return max(self._leased.seconds, self._unleased.seconds)

    def is_too_long(self, pid: int, beat: float | None) -> bool:
        before, self._beat = self._beat, beat
        if beat is None:
            self._leased.end()
            self._unleased.go_on(pid)
            return self._unleased.is_too_long
        self._unleased.end()
        if beat == before:
            self._leased.go_on(pid)
        else:
            self._leased.end()
        return self._leased.is_too_long


def _flow_runs_below(pid: int | None) -> set[int]:
    """The processes of flow runs below a worker."""
    if pid is None or not _has_children(pid):
        return set()
    found = set()
    try:
        for child in psutil.Process(pid).children(recursive=True):
            if _FLOW_RUN in child.cmdline():
                found.add(child.pid)
    except psutil.Error:
        return found
    return found


def _has_children(pid: int) -> bool:
    """Whether a process may have started others. Linux says so without a look at all processes."""
    try:
        return any(path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children"))
    except OSError:
        return True
