"""Jobs on a real server: registering, changing, missing, renewing and adding them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from deployments.control import (
    Skip,
    drop_missed_runs,
    find_job,
    find_run_at_work,
    pause_job,
    resume_job,
    run_job,
    skip_next_run,
    unskip,
    wait_for_run,
)
from deployments.due_work import DueWork
from deployments.timetable import load_jobs
from flows.server.api import PrefectApi
from flows.server.jobs import LEFT_OVER, SKIPPED, list_jobs
from shanty.clock import utc_now
from shanty.config.settings import Settings, load_settings
from shanty.db import Database
from shanty.db.tables import workers
from shanty.errors import ServerError, ShantyError
from shanty.workqueue import WorkQueue
from tests.world.crash_world import ROOT
from tests.world.databases import add_tracks
from tests.world.service_home import STOP_SECONDS, below, kill_all, wait_until

pytestmark = pytest.mark.takes(seconds=50)

PLANNING_SECONDS = 90
LONG_AGO = timedelta(minutes=1)


@pytest.fixture
def api(prefect_server: str) -> Iterator[PrefectApi]:
    """A server with the jobs of the timetable; they are removed after the test."""
    made = PrefectApi(prefect_server)
    register({})
    yield made
    for job in list_jobs(made):
        made.delete(f"/deployments/{job.id}")


def settings(**values: Any) -> Settings:
    return load_settings(home=Path("/nonexistent"), **values)


def register(scheduling: dict[str, str]) -> None:
    from deployments.registration import register as register_jobs

    register_jobs(load_jobs(scheduling), settings())


def planned(api: PrefectApi, job_id: str) -> list[datetime]:
    found = api.post(
        "/flow_runs/filter",
        deployments={"id": {"any_": [job_id]}},
        flow_runs={"state": {"type": {"any_": ["SCHEDULED"]}}},
        sort="EXPECTED_START_TIME_ASC",
    )
    return [datetime.fromisoformat(run["expected_start_time"]) for run in found]


def post_when_free(api: PrefectApi, path: str, **body: Any) -> Any:
    """Ask, and ask again if the server's SQLite file is locked just then."""
    for _ in range(10):
        try:
            return api.post(path, **body)
        except ServerError:
            time.sleep(1)
    return api.post(path, **body)


def test_a_changed_schedule_keeps_the_job_its_history_and_its_pause(api: PrefectApi) -> None:
    before = find_job(api, "pipeline")
    run_id = run_job(api, before)
    pause_job(api, before)
    register({"pipeline": "7m", "monitor": "0 4 * * *", "maintenance": "off"})
    after = find_job(api, "pipeline")
    assert (after.id, after.schedule, after.paused) == (before.id, "every 7 min", True)
    assert api.get(f"/flow_runs/{run_id}")["deployment_id"] == before.id
    assert find_job(api, "monitor").schedule == "at 04:00"
    assert find_job(api, "maintenance").schedule == "off"
    resume_job(api, after)
    register({})
    assert find_job(api, "maintenance").schedule == "every 10 min"
    assert not find_job(api, "pipeline").paused


def test_a_skipped_run_stays_skipped_after_registering_again(api: PrefectApi) -> None:
    job = find_job(api, "pipeline")
    wait_until(lambda: len(planned(api, job.id)) > 2, "runs are planned", PLANNING_SECONDS)
    first, second, *_ = planned(api, job.id)
    assert skip_next_run(api, job).at == first
    register({})
    assert planned(api, job.id)[0] == second
    assert find_job(api, "pipeline").next_run == second
    assert find_job(api, "pipeline").last_run is None, "a skipped run is no run"


def begun_for_work(api: PrefectApi) -> list[str]:
    """The runs that were started because work was due."""
    found = api.post("/flow_runs/filter", flow_runs={"tags": {"all_": [LEFT_OVER]}})
    return [run["id"] for run in found]


def test_work_that_is_due_starts_one_run_if_that_could_do_something(
    api: PrefectApi, sqlite_database: Database, tmp_path: Path
) -> None:
    database, queue = sqlite_database, WorkQueue(sqlite_database)
    own = load_settings(home=tmp_path, download={"search": ["ytsearch8"]})
    now = 0.0
    told: list[str] = []
    due_work = DueWork(own, database, queue, told.append, lambda: now)

    def runs_after(seconds: float) -> int:
        nonlocal now
        now += seconds
        due_work.look(api)
        return len(begun_for_work(api))

    assert runs_after(20) == 0, "there is nothing to do"
    add_tracks(database, 2)
    queue.by_hand.pause()
    assert runs_after(20) == 0, "nothing may be done"
    queue.by_hand.resume()
    pause_job(api, find_job(api, "pipeline"))
    assert runs_after(20) == 0, "the job is paused"
    resume_job(api, find_job(api, "pipeline"))
    worker_id = queue.workers.register("somebody's run", "pipeline", str(tmp_path))
    assert runs_after(20) == 0, "one is at work"
    queue.workers.unregister(worker_id)
    assert runs_after(20) == 1
    assert runs_after(5) == 1, "the first one is only beginning"
    assert told == ["work is due: starting a pipeline run"]

    # As if it had ended without having done anything: the next one comes after a pause.
    api.delete(f"/flow_runs/{begun_for_work(api)[0]}")
    assert runs_after(20) == 0
    assert runs_after(20) == 1
    api.delete(f"/flow_runs/{begun_for_work(api)[0]}")
    assert runs_after(40) == 0, "the pause does not grow"
    add_tracks(database, 1)
    assert runs_after(5) == 1, "a new wish has to wait for what went wrong before it"


