"""What every flow of ours begins with: its settings, its database, and a lease on being alive.

A flow run counts as alive as long as a row of ``workers`` says so. One that Prefect shows as
running without such a row has lost its process, and is marked as crashed by whoever sees it next.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.exceptions import TerminationSignal
from prefect.runtime import deployment, flow_run
from prefect.states import Cancelled

from flows.runs.database import open_flow_database
from flows.runs.log import logging_events
from flows.server.api import PrefectApi
from flows.server.dashboard import Dashboard
from flows.server.jobs import BY_HAND, REASONS, TAG
from shanty.catalog import Catalog
from shanty.config.home import require_whole_home
from shanty.config.settings import Settings, load_settings
from shanty.db import Database
from shanty.errors import ServerError
from shanty.files.private_files import for_us_alone
from shanty.providers.http_bounds import Bounds
from shanty.providers.ytdlp.versions.choice import use_chosen
from shanty.workqueue import Lease, WorkQueue

logger = logging.getLogger(__name__)

# Short bounds: the work waits for the answer, and the dashboard's numbers come again soon.
_DASHBOARD_BOUNDS = Bounds(total_seconds=12.0, answer_seconds=8.0, stall_seconds=8.0)
# A person waits for the end of the run.
_LAST_BOUNDS = Bounds(total_seconds=2.0, answer_seconds=2.0, stall_seconds=2.0)


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
    """A flow run at work. ``is_by_hand``: no deployment began it, so no service may be there."""

    id: str
    settings: Settings
    database: Database
    queue: WorkQueue
    catalog: Catalog
    lease: Lease
    dashboard: Dashboard
    is_by_hand: bool


@contextmanager
def begin_run(job: str) -> Iterator[Run]:
    """Open what a flow works with, and hold a lease for the length of the block."""
    context = FlowRunContext.get()
    assert context is not None, "called from within a flow"
    assert context.flow_run is not None, "called from within a flow run"
    run_id = str(context.flow_run.id)
    settings = load_settings()
    require_whole_home(settings)
    use_chosen(settings.home)
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
    dashboard = Dashboard(api, queue, database, settings, flow_run_id=run_id)
    try:
        with Lease(queue, flow_run_id=run_id, job=job, home=str(settings.home)) as lease:
            dashboard.show_links()
            catalog, is_by_hand = Catalog(database), not deployment.id
            yield Run(run_id, settings, database, queue, catalog, lease, dashboard, is_by_hand)
    except (KeyboardInterrupt, TerminationSignal):
        _note_ended_by_hand(PrefectApi(api.url, bounds=_LAST_BOUNDS), run_id)
        raise


def _note_ended_by_hand(api: PrefectApi, run_id: str) -> None:
    """Show the run, and what it had under way, as cancelled: a person has ended it.

    Prefect's engine takes Ctrl-C for a crash, but leaves a run alone that has ended already.
    """
    state: State[Any] = Cancelled(
        message="Ended by Ctrl-C or a signal; what was under way is given back."
    )
    context = FlowRunContext.get()
    if context is not None and context.flow_run is not None:
        context.flow_run.state = state
    told = {"type": state.type.value, "name": state.name, "message": state.message}
    given_back = told | {"name": "Given back"}
    try:
        api.post(f"/flow_runs/{run_id}/set_state", state=told, force=True)
        begun = api.post(
            "/task_runs/filter",
            flow_runs={"id": {"any_": [run_id]}},
            task_runs={"state": {"type": {"any_": ["RUNNING", "PENDING"]}}},
        )
        for task in begun:
            api.post(f"/task_runs/{task['id']}/set_state", state=given_back, force=True)
    except ServerError as error:
        logger.info("the server was not told that the run was ended: %s", error)
