"""A home folder with a service that tests can start, kill and inspect."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from deployments.control import find_job
from deployments.listening import free_port
from deployments.server import is_healthy
from flows.server.api import PrefectApi
from flows.server.jobs import OFF, JobView, list_jobs
from shanty.catalog import Catalog
from shanty.config.settings import load_settings
from shanty.db import Database, open_database
from shanty.demo.world import World
from shanty.models import Stage, Status, TrackStatus
from shanty.sources.opening import open_musicbrainz
from shanty.watching.watch import watch_track
from shanty.workqueue import WorkQueue
from tests.world.hostile_place import HostilePlace

HOME_NAME = "home? #1 100%41 'ü'"  # what means something in an address, a URI or a shell
STOP_SECONDS = 15
RESUME_SECONDS = 60
STARTING = timedelta(seconds=60)  # from its planned time to its own lease, on a busy machine


@dataclass
class Home:
    """A home folder with a service that can be started, killed and inspected."""

    folder: Path
    world: World
    port: int
    environment: dict[str, str]
    database: Database
    started_in: HostilePlace

    @property
    def home_dir(self) -> Path:
        return self.folder / HOME_NAME

    @property
    def api(self) -> PrefectApi:
        url = f"http://127.0.0.1:{self.port}/api"
        return PrefectApi(url, auth=self.auth)

    @property
    def auth(self) -> str | None:
        """The credentials for the server: the home's password, or its secret if it exists."""
        if given := self.environment.get("PREFECT_API_AUTH_STRING"):
            return given
        secret = self.home_dir / "secret"
        return f"shanty:{secret.read_text().strip()}" if secret.exists() else None

    @property
    def pages_url(self) -> str:
        """Where our own pages are."""
        return f"http://127.0.0.1:{self.environment['SHANTY_WEB__PORT']}"

    def ask_pages(self, path: str) -> tuple[int, str]:
        """The status and the text that our own pages answer with, to somebody with the secret."""
        secret = (self.home_dir / "secret").read_text().strip()
        url, told = f"{self.pages_url}{path}", {"Authorization": f"Bearer {secret}"}
        answer = requests.get(url, headers=told, timeout=20)
        return answer.status_code, answer.text

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
        return self.catalog.tracks.count()[TrackStatus.IN_LIBRARY]

    def finished(self) -> int:
        """How many tracks have passed the last stage."""
        return self.queue.overview.counts()[Stage.ENRICH]["completed"]

    @property
    def server_pid(self) -> int:
        """The process of the embedded server."""
        address = self.home_dir / "prefect" / "server.json"
        pid = json.loads(address.read_text())["pid"]
        assert isinstance(pid, int)
        return pid

    def server_answers(self) -> bool:
        return is_healthy(self.api.url)

    def artifact(self, key: str) -> Any:
        """The newest artifact of a key, or None."""
        found = self.api.post(
            "/artifacts/filter", artifacts={"key": {"any_": [key]}}, sort="CREATED_DESC", limit=1
        )
        return found[0] if found else None

    def job(self, name: str) -> JobView:
        return find_job(self.api, name)

    def runs(self) -> list[dict[str, Any]]:
        return self.api.post("/flow_runs/filter", flow_runs={"tags": {"all_": ["shanty"]}})

    def runs_begun(self) -> list[dict[str, Any]]:
        """The runs that have begun, up to 200 of them."""
        return [run for run in self.runs() if run["start_time"]]

    def jobs(self) -> list[JobView]:
        return list_jobs(self.api)

    def unsound(self, clock_ahead: timedelta = timedelta(0)) -> list[str]:
        """Faults that must not last: work without a live owner, runs without a process, dead jobs.

        ``clock_ahead`` is how far the service's clock is ahead of ours.
        """
        now = datetime.now(UTC) + clock_ahead
        queue = WorkQueue(self.database, clock=lambda: datetime.now(UTC) + clock_ahead)
        alive = {worker.worker_id: worker for worker in queue.workers.list_live()}
        found = [
            f"active without an owner: {item.stage} of {item.label}"
            for item in self.queue.overview.list_items(status=Status.ACTIVE)
            if item.lease_owner not in alive
        ]
        held = {worker.flow_run_id for worker in alive.values()}
        for run in self.runs():
            is_old = datetime.fromisoformat(run["state"]["timestamp"]) < now - STARTING
            if run["state_type"] == "RUNNING" and run["id"] not in held and is_old:
                found.append(f"running without a process: {run['name']}")
        for job in self.jobs():
            if job.schedule != OFF and (job.next_run is None or job.next_run < now - STARTING):
                found.append(f"no longer fires: {job.name}, next run {job.next_run}")
        return found

    def is_sound(self) -> bool:
        return not self.unsound()

    def check_is_sound(self, clock_ahead: timedelta = timedelta(0)) -> None:
        assert not self.unsound(clock_ahead)

    def start(self) -> subprocess.Popen[str]:
        """Start the service, in the folder and with the environment of another project."""
        foreign = self.started_in.environment(
            self.environment["PATH"], self.environment["PYTHONPATH"]
        )
        return subprocess.Popen(
            [sys.executable, "-m", "cli.main", "up", "--port", str(self.port)],
            cwd=self.started_in.folder,
            env=self.environment | foreign,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @contextmanager
    def up(self) -> Iterator[subprocess.Popen[str]]:
        """A block with the service up and ready. It is killed at the end if it still runs."""
        service = self.start()
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


def wait_until(
    is_so: Callable[[], bool],
    what: str,
    seconds: float = 90,
    *,
    tell: Callable[[], object] = lambda: "",
) -> None:
    """Wait for something; if it does not happen, ``tell`` adds what there is then."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what} {tell()}"
        time.sleep(0.3)


@contextmanager
def service_home(
    folder: Path,
    *,
    tracks: int,
    with_scene: bool = False,
    **environment: str,
) -> Iterator[Home]:
    """A home beside an offline world; its pipeline is due every 15 seconds.

    The world has artists that can be watched if it is ``with_scene``.
    """
    for name in (HOME_NAME, "library"):
        (folder / name).mkdir(parents=True)
    (folder / "shanty.toml").touch()
    # Rendered once for all tests of a session.
    with World(
        tracks, folder.parent / "audio", download_seconds=1.5, with_scene=with_scene
    ) as world:
        own = {
            "SHANTY_HOME": str(folder / HOME_NAME),
            "SHANTY_CONFIG": str(folder / "shanty.toml"),
            "SHANTY_LIBRARY__PATH": str(folder / "library"),
            "SHANTY_SCHEDULING__PIPELINE": "15s",
            "SHANTY_WEB__PORT": str(free_port()),  # else all tests would want the same one
            "SHANTY_SCHEDULING__MONITOR": "off",
            "SHANTY_SCHEDULING__TOOLS": "off",  # it asks the package index
            "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "5",
            "PREFECT_WORKER_QUERY_SECONDS": "2",
        }
        inherited = {name: value for name, value in os.environ.items() if "PREFECT" not in name}
        if password := environment.get("SHANTY_SERVER__PASSWORD"):
            own["PREFECT_API_AUTH_STRING"] = f"shanty:{password}"
        database = open_database(f"sqlite:///{folder / HOME_NAME / 'shanty.db'}")
        yield Home(
            folder,
            world,
            free_port(),
            {**inherited, **world.settings_environment(), **own, **environment},
            database,
            HostilePlace(folder / "elsewhere"),
        )
        database.dispose()
