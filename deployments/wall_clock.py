"""What the service does after the wall clock was set, or the machine slept."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from deployments.caretaker import Caretaker
from deployments.control import drop_missed_runs
from deployments.timetable import Job
from flows.server.api import PrefectApi
from shanty.errors import count_of

TOLERANCE_SECONDS = 60.0


class WallClock:
    """Notices that the wall clock and the monotonic clock drifted apart."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def jumped_seconds(self) -> float:
        """How far the clock was set since the last call: forward, or backward if negative."""
        before, self._offset = self._offset, time.time() - time.monotonic()
        return self._offset - before


class ClockKeeper:
    """Makes sure that setting the clock leads neither to silence nor to a storm of runs.

    The worker is stopped until everything is right again. If the server fails meanwhile, the next
    look goes on where this one had to stop.
    """

    def __init__(
        self,
        tell: Callable[[str], None],
        jobs: list[Job],
        api: PrefectApi,
        caretaker: Caretaker,
    ):
        self._tell = tell
        self._jobs = jobs
        self._api = api
        self._caretaker = caretaker
        self._clock = WallClock()
        self._is_to_plan_anew = False
        self._passed_seconds = 0.0

    def look(self) -> None:
        """Follow the clock, if it was set since the last look.

        Raises:
            ServerError: the server does not answer.
        """
        jumped = self._clock.jumped_seconds()
        if abs(jumped) > TOLERANCE_SECONDS:
            self._begin(jumped)
        if self._caretaker.is_worker_wanted:
            return
        missed = drop_missed_runs(self._api)
        if self._is_to_plan_anew:
            from deployments.registration import renew_schedules

            renew_schedules(self._jobs)
            self._is_to_plan_anew = False
        if self._passed_seconds:
            passed, self._passed_seconds = self._passed_seconds, 0.0
            dropped = count_of(missed, "missed run is", "missed runs are")
            self._tell(f"{passed:.0f} s passed unseen; {dropped} dropped")
        self._caretaker.worker.start()
        self._caretaker.is_worker_wanted = True

    def _begin(self, jumped: float) -> None:
        # A running worker would take up every run that is late by now, one after another.
        self._caretaker.is_worker_wanted = False
        self._caretaker.worker.stop()
        if jumped > 0:
            self._passed_seconds += jumped
            return
        self._tell(f"the clock was set back by {-jumped:.0f} s; schedules begin anew")
        self._caretaker.queue.upkeep.follow_clock_back(timedelta(seconds=-jumped))
        # The server's own services wait for a time that is now far off, and Prefect plans no time
        # twice: without this, no job would run until the old time is reached.
        self._is_to_plan_anew = True
        server = self._caretaker.server
        if server is not None:
            server.restart()
            self._caretaker.pulse.begin_anew(server.pid)