def test_each_machine_joins_a_run_that_has_more_than_it_can_take(
    api: PrefectApi, sqlite_database: Database, tmp_path: Path
) -> None:
    database, queue = sqlite_database, WorkQueue(sqlite_database)
    own = load_settings(home=tmp_path / "here", download={"search": ["ytsearch8"]})
    now = 0.0

    def machine(name: str) -> DueWork:
        return DueWork(own, database, queue, print, lambda: now, machine=name)

    def runs_after(seconds: float, looking: DueWork) -> int:
        nonlocal now
        now += seconds
        looking.look(api)
        return len(begun_for_work(api))

    here, there = machine("here/1"), machine("there/2")
    add_tracks(database, 2)
    assert runs_after(20, here) == 1, "nobody works: it need not wait"
    assert runs_after(20, there) == 1, "a run is beginning elsewhere"
    (first,) = begun_for_work(api)
    api.post(f"/flow_runs/{first}/set_state", state={"type": "RUNNING"}, force=True)
    assert runs_after(20, there) == 1, "it has no lease yet"

    worker_id = queue.workers.register(first, "pipeline", str(tmp_path / "elsewhere"))
    there, third = machine("there/2"), machine("third/3")
    assert runs_after(20, there) == runs_after(0, third) == 1, "it may yet take up all there is"
    assert runs_after(6, there) == 2
    assert runs_after(0, third) == 3, "the run that is beginning is another machine's"
    assert runs_after(6, there) == 3, "its own run is beginning"
    tags = [run["tags"] for run in api.post("/flow_runs/filter") if LEFT_OVER in run["tags"]]
    assert {tag for of_run in tags for tag in of_run if tag.startswith("for ")} == {
        "for here/1",
        "for there/2",
        "for third/3",
    }

    assert len(queue.items.claim(worker_id, 2)) == 2
    for run_id in {*begun_for_work(api)} - {first}:
        api.delete(f"/flow_runs/{run_id}")
    assert runs_after(60, there) == 1, "nothing is left to join for"
    with database.begin() as tx:
        tx.execute(update(workers).values(host="gone/9", heartbeat_at=utc_now() - LONG_AGO))
    assert runs_after(60, there) == 2, "a dead run does not take up what it has left"


def test_a_run_asked_for_by_hand_is_not_the_next_planned_one(api: PrefectApi) -> None:
    job = find_job(api, "monitor")
    wait_until(lambda: bool(planned(api, job.id)), "runs are planned", PLANNING_SECONDS)
    next_run = find_job(api, "monitor").next_run
    by_hand = run_job(api, job)
    assert find_job(api, "monitor").next_run == next_run
    assert skip_next_run(api, job).at == next_run
    assert api.get(f"/flow_runs/{by_hand}")["state_type"] == "SCHEDULED"


def test_skipping_twice_is_one_and_can_be_taken_back(api: PrefectApi) -> None:
    job = find_job(api, "pipeline")
    wait_until(lambda: len(planned(api, job.id)) > 2, "runs are planned", PLANNING_SECONDS)
    before = planned(api, job.id)
    assert skip_next_run(api, job) == Skip(before[0], is_news=True)
    assert skip_next_run(api, job) == Skip(before[0], is_news=False)
    assert planned(api, job.id)[0] == before[1], "one run is left out, not two"
    assert unskip(api, job) == [before[0]]
    assert find_job(api, "pipeline").next_run == before[0]
    assert planned(api, job.id)[:3] == before[:3]
    (run,) = api.post(
        "/flow_runs/filter",
        deployments={"id": {"any_": [job.id]}},
        flow_runs={"state": {"type": {"any_": ["SCHEDULED"]}}},
        sort="EXPECTED_START_TIME_ASC",
        limit=1,
    )
    assert run["start_time"] is None, "it would count as begun when it was left out"
    with pytest.raises(ShantyError, match="no run of pipeline is left out"):
        unskip(api, job)


def test_a_run_that_did_nothing_is_not_the_last_run(api: PrefectApi) -> None:
    job = find_job(api, "cookie-refresh")
    for name, message in ((None, "the cookies are good"), (SKIPPED, "nothing to do")):
        run_id = run_job(api, job)
        for state in ({"type": "RUNNING"}, {"type": "COMPLETED", "name": name}):
            ended = state | {"message": message}
            api.post(f"/flow_runs/{run_id}/set_state", state=ended, force=True)
        assert wait_for_run(api, run_id, announce=print).message == message
    last = find_job(api, "cookie-refresh").last_run
    assert last is not None
    assert (last.state, last.message) == ("Completed", "the cookies are good")


