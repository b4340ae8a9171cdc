"""Whether runs of a work pool are due, asked of a Prefect server without importing Prefect.

Also shows the server that a worker is there. If nobody asks for a minute, its pages call the jobs
of the pool not ready.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from deployments.meant_for import is_meant_for
from flows.server.api import PrefectApi

AHEAD = timedelta(seconds=10)
"""How long before its time a run counts as due: Prefect's own workers ask for as much."""
SHOWN_SECONDS = 30.0
"""How often the server notes that we ask. Each time it writes it down for all jobs and queues."""


class DueRuns:
    """The due runs of one pool, for a worker of this name on this machine."""

    def __init__(self, api: PrefectApi, pool: str, worker_name: str, machine: str):
        self._api = api
        self._pool = pool
        self._path = f"/work_pools/{quote(pool, safe='')}"
        self._worker_name = worker_name
        self._machine = machine
        self._show_at = 0.0

    def is_any(self) -> bool:
        """Whether a run that this machine may take up is due now, or within seconds.

        Raises:
            ServerError: the server does not answer, or knows no such pool.
        """
        if time.monotonic() >= self._show_at:
            self._show()
        soon = (datetime.now(UTC) + AHEAD).isoformat()
        found = self._api.post(
            "/flow_runs/filter",
            flow_runs={
                "state": {"type": {"any_": ["SCHEDULED"]}},
                "next_scheduled_start_time": {"before_": soon},
            },
            work_pools={"name": {"any_": [self._pool]}},
        )
        return any(self._is_ours(run) for run in found)

    def _is_ours(self, run: dict[str, Any]) -> bool:
        due_at = datetime.fromisoformat(run["next_scheduled_start_time"])
        return is_meant_for(self._machine, run["tags"], due_at, datetime.now(UTC))

    def _show(self) -> None:
        self._api.post(
            f"{self._path}/workers/heartbeat",
            name=self._worker_name,
            heartbeat_interval_seconds=int(SHOWN_SECONDS),
        )
        before_all = datetime.fromtimestamp(0, UTC).isoformat()  # none is handed out
        self._api.post(f"{self._path}/get_scheduled_flow_runs", scheduled_before=before_all)
        self._show_at = time.monotonic() + SHOWN_SECONDS
