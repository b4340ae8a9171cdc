"""Artifacts with stable keys: the numbers of the database as the Prefect UI shows them.

``work-queue`` and ``jobs`` are one artifact each and are updated in place, so that nobody takes an
older one for the present. ``pipeline-progress`` and ``pipeline-summary`` belong to a run and are
deleted with it. Nothing here ever fails a run: the truth is in the database. Does not import
Prefect.
"""

from __future__ import annotations

import json
import logging
import textwrap
import time
from datetime import datetime
from typing import Any

from flows.server.api import PrefectApi
from flows.server.jobs import JobView, list_jobs
from shanty.clock import utc_now
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.diagnosis.overview import count_work
from shanty.errors import ShantyError
from shanty.sources.states import list_source_states
from shanty.workqueue import COUNTED, WorkQueue

logger = logging.getLogger(__name__)

REFRESH_SECONDS = 5.0
TROUBLE_SECONDS = 30.0
"""How long a server that did not answer is left alone: each request holds the work up."""
WORK_QUEUE, JOBS = "work-queue", "jobs"
PROGRESS, SUMMARY, LINKS = "pipeline-progress", "pipeline-summary", "links"
ARTIFACT_LINKS = (
    f"[What each stage has to do](/artifacts/key/{WORK_QUEUE}) · "
    f"[The recurring jobs](/artifacts/key/{JOBS})"
)
"""Markdown that leads to the two artifacts that are always up to date."""
_LONGEST_RESULT = 60


class Dashboard:
    """What one process shows of a queue on a server."""

    def __init__(
        self,
        api: PrefectApi,
        queue: WorkQueue,
        database: Database,
        settings: Settings,
        *,
        flow_run_id: str | None = None,
    ):
        self._api = api
        self._queue = queue
        self._settings = settings
        self._database = database
        self._flow_run_id = flow_run_id
        self._shown: dict[str, str] = {}
        self._progress_id: str | None = None
        self._next_refresh_at = self._trouble_until = 0.0

    def refresh(self, *, ended: int | None = None, now: bool = False) -> None:
        """Show the counts of every stage, if they have changed; at most every few seconds.

        ``ended`` is how many tracks the flow run is done with. If given, the run's progress is
        shown too.
        """
        if self._is_in_trouble or (not now and time.monotonic() < self._next_refresh_at):
            return
        self._next_refresh_at = time.monotonic() + REFRESH_SECONDS
        try:
            counts = count_work(self._settings, self._database, self._queue)
            rows = [
                {"stage": stage.value, **{key: numbers[key] for key in COUNTED}}
                for stage, numbers in counts.items()
            ]
            paused = [one.describe() for one in list_source_states(self._database, self._queue)]
            self._show(WORK_QUEUE, rows, "; ".join(["Work items by stage and state", *paused]))
            if ended is not None:
                live = sum(numbers["pending"] + numbers["active"] for numbers in counts.values())
                self._show_progress(ended, live)
        except ShantyError as error:
            self._note_trouble(error)

    def show_jobs(self) -> None:
        """Show every recurring job: schedule, last run and its result, next run, status."""
        try:
            rows = [_job_row(job) for job in list_jobs(self._api)]
            self._show(JOBS, rows, "The recurring jobs")
        except ShantyError as error:
            logger.warning("the dashboard is not up to date: %s", error)

    def show_summary(self, markdown: str) -> None:
        """Store with the run what it achieved, unless the server has just been silent."""
        if self._is_in_trouble:
            return
        try:
            self._create(SUMMARY, "markdown", markdown, "What the pipeline run achieved")
        except ShantyError as error:
            logger.warning("the summary is not shown: %s", error)

    def show_links(self) -> None:
        """Let the page of this run lead to the artifacts, for which Prefect's menu has no entry."""
        try:
            self._create(LINKS, "markdown", ARTIFACT_LINKS, "The numbers of now")
        except ShantyError as error:
            self._note_trouble(error)

    @property
    def _is_in_trouble(self) -> bool:
        return time.monotonic() < self._trouble_until

    def _note_trouble(self, error: ShantyError) -> None:
        self._trouble_until = time.monotonic() + TROUBLE_SECONDS
        logger.warning("the dashboard is not up to date: %s", error)

    def _show_progress(self, ended: int, live: int) -> None:
        if not ended + live:
            return  # a run that found nothing to do has no progress
        share = 100.0 * ended / (ended + live)
        description = f"{ended} done, {live} to go"
        if self._progress_id is None:
            self._progress_id = self._create(PROGRESS, "progress", share, description)
        else:
            self._update(self._progress_id, share, description)

    def _show(self, key: str, rows: list[dict[str, Any]], about: str) -> None:
        """Update the one artifact of a key, or make it."""
        data = json.dumps(rows)
        if self._shown.get(key) == f"{about} {data}":
            return
        description = f"{about}, as of {_moment(utc_now())}"
        found = self._api.post("/artifacts/latest/filter", artifacts={"key": {"any_": [key]}})
        if found:
            self._update(found[0]["latest_id"], data, description)
        else:
            self._create(key, "table", data, description, of_run=False)
        self._shown[key] = f"{about} {data}"

    def _create(
        self, key: str, kind: str, data: Any, description: str, *, of_run: bool = True
    ) -> str:
        made = self._api.post(
            "/artifacts/",
            key=key,
            type=kind,
            data=data,
            description=description,
            flow_run_id=self._flow_run_id if of_run else None,
        )
        return str(made["id"])

    def _update(self, artifact_id: str, data: Any, description: str) -> None:
        self._api.patch(f"/artifacts/{artifact_id}", data=data, description=description)


def _job_row(job: JobView) -> dict[str, Any]:
    """A job as a row: what is read first stands first, and the longest text is cut short."""
    last = job.last_run
    result = f"{last.state}: {last.message}" if last and last.message else ""
    return {
        "job": job.name,
        "status": job.status,
        "schedule": job.schedule,
        "next run": _moment(job.next_run or job.due),
        "last run": _moment(last.at if last else None),
        "result": textwrap.shorten(result, _LONGEST_RESULT, placeholder=" …"),
    }


def _moment(at: datetime | None) -> str:
    """A moment by this machine's clock, with its zone's offset."""
    return "–" if at is None else f"{at.astimezone():%Y-%m-%d %H:%M:%S %z}"