def test_the_run_at_work_is_known_by_its_living_worker(api: PrefectApi, database: Database) -> None:
    queue, job = WorkQueue(database), find_job(api, "pipeline")
    assert find_run_at_work(queue, job) is None
    queue.workers.register("of another job", "monitor")
    assert find_run_at_work(queue, job) is None
    worker = queue.workers.register("at work", "pipeline")
    assert find_run_at_work(queue, job) == "at work"
    queue.workers.unregister(worker)
    assert find_run_at_work(queue, job) is None


def test_a_job_is_due_before_the_server_has_planned_it(api: PrefectApi) -> None:
    job = find_job(api, "pipeline")
    wait_until(lambda: bool(planned(api, job.id)), "runs are planned", PLANNING_SECONDS)
    view = find_job(api, "pipeline")
    assert view.due is not None
    assert view.due == view.next_run or view.due < datetime.now(UTC)
    register({"pipeline": "30 3 * * 0"})
    due = find_job(api, "pipeline").due
    assert due is not None
    assert (due.astimezone().hour, due.astimezone().minute, due.astimezone().weekday()) == (
        3,
        30,
        6,
    )


def test_a_paused_job_cannot_be_skipped(api: PrefectApi) -> None:
    register({"cookie_refresh": "off"})
    with pytest.raises(ShantyError, match="no run of cookie-refresh is planned"):
        skip_next_run(api, find_job(api, "cookie-refresh"))


def test_each_job_makes_up_for_one_of_many_missed_runs(api: PrefectApi) -> None:
    jobs = {job.name: job for job in list_jobs(api)}
    now = datetime.now(UTC)
    missed: dict[str, list[str]] = {}
    for name, count in (("pipeline", 5), ("maintenance", 7), ("monitor", 1)):
        for number in range(count):
            at = (now - timedelta(hours=2, minutes=number)).isoformat()
            run = post_when_free(
                api,
                f"/deployments/{jobs[name].id}/create_flow_run",
                state={"type": "SCHEDULED", "state_details": {"scheduled_time": at}},
                tags=["shanty", "auto-scheduled"],
            )
            missed.setdefault(name, []).append(run["id"])
    assert drop_missed_runs(api) == 4 + 6
    for name, runs in missed.items():
        (left,) = [at for at in planned(api, jobs[name].id) if at < now]
        newest = api.get(f"/flow_runs/{runs[0]}")
        assert left == datetime.fromisoformat(newest["expected_start_time"])
    assert drop_missed_runs(api) == 0


@pytest.mark.proof
def test_renewed_schedules_plan_the_same_times_again(api: PrefectApi) -> None:
    """This is needed after a clock was set back: Prefect plans no time twice for one schedule."""
    from deployments.registration import renew_schedules

    job = find_job(api, "pipeline")
    wait_until(lambda: bool(planned(api, job.id)), "runs are planned", PLANNING_SECONDS)
    first = skip_next_run(api, job).at
    assert first not in planned(api, job.id)
    renew_schedules(load_jobs({}))
    wait_until(lambda: first in planned(api, job.id), "it is planned anew", PLANNING_SECONDS)


def test_deployments_of_others_are_left_alone(api: PrefectApi) -> None:
    pipeline = find_job(api, "pipeline")
    flow_id = api.get(f"/deployments/{pipeline.id}")["flow_id"]
    own = {"tags": ["shanty"], "entrypoint": "flows.pipeline.pipeline"}
    others = {
        "a-second-pipeline": own,
        "of-another-program": {"tags": ["other"], "entrypoint": "flows.gone.gone"},
        "with-our-tag": {"tags": ["shanty"], "entrypoint": "somewhere/flow.py:flow"},
    }
    made = {
        name: post_when_free(api, "/deployments/", name=name, flow_id=flow_id, **values)["id"]
        for name, values in others.items()
    }
    try:
        register({})
        assert {api.get(f"/deployments/{made_id}")["name"] for made_id in made.values()} == {*made}
    finally:
        for made_id in made.values():
            api.delete(f"/deployments/{made_id}")


@pytest.mark.proof
def test_up_works_for_a_server_that_is_there_already(api: PrefectApi, tmp_path: Path) -> None:
    """The home is new, so it has nothing of an embedded server."""
    (tmp_path / "shanty.toml").touch()
    service = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "up"],
        cwd=ROOT,
        env={
            **os.environ,
            "SHANTY_HOME": str(tmp_path / "home"),
            "SHANTY_CONFIG": str(tmp_path / "shanty.toml"),
            "PREFECT_WORKER_QUERY_SECONDS": "2",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert service.stdout is not None
        assert any("ready" in line for line in service.stdout), "the service did not become ready"
        said: list[str] = []
        run_id = run_job(api, find_job(api, "maintenance"))
        assert wait_for_run(api, run_id, said.append).state == "Completed"
        assert said[-1] == "Completed"
        service.send_signal(signal.SIGTERM)
        assert service.wait(STOP_SECONDS) == 0
    finally:
        kill_all([service.pid, *below(service.pid)])
        service.communicate()
