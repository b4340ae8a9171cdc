"""Artifacts with stable keys: the numbers of the database as the Prefect UI shows them.

``work-queue`` and ``jobs`` are one artifact each and are updated in place, so that nobody takes an
older one for the present. ``pipeline-progress`` and ``pipeline-summary`` belong to a run and are
deleted with it. Nothing here ever fails a run: the truth is in the database. Does not import
Prefect.
"""

from __future__ import annotations

import json
import logging
import time
from typing import Any

from flows.server.account import describe_moment, describe_results, describe_work, escape
from flows.server.api import PrefectApi
from flows.server.jobs import JobView, list_jobs
from shanty.clock import utc_now
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.diagnosis.overview import WorkOverview, read_overview
from shanty.errors import ShantyError
from shanty.workqueue import COUNTED, WorkQueue

logger = logging.getLogger(__name__)

REFRESH_SECONDS = 5.0
_READS_PART = 20.0
"""How many times the time that a look at the queue took goes by before the next one."""
TROUBLE_SECONDS = 30.0
"""How long a server that did not answer is left alone: each request holds the work up."""
WORK_QUEUE, JOBS = "work-queue", "jobs"
PROGRESS, SUMMARY, LINKS = "pipeline-progress", "pipeline-summary", "links"
ARTIFACT_LINKS = (
    f"[What each stage has to do](/artifacts/key/{WORK_QUEUE}) · "
    f"[The recurring jobs](/artifacts/key/{JOBS})"
)
"""Markdown that leads to the two artifacts that are always up to date."""


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

    def refresh(self, *, finished: int | None = None, now: bool = False) -> None:
        """Show how things stand, if that has changed; at most every few seconds.

        ``finished`` is how many tracks the flow run has brought through all stages. If given, the
        run's progress is shown too.
        """
        if self._is_in_trouble or (not now and time.monotonic() < self._next_refresh_at):
            return
        began_at = time.monotonic()
        self._next_refresh_at = began_at + REFRESH_SECONDS
        try:
            overview = read_overview(self._settings, self._database, self._queue)
            took_seconds = time.monotonic() - began_at
            self._next_refresh_at = began_at + max(REFRESH_SECONDS, _READS_PART * took_seconds)
            rows = [
                {"stage": stage.value, **{key: numbers[key] for key in COUNTED}}
                for stage, numbers in overview.counts.items()
            ]
            self._show(WORK_QUEUE, rows, "Work items by stage and state", describe_work(overview))
            if finished is not None:
                self._show_progress(finished, overview)
        except ShantyError as error:
            self._note_trouble(error)

    def show_jobs(self) -> None:
        """Show every recurring job: status, schedule, next run, last run and its result."""
        try:
            jobs = list_jobs(self._api)
            self._show(
                JOBS, [_job_row(job) for job in jobs], "The recurring jobs", describe_results(jobs)
            )
        except ShantyError as error:
            logger.warning("the dashboard is not up to date: %s", error)

    def show_summary(self, message: str, more: str) -> None:
        """Store with the run what it achieved, unless the server has just been silent.

        ``message`` is plain text and ``more`` Markdown.
        """
        if self._is_in_trouble:
            return
        try:
            self._create(SUMMARY, "markdown", f"# {escape(message)}\n\n{more}", escape(message))
        except ShantyError as error:
            logger.warning("the summary is not shown: %s", error)

    def show_links(self) -> None:
        """Let the page of this run lead to the artifacts, for which Prefect's menu has no entry."""
        try:
            self._create(LINKS, "markdown", ARTIFACT_LINKS, ARTIFACT_LINKS)
        except ShantyError as error:
            self._note_trouble(error)

    def mark_run(self, mark: str) -> None:
        """Show a mark wherever Prefect's pages list the run: in its name, and as a tag."""
        if self._is_in_trouble:
            return
        try:
            run = self._api.get(f"/flow_runs/{self._flow_run_id}")
            name, tags = f"{run['name']} · {mark}", [*run["tags"], mark]
            self._api.patch(f"/flow_runs/{self._flow_run_id}", name=name, tags=tags)
        except ShantyError as error:
            self._note_trouble(error)

    @property
    def _is_in_trouble(self) -> bool:
        return time.monotonic() < self._trouble_until

    def _note_trouble(self, error: ShantyError) -> None:
        self._trouble_until = time.monotonic() + TROUBLE_SECONDS
        logger.warning("the dashboard is not up to date: %s", error)

    def _show_progress(self, finished: int, overview: WorkOverview) -> None:
        total = {
            state: sum(numbers[state] for numbers in overview.counts.values()) for state in COUNTED
        }
        live, waiting = total["pending"] + total["active"], total["waiting"]
        whole = finished + live + waiting
        if not whole and self._progress_id is None:
            return  # a run that found nothing to do has no progress
        share = 100.0 * finished / whole if whole else 100.0
        waits = f", {waiting} waiting" if waiting else ""
        description = f"{finished} done, {live} to go{waits}"
        if self._progress_id is None:
            self._progress_id = self._create(PROGRESS, "progress", share, description)
        else:
            self._update(self._progress_id, share, description)

    def _show(self, key: str, rows: list[dict[str, Any]], title: str, account: str) -> None:
        """Update the one artifact of a key, or make it. ``account`` is Markdown."""
        data = json.dumps(rows)
        if self._shown.get(key) == f"{account} {data}":
            return
        described = f"{title}, as of {_moment_with_zone()}\n\n{account}".strip()
        found = self._api.post("/artifacts/latest/filter", artifacts={"key": {"any_": [key]}})
        if found:
            self._update(found[0]["latest_id"], data, described)
        else:
            self._create(key, "table", data, described, of_run=False)
        self._shown[key] = f"{account} {data}"

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
    """A job as a row. Its result stands beside the table: a page 1360 px wide has no room left."""
    return {
        "job": job.name,
        "status": job.status,
        "schedule": job.schedule,
        "next run": describe_moment(job.next_run or job.due),
        "last run": describe_moment(job.last_run.at if job.last_run else None),
    }


def _moment_with_zone() -> str:
    """The present by this machine's clock, with its zone's offset."""
    return f"{utc_now().astimezone():%Y-%m-%d %H:%M:%S %z}"
