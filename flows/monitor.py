"""The monitor flow: looks at what is wanted anew."""

from __future__ import annotations

from typing import Any

from prefect import flow, get_run_logger
from prefect.states import Completed, State

from flows.runs import begin_run
from shanty.models import TrackStatus


@flow(name="monitor")
def monitor() -> State[Any]:
    """Queue every wanted track that is neither in the library nor in the queue."""
    with begin_run("monitor") as run:
        with run.database.begin() as tx:
            queued = run.queue.enqueue_wanted(tx)
        wanted = run.catalog.count_tracks()[TrackStatus.WANTED]
    message = f"{wanted} tracks are wanted, {queued} of them newly queued"
    get_run_logger().info(message)
    return Completed(message=message)
