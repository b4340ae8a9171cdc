"""Why runs began: by hand, on a schedule, or because work was left. Does not import Prefect."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flows.server.api import PrefectApi
from flows.server.jobs import AUTO_SCHEDULED, BY_HAND, LEFT_OVER


def read_origins(api: PrefectApi, run_ids: Collection[str]) -> dict[str, str]:
    """Who has begun each of these runs, in words; without those that the server no longer knows.

    At most 200 of them are looked for.

    Raises:
        ServerError: the server does not answer.
    """
    asked = list(run_ids)[:200]
    found: list[dict[str, Any]] = api.post(
        "/flow_runs/filter", flow_runs={"id": {"any_": asked}}, limit=len(asked)
    )
    return {run["id"]: _describe(run) for run in found}


def _describe(run: dict[str, Any]) -> str:
    tags = run["tags"]
    job = str(run["name"]).partition(" · ")[0]
    if BY_HAND in tags or run["deployment_id"] is None:
        return f"by hand: {job}"
    if LEFT_OVER in tags:
        return f"by the job {job}, because work was left"
    return f"by the job {job}{', on its schedule' if AUTO_SCHEDULED in tags else ''}"
