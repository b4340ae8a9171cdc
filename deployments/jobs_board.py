"""What the service shows of itself on the server's pages: the counts, and the recurring jobs.

Owns how often it looks. While nothing happens, it looks rarely: what it shows does not change then,
and the jobs alone take a dozen requests.
"""

from __future__ import annotations

import time

from deployments.caretaker import Caretaker
from deployments.due_work import DueWork
from deployments.server_news import NewsReader
from flows.server.api import PrefectApi
from flows.server.dashboard import Dashboard
from shanty.config.settings import Settings

JOBS_SECONDS = 30.0
REST_JOBS_SECONDS = 300.0
REST_COUNTS_SECONDS = 30.0
"""How often to count although the database has not changed: what waits falls due by itself."""


class JobsBoard:
    """The dashboard of a service."""

    def __init__(
        self, settings: Settings, api: PrefectApi, caretaker: Caretaker, due_work: DueWork
    ):
        self._dashboard = Dashboard(api, caretaker.queue, caretaker.database, settings)
        self._due_work = due_work
        self._news = NewsReader(settings.home)
        self._shown_at = self._counted_at = -REST_JOBS_SECONDS

    def refresh(self) -> None:
        """Show what may have changed since it was shown."""
        now = time.monotonic()
        if not self._due_work.is_still or now - self._counted_at >= REST_COUNTS_SECONDS:
            self._counted_at = now
            self._dashboard.refresh()
        pause = JOBS_SECONDS
        if self._news.is_told and not self._news.is_new:
            pause = REST_JOBS_SECONDS
        if now - self._shown_at >= pause:
            self._shown_at = now
            self._news.take()
            self._dashboard.show_jobs()
