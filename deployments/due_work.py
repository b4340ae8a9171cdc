"""Starts a pipeline run as soon as there is work that a run could do.

Looks into our own database, which costs next to nothing, and asks the server only if something is
due that nobody works on. After a run that changed nothing comes a pause, which grows each time: a
run every few seconds would not help.

If several machines share the queue, each looks for itself. The first one that finds work begins
with it; the others join while more is due than those at work take up.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from deployments.control import find_begun, find_job, run_job
from deployments.meant_for import is_meant_for
from flows.server.api import PrefectApi
from flows.server.jobs import LEFT_OVER, PIPELINE, JobView
from shanty.catalog import Catalog
from shanty.clock import utc_now
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.tracks.due import find_due, queue_wanted
from shanty.tracks.rescue import rescue_within
from shanty.workqueue import DueItems, LiveWorker, WorkQueue

BEGINNING_SECONDS = 3.0
"""How long a run that begins, or ends, is left alone before the server is asked again."""
HELD_SECONDS = 15.0
"""The same for a job that a person has paused or switched off."""
PAUSES_SECONDS = (30.0, 120.0, 600.0, 3600.0)
"""The pauses after the first run that changed nothing, after the second one, and so on."""
SOON = timedelta(seconds=3)
"""If a planned run begins within this span, no other one is started before it."""
STILL_SECONDS = 5.0
"""How often to look although nothing has changed: an item may be due because its time has come."""
JOIN_SECONDS = 5.0
"""If work has been due for so long while others are at work, they have more than they can take."""
LEASELESS = timedelta(seconds=120)
"""A run that is shown at work, but has had no lease for so long, is not beginning: it is over."""
_LOOKS_PART = 50.0


class DueWork:
    """Starts the pipeline of a service each time :meth:`look` finds work for it."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        queue: WorkQueue,
        tell: Callable[[str], None],
        monotonic: Callable[[], float] = time.monotonic,
        *,
        call_worker: Callable[[], None] = lambda: None,
        version: Callable[[], str | None] = lambda: None,
        machine: str | None = None,
    ):
        """``machine`` is the name that runs are meant for, if others work for the server too."""
        self._settings = settings
        self._database = database
        self._queue = queue
        self._tell = tell
        self._monotonic = monotonic
        self._call_worker = call_worker
        self._version = version
        """Changes with the database; None if nobody can tell."""
        self._still_version: str | None = None
        self._still_until = 0.0
        self._machine = machine
        self._next_look_at = self._next_question_at = self._pause_until = 0.0
        self._begun_with: DueItems | None = None
        """What was due when the last run was started."""
        self._in_vain = 0
        self._is_held = False
        """Whether a person had paused the job, or switched it off, when it was last looked at."""
        self._due_since: float | None = None
        self._dead_runs: set[str | None] = set()
        """Runs whose processes have died. The server may show them at work for a while yet."""

    @property
    def is_still(self) -> bool:
        """Whether nothing is due, nobody works, and nothing was committed since that was seen."""
        version = self._still_version
        return version is not None and version == self._version()

    def look(self, api: PrefectApi) -> None:
        """Take back work of dead processes, queue wanted tracks, and start a run if none works.

        Raises:
            ServerError: the server does not answer.
        """
        began_at = self._monotonic()
        if began_at < self._next_look_at or (began_at < self._still_until and self.is_still):
            return
        version = self._version()
        if self._queue.workers.is_any_dead():
            self._rescue()
        queue_wanted(self._settings, self._queue, self._database)
        due = find_due(self._settings, self._queue)
        # However large the queue is, looking at it takes a small part of the time.
        self._next_look_at = began_at + _LOOKS_PART * (self._monotonic() - began_at)
        live = self._queue.workers.list_live()
        self._still_version = version if due is None and not live else None
        self._still_until = began_at + STILL_SECONDS
        if due is None:
            self._due_since = None
            return
        if self._due_since is None:
            self._due_since = began_at
        at_work = [one for one in live if one.job == PIPELINE]
        home = str(self._settings.home)
        if any(self._queue.workers.is_here(one, home) for one in at_work):
            return
        if not at_work or began_at - self._due_since >= JOIN_SECONDS:
            self._start(api, due, elsewhere=at_work)

    def _rescue(self) -> None:
        with self._database.begin() as tx:
            report = rescue_within(tx, self._queue, Catalog(self._database))
        self._dead_runs |= {one.flow_run_id for one in report.workers}

    def _start(self, api: PrefectApi, due: DueItems, elsewhere: list[LiveWorker]) -> None:
        now = self._monotonic()
        is_the_same = due == self._begun_with
        if now < self._next_question_at or (is_the_same and now < self._pause_until):
            return
        if not self._is_held:
            self._call_worker()  # it gets ready while the server is asked, and the run is made
        job = find_job(api, PIPELINE)
        self._is_held = job.is_stopped
        if self._is_held:
            self._next_question_at = now + HELD_SECONDS
            return
        self._next_question_at = now + BEGINNING_SECONDS
        # This is checked last, because a run may have begun while the server was asked.
        if begins_soon(job) or self._is_beginning(api, job, elsewhere):
            return
        self._in_vain = self._in_vain + 1 if is_the_same else 0
        self._pause_until = now + PAUSES_SECONDS[min(self._in_vain, len(PAUSES_SECONDS) - 1)]
        self._begun_with = due
        self._tell("work is due: starting a pipeline run")
        run_job(api, job, reason=LEFT_OVER, machine=self._machine)

    def _is_beginning(self, api: PrefectApi, job: JobView, elsewhere: list[LiveWorker]) -> bool:
        """Whether a run that has no lease yet, or no longer, will take up what is due.

        While others are at work, the runs that are meant for other machines do not count.
        """
        now = utc_now()
        known = self._dead_runs | {one.flow_run_id for one in elsewhere}
        for run in find_begun(api, job):
            if run["id"] in known:
                continue
            begun_at = run["start_time"] and datetime.fromisoformat(run["start_time"])
            if run["state_type"] == "RUNNING" and begun_at and now - begun_at > LEASELESS:
                continue
            due_at = datetime.fromisoformat(run["expected_start_time"])
            if elsewhere and not is_meant_for(self._machine or "", run["tags"], due_at, now):
                continue
            return True
        return False


def begins_soon(job: JobView) -> bool:
    """Whether the schedule itself starts the job within seconds."""
    return job.next_run is not None and job.next_run - utc_now() < SOON
