"""The monitor flow: looks at what is wanted anew."""

from __future__ import annotations

import logging
from typing import Any

from prefect import flow
from prefect.states import Completed, State

from flows.runs import begin_run, name_run
from shanty.models import TrackStatus

logger = logging.getLogger(__name__)


@flow(name="monitor", flow_run_name=name_run)
def monitor() -> State[Any]:
    """Queue every wanted track that is neither in the library nor in the queue."""
    with begin_run("monitor") as run:
        with run.database.begin() as tx:
            queued = run.queue.enqueue_wanted(tx)
        wanted = run.catalog.count_tracks()[TrackStatus.WANTED]
    message = f"{wanted} tracks are wanted, {queued} of them newly queued"
    logger.info("%s", message)
    return Completed(message=message)
