"""How runs end on a real server: ended by a person, killed, or with nothing to do."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State, StateType
from prefect.states import Cancelled, Completed, Crashed, Running

from cli.opening import open_state
from flows.runs.begin import begin_run, name_run
from flows.server.api import PrefectApi

pytestmark = pytest.mark.takes(seconds=12)


def check_is_cancelled(api: PrefectApi, run_id: str) -> None:
    run = api.get(f"/flow_runs/{run_id}")
    assert (run["state_type"], run["state_name"]) == ("CANCELLED", "Cancelled")
    assert "given back" in run["state"]["message"]
    assert open_state().queue.workers.list_live() == [], "its lease is gone"


def test_a_run_that_a_person_ends_is_cancelled(prefect_server: str, home: Path) -> None:
    seen = []

    @flow(name="ended", flow_run_name=name_run)
    def ended() -> None:
        with begin_run("monitor") as run:
            seen.append(run.id)
            raise KeyboardInterrupt

    with suppress(BaseException):  # the engine may swallow it, or raise it
        ended()
    check_is_cancelled(PrefectApi(prefect_server), seen[0])


def begun_task(api: PrefectApi, run_id: object) -> str:
    made = api.post(
        "/task_runs/",
        flow_run_id=str(run_id),
        task_key="download",
        dynamic_key=uuid4().hex,
        state={"type": "RUNNING"},
    )
    return cast(str, made["id"])


@pytest.mark.parametrize(
    ("state", "of_task"),
    [
        (Running(), "CRASHED"),
        (Crashed(message="its process died"), "CRASHED"),
        (Cancelled(message="Ctrl-C"), "CANCELLED"),
        (Completed(), "RUNNING"),  # the server may only not have heard of its end yet
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_no_task_outlives_its_run(
    prefect_server: str, home: Path, state: State[Any], of_task: str
) -> None:
    from flows.monitor import monitor
    from flows.runs.orphans import mark_crashed

    api = PrefectApi(prefect_server)
    with get_client(sync_client=True) as client:
        run = client.create_flow_run(monitor, state=state, tags=["shanty"])
    task_id = begun_task(api, run.id)
    mark_crashed(open_state().queue, grace=timedelta(0), dry_run=True)
    assert api.get(f"/task_runs/{task_id}")["state_type"] == "RUNNING"
    mark_crashed(open_state().queue, grace=timedelta(0))
    assert api.get(f"/task_runs/{task_id}")["state_type"] == of_task
    if state.type is StateType.RUNNING:
        assert api.get(f"/flow_runs/{run.id}")["state_type"] == "CRASHED"
    api.delete(f"/flow_runs/{run.id}")


def test_what_is_known_to_be_dead_is_marked_without_grace(prefect_server: str, home: Path) -> None:
    from flows.monitor import monitor
    from flows.runs.orphans import mark_crashed

    with get_client(sync_client=True) as client:
        dead, young = (
            client.create_flow_run(monitor, state=Running(), tags=["shanty"]) for _ in range(2)
        )
    assert mark_crashed(open_state().queue, dead=[str(dead.id)]) == 1
    api = PrefectApi(prefect_server)
    assert api.get(f"/flow_runs/{dead.id}")["state_type"] == "CRASHED"
    assert api.get(f"/flow_runs/{young.id}")["state_type"] == "RUNNING"
    for run in (dead, young):
        api.delete(f"/flow_runs/{run.id}")


def test_each_run_leads_to_the_artifacts(prefect_server: str, home: Path) -> None:
    from flows.cookie_refresh import cookie_refresh

    state = cookie_refresh(return_state=True)
    found = PrefectApi(prefect_server).post(
        "/artifacts/filter",
        artifacts={"flow_run_id": {"any_": [str(state.state_details.flow_run_id)]}},
    )
    text = " ".join(str(one["data"]) for one in found)
    assert "(/artifacts/key/work-queue)" in text
    assert "(/artifacts/key/jobs)" in text
