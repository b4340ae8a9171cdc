"""The monitor flow: looks for new releases of watched artists, and queues wanted tracks."""

from __future__ import annotations

import logging
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.runs.begin import begin_run, name_run
from flows.server.jobs import SKIPPED
from shanty.errors import count_of
from shanty.sources.opening import open_musicbrainz
from shanty.tracks.due import queue_wanted
from shanty.watching.monitor import Monitor

JOB = "monitor"

logger = logging.getLogger(__name__)


@flow(name=JOB, flow_run_name=name_run)
def monitor() -> State[Any]:
    """Look at every watched artist and album anew, and queue every wanted track.

    Only one monitor works on a machine at a time: a second one ends at once.
    """
    with begin_run(JOB) as run:
        if other := run.queue.workers.other_on_this_host(run.lease.worker_id, JOB):
            message = f"nothing to do: run {other.flow_run_id} is at work already"
            return Completed(name=SKIPPED, message=message)
        musicbrainz = open_musicbrainz(run.settings, run.database)
        report = Monitor(run.database, musicbrainz, run.settings.catalogue).run()
        queued = queue_wanted(run.settings, run.queue, run.database)
    for line in (*report.notes, *report.failures):
        logger.warning("%s", line)
    message = f"{report.describe()}; {count_of(queued, 'track')} newly queued"
    logger.info("%s", message)
    return Completed(message=message)
