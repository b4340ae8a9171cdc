"""``shanty up`` as a person meets it: a real server, a real worker, real schedules, kill -9."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from deployments.jobs import JobView, find_job, list_jobs, pause_job, skip_next_run
from deployments.server import free_port
from flows.api import PrefectApi
from shanty.catalog import Catalog
from shanty.config import load_settings
from shanty.db import Database, open_database
from shanty.demo.world import World
from shanty.models import Stage, Status, TrackStatus
from shanty.services import open_musicbrainz
from shanty.watching import watch_track
from shanty.workqueue import WorkQueue
from tests.crash_world import ROOT

STOP_SECONDS = 15
RESUME_SECONDS = 60


@dataclass
class Home:
    """A home folder with a service that can be started, killed and looked into."""

    folder: Path
    world: World
    port: int
    environment: dict[str, str]
    database: Database

    @property
    def api(self) -> PrefectApi:
        return PrefectApi(f"http://127.0.0.1:{self.port}/api")

    @property
    def queue(self) -> WorkQueue:
        return WorkQueue(self.database)

    @property
    def catalog(self) -> Catalog:
        return Catalog(self.database)

    def want(self, first: int, last: int) -> None:
        musicbrainz = open_musicbrainz(
            load_settings(musicbrainz={"url": self.world.base_url, "rate": 1000.0}),
            self.database,
        )
        for mbid in self.world.recordings[first:last]:
            watch_track(mbid, database=self.database, musicbrainz=musicbrainz)

    def in_library(self) -> int:
        return self.catalog.count_tracks()[TrackStatus.IN_LIBRARY]

    def finished(self) -> int:
        """How many tracks have been through the last stage."""
        return self.queue.counts()[Stage.ENRICH]["completed"]

    def job(self, name: str) -> JobView:
        return find_job(self.api, name)

    def runs(self) -> list[dict[str, Any]]:
        return self.api.post("/flow_runs/filter", flow_runs={"tags": {"all_": ["shanty"]}})

    @contextmanager
    def up(self) -> Iterator[subprocess.Popen[str]]:
        """The service, from its being ready; killed at the end if the test has not ended it."""
        service = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "up", "--port", str(self.port)],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            assert service.stdout is not None
            said = []
            for line in service.stdout:
                said.append(line)
                if "ready" in line:
                    break
            else:
                pytest.fail("the service did not become ready:\n" + "".join(said))
            yield service
        finally:
            kill_all([service.pid, *below(service.pid)])
            service.communicate()


def below(pid: int) -> list[int]:
    """Every process that a process has started, directly or not."""
    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def kill_all(pids: list[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def wait_until(is_so: Callable[[], bool], what: str, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.3)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("service")
    for name in ("home", "library"):
        (folder / name).mkdir()
    (folder / "shanty.toml").touch()
    audio = tmp_path_factory.getbasetemp() / "audio"
    with World(20, audio, download_seconds=1.5) as world:
        environment = {
            **{name: value for name, value in os.environ.items() if "PREFECT" not in name},
            **world.settings_environment(),
            "SHANTY_HOME": str(folder / "home"),
            "SHANTY_CONFIG": str(folder / "shanty.toml"),
            "SHANTY_LIBRARY__PATH": str(folder / "library"),
            "SHANTY_SCHEDULING__PIPELINE": "15s",
            "SHANTY_SCHEDULING__MONITOR": "off",
            "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "5",
            "PREFECT_WORKER_QUERY_SECONDS": "2",
        }
        database = open_database(f"sqlite:///{folder / 'home' / 'shanty.db'}")
        yield Home(folder, world, free_port(), environment, database)
        database.dispose()


def test_a_service_lives_through_everything(home: Home) -> None:
    """One service life after another, in one test: each start of a server takes seconds."""
    home.want(0, 4)
    with home.up() as service:
        _scheduled_runs_alone_fill_the_library(home)
        _a_second_service_is_refused(home)
        _jobs_are_steered(home)
        home.want(4, 16)
        wait_until(lambda: home.queue.counts()[Stage.DOWNLOAD]["active"] > 0, "work under way")
        wait_until(lambda: home.in_library() > 4, "some of it done")
        kill_all([service.pid, *below(service.pid)])
    assert home.queue.counts()[Stage.DOWNLOAD]["active"] > 0, "the kill came too late"
    with home.up() as service:
        _the_killed_run_is_buried_and_its_work_resumed(home)
        _a_later_schedule_fires(home)
        _a_killed_flow_process_is_rescued(home)
        _prefect_deploy_registers_the_same_jobs(home)
        _it_stops_in_time_and_gives_work_back(home, service)


def _scheduled_runs_alone_fill_the_library(home: Home) -> None:
    wait_until(lambda: home.in_library() == 4, "the library is filled by scheduled runs")
    assert all("by hand" not in run["tags"] for run in home.runs())
    last = home.job("pipeline").last_run
    assert last is not None


def _a_second_service_is_refused(home: Home) -> None:
    again = subprocess.run(
        [sys.executable, "-m", "cli.main", "up", "--port", str(free_port())],
        cwd=ROOT,
        env=home.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 1
    assert "up already" in again.stderr
    assert len(again.stderr.strip().splitlines()) == 1


def _jobs_are_steered(home: Home) -> None:
    jobs = {job.name: job for job in list_jobs(home.api)}
    assert set(jobs) == {"pipeline", "monitor", "cookie-refresh", "maintenance"}
    assert jobs["pipeline"].schedule == "every 15 s"
    assert jobs["monitor"].schedule == "off"
    assert jobs["monitor"].next_run is None
    before = jobs["maintenance"].next_run
    assert before is not None
    assert before > datetime.now(UTC)
    assert skip_next_run(home.api, jobs["maintenance"]) == before
    after = home.job("maintenance").next_run
    assert after is not None
    assert (after - before).total_seconds() == 600, "more or less than the next run was skipped"
    pause_job(home.api, jobs["cookie-refresh"])
    assert home.job("cookie-refresh").paused


def _the_killed_run_is_buried_and_its_work_resumed(home: Home) -> None:
    done_before = home.world.requests.complete_media()
    assert not [run for run in home.runs() if run["state_type"] == "RUNNING" and _is_old(run)]
    crashed = [run for run in home.runs() if run["state_type"] == "CRASHED"]
    assert [run["state"]["message"] for run in crashed], "the killed run was not marked"
    wait_until(
        lambda: sum(home.world.requests.complete_media().values()) > sum(done_before.values()),
        "the work goes on",
        RESUME_SECONDS,
    )
    wait_until(lambda: home.finished() == 16, "all of it arrives", 120)
    assert home.in_library() == 16
    completed = home.queue.list_items(status=Status.COMPLETED, limit=10_000)
    assert len(completed) == 16 * len(Stage), "something was done twice"
    assert home.job("cookie-refresh").paused, "a restart must not resume what a person has paused"


def _is_old(run: dict[str, Any]) -> bool:
    began = datetime.fromisoformat(run["start_time"])
    return (datetime.now(UTC) - began).total_seconds() > RESUME_SECONDS


def _a_later_schedule_fires(home: Home) -> None:
    since = datetime.now(UTC)
    wait_until(
        lambda: (
            (last := home.job("pipeline").last_run) is not None
            and last.at > since
            and last.state == "Completed"
        ),
        "the next scheduled run fires and completes",
    )


def _a_killed_flow_process_is_rescued(home: Home) -> None:
    home.want(16, 20)
    wait_until(lambda: home.queue.counts()[Stage.DOWNLOAD]["active"] > 0, "work under way")
    (worker,) = [one for one in home.queue.live_workers() if one.job == "pipeline"]
    kill_all([worker.pid])
    wait_until(lambda: home.in_library() == 20, "the next scheduled run takes it up", 120)
    run = requests.get(f"{home.api.url}/flow_runs/{worker.flow_run_id}", timeout=10).json()
    assert run["state_type"] == "CRASHED"


def _prefect_deploy_registers_the_same_jobs(home: Home) -> None:
    before = _registered(home)
    subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"],
        cwd=ROOT,
        env={**home.environment, "PREFECT_API_URL": home.api.url},
        check=True,
        capture_output=True,
        timeout=120,
    )
    after = _registered(home)
    assert after == before
    assert home.job("pipeline").schedule == "every 1 h", "the timetable's own schedule"


def _registered(home: Home) -> list[dict[str, Any]]:
    found = home.api.post("/deployments/filter", sort="NAME_ASC")
    same = ("id", "name", "entrypoint", "tags", "work_pool_name", "description", "path")
    return [{key: one[key] for key in same} for one in found]


def _it_stops_in_time_and_gives_work_back(home: Home, service: subprocess.Popen[str]) -> None:
    children = below(service.pid)
    assert children
    service.send_signal(signal.SIGTERM)
    assert service.wait(STOP_SECONDS) == 0
    assert not [pid for pid in children if psutil.pid_exists(pid)], "something was left running"
    assert not home.queue.live_workers()
    assert sum(counts["active"] for counts in home.queue.counts().values()) == 0
