"""The recurring jobs as the server last told of them: asked once for all pages, in the background.

A page never waits for a server that is just being started again; it shows what was known.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from deployments.control import connect
from flows.server.api import PrefectApi
from flows.server.jobs import JobView, list_jobs
from shanty.config.settings import Settings
from shanty.errors import ServerError
from shanty.providers.http_bounds import Bounds

FRESH_SECONDS = 5.0
FIRST_WAIT_SECONDS = 1.5
MOST_WAIT_SECONDS = 20.0
_BOUNDS = Bounds(total_seconds=MOST_WAIT_SECONDS, answer_seconds=10.0, stall_seconds=10.0)


@dataclass(frozen=True, slots=True)
class SeenJobs:
    """The jobs and the address of the server's pages, or why they are not known."""

    jobs: tuple[JobView, ...] = field(default=())
    why_none: str = ""
    ui_url: str = ""


class JobBoard:
    """What one process knows of the jobs. ``announce`` is called when that has changed."""

    def __init__(self, settings: Settings, announce: Callable[[], None]):
        self._settings = settings
        self._announce = announce
        self._lock = threading.Lock()
        self._seen = SeenJobs(why_none="the server is being asked")
        self._asked_at = -FRESH_SECONDS
        self._is_known = threading.Event()
        self._is_asking = False

    def connect(self) -> PrefectApi:
        """The server, for something to be done with a job.

        Raises:
            ServerError: there is none.
        """
        return connect(self._settings, bounds=_BOUNDS)

    def read(self, *, wait_seconds: float = FIRST_WAIT_SECONDS) -> SeenJobs:
        """What is known now; the server is asked again meanwhile if that is old.

        ``wait_seconds`` is how long to wait if nothing is known yet.
        """
        with self._lock:
            is_due = time.monotonic() - self._asked_at >= FRESH_SECONDS and not self._is_asking
            if is_due:
                self._is_asking = True
                threading.Thread(target=self._ask, name="jobs of the page", daemon=True).start()
        self._is_known.wait(wait_seconds)
        return self._seen

    def forget(self) -> None:
        """Something has been done with a job: who reads next waits for the news."""
        with self._lock:
            self._asked_at = -FRESH_SECONDS
            self._is_known.clear()

    def _ask(self) -> None:
        try:
            api = self.connect()
            seen = SeenJobs(tuple(list_jobs(api)), ui_url=api.ui_url)
        except ServerError as error:
            seen = SeenJobs(why_none=str(error))
        except Exception as error:  # what else a server that is just ending may say
            seen = SeenJobs(why_none=f"the Prefect server cannot be asked: {error}")
        with self._lock:
            has_changed = seen != self._seen and self._is_known.is_set()
            self._seen = seen
            self._asked_at = time.monotonic()
            self._is_asking = False
            self._is_known.set()
        if has_changed:
            self._announce()
