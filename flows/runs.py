"""What every flow of ours begins with: its settings, its database, and a lease on being alive.

A flow run counts as alive as long as a row of ``workers`` says so. One that Prefect shows as
running without such a row has lost its process, and is marked as crashed by whoever sees it next.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from prefect.context import FlowRunContext

from shanty.catalog import Catalog
from shanty.config import Settings, load_settings
from shanty.db import Database
from shanty.workqueue import Lease, WorkQueue
from tasks.database import open_flow_database


@dataclass(frozen=True)
class Run:
    """A flow run at work."""

    id: str
    settings: Settings
    database: Database
    queue: WorkQueue
    catalog: Catalog
    lease: Lease


@contextmanager
def begin_run(job: str) -> Iterator[Run]:
    """Open what a flow works with, and hold a lease while it works."""
    context = FlowRunContext.get()
    assert context is not None, "called from within a flow"
    assert context.flow_run is not None, "called from within a flow run"
    run_id = str(context.flow_run.id)
    settings = load_settings()
    database = open_flow_database(settings)
    queue = WorkQueue(database, max_attempts=settings.queue.max_attempts)
    with Lease(queue, flow_run_id=run_id, job=job) as lease:
        yield Run(run_id, settings, database, queue, Catalog(database), lease)
