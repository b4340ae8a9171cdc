"""What every flow of ours begins with: its settings, its database, and a lease on being alive.

A flow run counts as alive as long as a row of ``workers`` says so. One that Prefect shows as
running without such a row has lost its process, and is marked as crashed by whoever sees it next.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext
from prefect.runtime import deployment, flow_run

from flows.runs.database import open_flow_database
from flows.runs.log import logging_events
from flows.server.api import PrefectApi
from flows.server.dashboard import Dashboard
from flows.server.jobs import BY_HAND, REASONS, TAG
from shanty.catalog import Catalog
from shanty.config.home import require_whole_home
from shanty.config.settings import Settings, load_settings
from shanty.db import Database
from shanty.files.private_files import for_us_alone
from shanty.providers.http_bounds import Bounds
from shanty.workqueue import Lease, WorkQueue

# Short bounds: the work waits for the answer, and the dashboard's numbers come again soon.
_DASHBOARD_BOUNDS = Bounds(total_seconds=12.0, answer_seconds=8.0, stall_seconds=8.0)


def name_run() -> str:
    """``pipeline · 25 Nov 14:00``, in local time.

    The name also says if this is a dry run, and why the run began if no schedule made it.
    """
    begun: list[str] = [str(flow_run.flow_name), f"{datetime.now().astimezone():%d %b %H:%M}"]
    if (flow_run.parameters or {}).get("dry_run"):
        begun.append("dry run")
    tags = flow_run.tags or ([] if deployment.id else [BY_HAND])
    begun += [tag for tag in tags if tag in REASONS]
    return " · ".join(begun)


@dataclass(frozen=True)
class Run:
    """A flow run at work."""

    id: str
    settings: Settings
    database: Database
    queue: WorkQueue
    catalog: Catalog
    lease: Lease
    dashboard: Dashboard


@contextmanager
def begin_run(job: str) -> Iterator[Run]:
    """Open what a flow works with, and hold a lease for the length of the block."""
    context = FlowRunContext.get()
    assert context is not None, "called from within a flow"
    assert context.flow_run is not None, "called from within a flow run"
    run_id = str(context.flow_run.id)
    settings = load_settings()
    require_whole_home(settings)
    with for_us_alone(), logging_events(settings, run_id):
        yield from _hold(job, run_id, settings)


def _hold(job: str, run_id: str, settings: Settings) -> Iterator[Run]:
    database = open_flow_database(settings)
    queue = WorkQueue(database, max_attempts=settings.queue.max_attempts)
    with get_client(sync_client=True) as client:
        api = PrefectApi(str(client.api_url), bounds=_DASHBOARD_BOUNDS)
        if TAG not in (flow_run.tags or []):
            # No deployment began this run, so it gets its tags here. `with tags(…)` around the flow
            # would tag the task runs too, and for each of these the engine asks for a slot.
            client.update_flow_run(UUID(run_id), tags=[TAG, BY_HAND])
    dashboard = Dashboard(api, queue, database, settings.stages, flow_run_id=run_id)
    with Lease(queue, flow_run_id=run_id, job=job, home=str(settings.home)) as lease:
        yield Run(run_id, settings, database, queue, Catalog(database), lease, dashboard)
