"""The pipeline flow: takes every wanted track through every stage, each at its own pace."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.states import Completed
from pydantic import Field

from flows.runs.begin import Run, begin_run, name_run
from flows.runs.orphans import mark_crashed
from flows.runs.window import Window
from flows.server.dashboard import ARTIFACT_LINKS
from flows.server.jobs import REFUSED, SKIPPED
from flows.supervision import Supervision, current_supervision
from shanty.catalog import Catalog
from shanty.clock import utc_now
from shanty.config.settings import load_settings
from shanty.diagnosis.notices.notifier import tell_people
from shanty.errors import count_of
from shanty.library.playlists import refresh_playlists
from shanty.models import Stage, TrackStatus
from shanty.sources.circuit_names import is_local
from shanty.sources.media_servers import tell_media_servers
from shanty.sources.states import describe_lost_disks, list_source_states
from shanty.stages.services import open_services
from shanty.tracks.due import queue_wanted
from shanty.tracks.maintenance import mark_library
from shanty.tracks.rescue import rescue_within
from shanty.tracks.second_looks import begin_looks
from shanty.tracks.switching import pass_over_unused
from shanty.workqueue import LiveWorker, WorkQueue
from tasks.runner import StageTaskRunner

logger = logging.getLogger(__name__)

JOB = "pipeline"
QUEUE_SECONDS = 5.0
"""How often a run looks for tracks that were wanted since it began."""


def pool_sizes() -> dict[str, int]:
    """How many tracks each stage works on at a time, from the settings in force."""
    settings = load_settings()
    return {stage.value: settings.workers_of(stage) for stage in Stage}


@flow(name=JOB, flow_run_name=name_run, task_runner=StageTaskRunner(pool_sizes))
def pipeline(limit: Annotated[int | None, Field(ge=1)] = None) -> State[Any]:
    """Take every wanted track through download, index, tag, organize and enrich.

    Ends when nothing is due and nothing in flight. Work that a crash left behind goes on at the
    stage it had reached. Only one pipeline works on a machine at a time: a second one ends at once.

    Args:
        limit: Take up at most this many tracks; empty: all that are due.
    """
    began_at = utc_now()
    supervision = current_supervision()
    with supervision.working(), begin_run(JOB) as run:
        if other := run.queue.workers.other_on_this_host(run.lease.worker_id, JOB):
            message = f"nothing to do: {describe_worker(other)} is at work here already"
            supervision.state = Completed(
                name=SKIPPED, message=message, data={"began_at": began_at}
            )
            return supervision.state
        return _work(run, limit, began_at, supervision)


def describe_worker(worker: LiveWorker) -> str:
    """Which process works, since when, and how to go on if a person has stopped it."""
    since = f"{worker.started_at.astimezone():%d %b %H:%M}"
    stopped = (
        f"; it is stopped, `kill -CONT {worker.pid}` lets it go on" if worker.is_stopped else ""
    )
    return f"process {worker.pid} (run {worker.flow_run_id}, since {since}{stopped})"


def _work(run: Run, limit: int | None, began_at: datetime, supervision: Supervision) -> State[Any]:
    _take_back(run)
    passed = pass_over_unused(run.settings, run.database, run.queue)
    if passed:
        logger.info("%d items waited at a stage that is switched off", passed)
    looked_at = begin_looks(run.catalog, run.queue, run.database)
    if looked_at:
        logger.info("%d tracks that had come to nothing are looked at again", looked_at)
    _queue_wanted(run)
    mark_library(run.settings, run.catalog)
    before = Tally.take(run.catalog, run.queue)
    services = open_services(run.settings, run.database, run_id=run.id)
    context = FlowRunContext.get()
    assert context is not None
    assert isinstance(context.task_runner, StageTaskRunner), "the flow is declared with it"
    try:
        window = Window(services, context.task_runner, run.lease)
        queues_again_at = time.monotonic() + QUEUE_SECONDS

        def look(finished: int) -> None:
            nonlocal queues_again_at
            supervision.check()
            run.dashboard.refresh(finished=finished)
            if time.monotonic() >= queues_again_at:
                _queue_wanted(run)
                queues_again_at = time.monotonic() + QUEUE_SECONDS

        taken = window.drain(limit, on_look=look)
    finally:
        services.stop.set()
    if taken:
        refresh_playlists(run.settings, run.catalog)
    after = Tally.take(run.catalog, run.queue)
    message = after.describe(since=before)
    lost = describe_lost_disks(list_source_states(run.database, run.queue))
    refused = describe_refusal(run, after.as_dict(since=before)) if taken else ""
    message = "; ".join(part for part in (message, lost, refused) if part)
    if taken:
        logger.info("%s", message)
    data = {**after.as_dict(since=before), "began_at": began_at, "lost_disks": lost}
    # Still a success: the run did what could be done, and what waits goes on by itself.
    supervision.state = Completed(message=message, data=data)
    if refused:
        run.dashboard.mark_run(REFUSED)
    run.dashboard.refresh(finished=window.finished, now=True)
    run.dashboard.show_summary(
        message,
        f"{count_of(taken, 'track')} taken up, for `{run.settings.library.path}`.\n"
        f"\n{ARTIFACT_LINKS}\n",
    )
    # A service looks again soon: else each of many short runs would tell by itself.
    tell_media_servers(run.settings, run.database, is_last=run.is_by_hand)
    tell_people(run.settings, run.database, run.queue, is_last=run.is_by_hand)
    return supervision.state


def _queue_wanted(run: Run) -> None:
    if queued := queue_wanted(run.settings, run.queue, run.database):
        logger.info("%d tracks newly queued", queued)


def _take_back(run: Run) -> None:
    """Take up what dead processes have left, and show their runs as what they are."""
    with run.database.begin() as tx:
        report = rescue_within(tx, run.queue, run.catalog)
    if report.items:
        logger.info("took back %s of a run that died", count_of(report.items, "item"))
    if dead := {worker.flow_run_id for worker in report.workers}:
        mark_crashed(run.queue, dead=dead)


def describe_refusal(run: Run, achieved: Mapping[str, int]) -> str:
    """Who has refused everything that the run asked for; empty if something came of it."""
    if achieved["finished"] or not achieved["waiting"]:
        return ""
    states = list_source_states(run.database, run.queue)
    refusing = [one for one in states if one.is_blocked and one.waiting and not is_local(one.name)]
    return "; ".join(one.describe() for one in refusing)


@dataclass(frozen=True)
class Tally:
    """How many tracks and items were in which state at one moment."""

    tracks: dict[TrackStatus, int]
    waiting: int

    @classmethod
    def take(cls, catalog: Catalog, queue: WorkQueue) -> Tally:
        """Count now."""
        waiting = sum(counts["waiting"] for counts in queue.overview.counts().values())
        return cls(catalog.tracks.count(), waiting)

    def as_dict(self, since: Tally) -> dict[str, int]:
        """What a run achieved, for scripts."""
        return {
            "finished": self.tracks[TrackStatus.IN_LIBRARY] - since.tracks[TrackStatus.IN_LIBRARY],
            "waiting": self.waiting,
            "needs_review": self.tracks[TrackStatus.NEEDS_REVIEW],
            "failed": self.tracks[TrackStatus.FAILED],
        }

    def describe(self, since: Tally) -> str:
        """What a run achieved, as one line."""
        counts = self.as_dict(since)
        return (
            f"{count_of(counts['finished'], 'track')} finished, {counts['waiting']} waiting, "
            f"{counts['needs_review']} to review, {counts['failed']} failed"
        )
