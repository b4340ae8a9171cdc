"""A worker with nothing to do asks without Prefect, and becomes a Prefect worker for a due run."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from deployments.beginning import Beginning, Starter, find_beginning
from deployments.control import run_job
from deployments.due_runs import DueRuns
from deployments.meant_for import FREE_AFTER, is_meant_for, name_machine, tag_for
from deployments.preparation import prepare
from deployments.service_worker import WorkerProcess
from deployments.timetable import load_jobs
from flows.server.api import PrefectApi
from flows.server.jobs import TAG, list_jobs
from shanty.config.settings import load_settings
from shanty.config.surroundings import WORKER_PACE
from shanty.db import Database
from shanty.errors import ServerError
from shanty.workqueue import WorkQueue
from tests.world.crash_world import ROOT
from tests.world.service_home import wait_until

POOL = "shanty"
OFF = {job.setting: "off" for job in load_jobs({})}


@pytest.fixture
def api(
    prefect_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PrefectApi]:
    """A server with the jobs, none of which has a schedule; they are removed after the test."""
    from deployments.registration import register

    monkeypatch.setenv("SHANTY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHANTY_CONFIG", str(tmp_path / "shanty.toml"))
    monkeypatch.setenv("SHANTY_LIBRARY__PATH", str(tmp_path / "library"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PREFECT_API_URL", prefect_server)
    monkeypatch.setenv(WORKER_PACE, "1")
    scheduling = "".join(f'{name} = "off"\n' for name in OFF)
    (tmp_path / "shanty.toml").write_text(f"[scheduling]\n{scheduling}")
    made = PrefectApi(prefect_server)
    register(load_jobs(OFF), load_settings())
    scheduled = {"state": {"type": {"any_": ["SCHEDULED"]}}}
    for left in made.post("/flow_runs/filter", flow_runs=scheduled):
        made.delete(f"/flow_runs/{left['id']}")
    yield made
    for job in list_jobs(made):
        made.delete(f"/deployments/{job.id}")


def plan(api: PrefectApi, at: datetime) -> None:
    job = next(one for one in list_jobs(api) if one.name == "maintenance")
    details = {"type": "SCHEDULED", "state_details": {"scheduled_time": at.isoformat()}}
    api.post(f"/deployments/{job.id}/create_flow_run", state=details)


def test_a_run_is_due_some_seconds_before_its_time(api: PrefectApi) -> None:
    due_runs = DueRuns(api, POOL, "one-that-asks", "here/1")
    assert not due_runs.is_any()
    plan(api, datetime.now(UTC) + timedelta(hours=1))
    assert not due_runs.is_any()
    plan(api, datetime.now(UTC) + timedelta(seconds=5))
    assert due_runs.is_any()


def test_a_run_for_another_machine_is_left_to_it_unless_it_is_gone(api: PrefectApi) -> None:
    due_runs = DueRuns(api, POOL, "one-that-asks", "here/1")
    job = next(one for one in list_jobs(api) if one.name == "pipeline")
    run_id = run_job(api, job, machine="another/1")
    assert not due_runs.is_any()
    api.delete(f"/flow_runs/{run_id}")
    run_job(api, job, machine="here/1")
    assert due_runs.is_any()

    tags, now = ["shanty", tag_for("another/1")], datetime.now(UTC)
    assert is_meant_for("another/1", tags, now, now)
    assert not is_meant_for("here/2", tags, now - FREE_AFTER, now)
    assert is_meant_for("here/2", tags, now - FREE_AFTER - timedelta(seconds=1), now)
    assert is_meant_for("here/2", ["shanty"], None, now)


@pytest.mark.proof
def test_a_worker_takes_up_its_own_runs_alone(api: PrefectApi) -> None:
    worker = WorkerProcess(load_settings().home, POOL, threading.Event())
    job = next(one for one in list_jobs(api) if one.name == "maintenance")
    others = run_job(api, job, machine="another/1")
    own = run_job(api, job, machine=name_machine(load_settings().home))
    worker.start()
    try:
        wait_until(lambda: state_of(api, own) == "COMPLETED", "its own run", 180)
        wait_until(lambda: state_of(api, others) == "COMPLETED", "what nobody else begins", 180)
    finally:
        worker.stop()
    run = api.get(f"/flow_runs/{others}")
    began_at, due_at = (
        datetime.fromisoformat(run[key]) for key in ("start_time", "expected_start_time")
    )
    assert began_at - due_at > FREE_AFTER, "it belonged to another machine until then"


def state_of(api: PrefectApi, run_id: str) -> str:
    return str(api.get(f"/flow_runs/{run_id}")["state"]["type"])


def test_the_server_shows_who_asks(api: PrefectApi) -> None:
    DueRuns(api, POOL, "one-that-is-shown", "here/1").is_any()
    workers = api.post(f"/work_pools/{POOL}/workers/filter")
    assert {one["name"]: one["status"] for one in workers}["one-that-is-shown"] == "ONLINE"
    jobs = {"deployments": {"tags": {"all_": [TAG]}}}
    wait_until(
        lambda: {one["status"] for one in api.post("/deployments/filter", **jobs)} == {"READY"},
        "the jobs are shown as ready",
    )


def test_what_is_wanted_begins_on_another_machine(
    api: PrefectApi, sqlite_database: Database
) -> None:
    from deployments.registration import register

    given = (load_settings(), sqlite_database, WorkQueue(sqlite_database))
    for worker in api.post(f"/work_pools/{POOL}/workers/filter"):
        api.delete(f"/work_pools/{POOL}/workers/{worker['name']}")
    assert find_beginning(*given) == Beginning(Starter.PERSON)
    DueRuns(api, POOL, "one-that-works", "here/1").is_any()
    held_by = "the job is switched off: `shanty jobs run pipeline` downloads it"
    assert find_beginning(*given) == Beginning(Starter.PERSON, held_by)
    register(load_jobs({name: "off" for name in OFF if name != "pipeline"}), load_settings())
    assert find_beginning(*given) == Beginning(Starter.SERVICE)


def test_an_unknown_pool_is_said(api: PrefectApi) -> None:
    with pytest.raises(ServerError, match="refuses /work_pools/none"):
        DueRuns(api, "none", "one-that-asks", "here/1").is_any()


@pytest.mark.proof
def test_the_service_is_prepared_by_a_process_that_ends(
    api: PrefectApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    for job in list_jobs(api):
        api.delete(f"/deployments/{job.id}")
    home = load_settings().home
    assert prepare(home, timedelta(minutes=2), threading.Event()) == 0
    assert {job.name for job in list_jobs(api)} == {job.name for job in load_jobs({})}
    left = psutil.Process().children()
    assert not any("deployments.preparation" in one.cmdline() for one in left)
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    with pytest.raises(ServerError, match="the jobs could not be registered: "):
        prepare(home, timedelta(minutes=2), threading.Event())


@pytest.mark.proof
def test_a_worker_is_one_process_at_rest_and_at_work(api: PrefectApi) -> None:
    worker = WorkerProcess(load_settings().home, POOL, threading.Event())
    worker.start()
    try:
        assert worker.pid is not None
        process = psutil.Process(worker.pid)
        turn = worker.last_turn()
        wait_until(lambda: worker.last_turn() != turn, "it asks")
        resting = process.memory_info().rss
        job = next(one for one in list_jobs(api) if one.name == "maintenance")
        run_id = run_job(api, job)
        wait_until(lambda: "at-work" in process.cmdline(), "it is at work")
        wait_until(
            lambda: api.get(f"/flow_runs/{run_id}")["state"]["type"] == "COMPLETED", "the run", 180
        )
        working = process.memory_info().rss
        wait_until(lambda: "at-work" not in process.cmdline(), "it rests")
        turn = worker.last_turn()
        wait_until(lambda: worker.last_turn() != turn, "it asks again")
        assert worker.is_running
        assert max(resting, process.memory_info().rss) < working / 2
        worker.call()  # before the run is there
        wait_until(lambda: "at-work" in process.cmdline(), "it is ready")
    finally:
        worker.stop()
    assert not process.is_running()
