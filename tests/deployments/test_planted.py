"""Nothing is run that somebody planted in Prefect's history while no secret was asked for.

The server here asks nobody for a secret, because planting needs that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deployments.timetable import load_jobs
from flows.server.api import PrefectApi
from flows.server.jobs import list_jobs
from shanty.config.settings import load_settings
from tests.world.crash_world import ROOT

POOL = "shanty"


@pytest.fixture
def api(
    prefect_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PrefectApi]:
    """A server with nothing of ours; the home of its worker is new."""
    monkeypatch.setenv("SHANTY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHANTY_CONFIG", str(tmp_path / "shanty.toml"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "shanty.toml").touch()
    made = PrefectApi(prefect_server)
    before = {one["id"] for one in made.post("/deployments/filter")}
    yield made
    for one in made.post("/deployments/filter"):
        if one["id"] not in before:
            made.delete(f"/deployments/{one['id']}")


def plant_pool(api: PrefectApi, evil: dict[str, Any]) -> None:
    """Plant our pool with a template that runs a command of the run, or of the template."""
    from prefect.workers.process import ProcessWorker

    template = ProcessWorker.get_default_base_job_template()
    template["variables"]["properties"]["command"]["default"] = evil["command"]
    names = {pool["name"] for pool in api.post("/work_pools/filter")}
    if POOL not in names:
        api.post("/work_pools/", name=POOL, type="process", base_job_template=template)
    api.patch(f"/work_pools/{POOL}", base_job_template=template)


def plant_deployment(api: PrefectApi, flow: str, name: str, **more: Any) -> str:
    flow_id = api.post("/flows/", name=flow)["id"]
    made = api.post("/deployments/", flow_id=flow_id, name=name, work_pool_name=POOL, **more)
    return str(made["id"])


def plant_run(api: PrefectApi, deployment_id: str, **more: Any) -> str:
    """Plant a run that has been due for a while."""
    at = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    made = api.post(
        f"/deployments/{deployment_id}/create_flow_run",
        state={"type": "SCHEDULED", "state_details": {"scheduled_time": at}},
        **more,
    )
    return str(made["id"])


def work_once() -> None:
    from deployments.worker import JobWorker

    async def work() -> None:
        await JobWorker(work_pool_name=POOL, name="test").start(run_once=True)

    asyncio.run(work())


def test_an_idle_worker_asks_without_a_trace_and_still_finds_what_is_due(
    api: PrefectApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.client.orchestration import PrefectClient

    from deployments.registration import register
    from deployments.worker import JobWorker

    register(load_jobs({job.setting: "off" for job in load_jobs({})}), load_settings())
    for left in api.post(
        "/flow_runs/filter", flow_runs={"state": {"type": {"any_": ["SCHEDULED"]}}}
    ):
        api.delete(f"/flow_runs/{left['id']}")
    job = next(one for one in list_jobs(api) if one.name == "monitor")
    asked, ask = [], PrefectClient.get_scheduled_flow_runs_for_work_pool

    async def note_and_ask(*given: Any, **named: Any) -> Any:
        asked.append(await ask(*given, **named))
        return asked[-1]

    monkeypatch.setattr(PrefectClient, "get_scheduled_flow_runs_for_work_pool", note_and_ask)

    async def work() -> list[set[str]]:
        found = []
        async with JobWorker(work_pool_name=POOL, name="test") as worker:
            for _ in range(3):
                runs = await worker._get_scheduled_flow_runs()
                found.append({str(one.flow_run.id) for one in runs})
                if len(found) == 2:
                    assert len(asked) == 1, "nothing was due: no second trace"
                    found.append({plant_run(api, job.id)})
        return found

    first, second, planted, last = asyncio.run(work())
    assert second == set()
    assert planted <= last
    assert not planted & first
    api.delete(f"/flow_runs/{planted.pop()}")


def state_of(api: PrefectApi, run_id: str) -> tuple[str, str]:
    state = api.get(f"/flow_runs/{run_id}")["state"]
    return state["type"], state["message"] or ""


def test_only_our_jobs_are_run_and_only_as_we_run_them(
    api: PrefectApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from deployments.registration import register
    from deployments.worker import NOT_OURS, pool_template

    traces = tmp_path / "traces"
    traces.mkdir()
    (tmp_path / "evil.py").write_text(
        f"from pathlib import Path\nPath({str(traces)!r}, 'code').touch()\n"
        "from prefect import flow\n@flow(name='maintenance')\ndef maintenance(): pass\n"
    )
    evil = {
        "command": f"touch {traces}/command",
        "env": {
            "PYTHONPATH": str(tmp_path),
            "PREFECT__FLOW_ENTRYPOINT": f"{tmp_path}/evil.py:maintenance",
        },
        "working_dir": str(tmp_path),
    }
    step = {"prefect.deployments.steps.run_shell_script": {"script": f"touch {traces}/step"}}
    theirs = {
        "entrypoint": "evil.py:maintenance",
        "path": str(tmp_path),
        "job_variables": evil,
        "pull_steps": [step],
    }
    plant_pool(api, evil)
    ours = plant_deployment(api, "maintenance", "maintenance", tags=["shanty"], **theirs)
    strangers = [
        plant_deployment(api, "evil", "evil", **theirs),
        plant_deployment(api, "evil", "maintenance", tags=["shanty"], **theirs),
        plant_deployment(api, "maintenance", "another", tags=["shanty"], **theirs),
        plant_deployment(api, "evil", "pipeline", work_queue_name="planted", **theirs),
    ]
    run = plant_run(api, ours, job_variables=evil)
    refused = [plant_run(api, one, job_variables=evil) for one in strangers]

    register(load_jobs({}), load_settings())
    assert api.get(f"/work_pools/{POOL}")["base_job_template"] == pool_template()
    assert not {"command", "env", "working_dir"} & set(pool_template()["variables"]["properties"])
    (mine,) = [job for job in list_jobs(api) if job.id == ours]
    known = api.get(f"/deployments/{mine.id}")
    assert (known["entrypoint"], known["path"]) == ("flows.maintenance.maintenance", None)
    assert not known["pull_steps"]
    assert not known["job_variables"]

    work_once()
    assert [entry.name for entry in traces.iterdir()] == []
    assert state_of(api, run)[0] == "COMPLETED"
    assert [state_of(api, one) for one in refused] == [("CANCELLED", NOT_OURS)] * len(refused)


@pytest.mark.proof
def test_a_server_that_is_changed_meanwhile_changes_nothing(
    api: PrefectApi, tmp_path: Path
) -> None:
    """The worker itself is safe, whatever the server says by then."""
    from deployments.registration import register

    trace = tmp_path / "trace"
    register(load_jobs({}), load_settings())
    (job,) = [job for job in list_jobs(api) if job.name == "maintenance"]
    step = {"prefect.deployments.steps.run_shell_script": {"script": f"touch {trace}"}}
    evil = {"command": f"touch {trace}", "env": {"PREFECT_API_URL": "http://127.0.0.1:9/api"}}
    plant_pool(api, evil)
    api.patch(f"/deployments/{job.id}", job_variables=evil, pull_steps=[step], entrypoint="x.py:y")
    run = plant_run(api, job.id, job_variables=evil)
    work_once()
    assert not trace.exists()
    assert state_of(api, run)[0] == "COMPLETED"
