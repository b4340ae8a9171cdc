"""Two machines share one library, set up as the page in ``docs/`` says; one of them dies.

Nobody asks for a run, and the next one on schedule is an hour away: the second machine joins the
first one by itself.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from deployments.listening import free_port
from deployments.server import is_healthy
from flows.server.api import PrefectApi
from flows.server.jobs import LEFT_OVER, SKIPPED
from shanty.catalog import Catalog
from shanty.clock import utc_now
from shanty.config.settings import load_settings
from shanty.db import Database, open_database
from shanty.demo.world import World
from shanty.models import Stage, Status
from shanty.sources.budgets import Budgets
from shanty.sources.opening import open_musicbrainz
from shanty.tags.tagging import read_recording_mbid
from shanty.watching.watch import watch_track
from shanty.workqueue import WorkQueue
from tests.world.crash_world import AUDIO, ROOT
from tests.world.databases import STAGES, new_postgres_database
from tests.world.service_home import STOP_SECONDS, below, kill_all, wait_until

TRACKS = 24
INTERVAL_SECONDS = 0.4
SLOW = 2000  # bytes a second: a quarter of a minute for a download
PAGE = ROOT / "docs" / "more-than-one-machine.md"
PASSWORD = "shanty:a-password"


def commands_of_the_page() -> list[list[str]]:
    """The commands that the page tells a person to type once, for the jobs."""
    found = re.findall(r"^    (prefect (?:work-pool|--no-prompt) .*)$", PAGE.read_text(), re.M)
    assert len(found) == 2
    return [line.split()[1:] for line in found]


def as_prefect_has_it(postgres_url: str) -> str:
    return postgres_url.replace("+psycopg", "+asyncpg")


@contextmanager
def running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[int]:
    """Run a command in a process that is killed at the end, with all below it."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=ROOT, env=environment, stdout=out, stderr=out
        )
    try:
        yield process.pid
    finally:
        kill_all([process.pid, *below(process.pid)])
        process.wait()


class Machines:
    """A server, two databases, shared storage, and workers that may be killed."""

    def __init__(self, folder: Path, world: World, shanty_url: str, prefect_url: str):
        self.folder = folder
        self.world = world
        self.port = free_port()
        self.api = PrefectApi(f"http://127.0.0.1:{self.port}/api", auth=PASSWORD)
        self.database: Database = open_database(shanty_url)
        self.queue = WorkQueue(self.database)
        self.workers: dict[str, int] = {}
        self._stack = ExitStack()
        inherited = {name: value for name, value in os.environ.items() if "PREFECT" not in name}
        self._environment = inherited | world.settings_environment()
        self._server_environment = {
            **inherited,
            "PREFECT_HOME": str(folder / "prefect"),
            "PREFECT_API_DATABASE_CONNECTION_URL": as_prefect_has_it(prefect_url),
            "PREFECT_SERVER_API_AUTH_STRING": PASSWORD,
            "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        }
        self._shanty_url = shanty_url

    def machine(self, name: str) -> dict[str, str]:
        """The environment of one machine, as the page says."""
        return {
            **self._environment,
            "PREFECT_API_URL": self.api.url,
            "PREFECT_API_AUTH_STRING": PASSWORD,
            "PREFECT_HOME": str(self.folder / name / "prefect"),
            "PREFECT_WORKER_QUERY_SECONDS": "2",
            "SHANTY_DATABASE_URL": self._shanty_url,
            "SHANTY_LIBRARY__PATH": str(self.folder / "library"),
            "SHANTY_DOWNLOAD__STAGING": str(self.folder / "staging"),
            "SHANTY_DOWNLOAD__INTERVAL": f"{INTERVAL_SECONDS}s",
            "SHANTY_HOME": str(self.folder / name),
            "SHANTY_CONFIG": str(self.folder / "shanty.toml"),
            "SHANTY_TEST_HOST": name,
            "PYTHONPATH": os.pathsep.join(
                [str(self.folder / "other"), self._environment["PYTHONPATH"], str(ROOT)]
            ),
        }

    def __enter__(self) -> Machines:
        (self.folder / "library").mkdir(parents=True)
        (self.folder / "shanty.toml").touch()
        # Our processes hand on no other folders of PYTHONPATH than those with plug-ins.
        shutil.copytree(ROOT / "tests" / "world" / "other_machine", self.folder / "other")
        (self.folder / "other" / "yt_dlp_plugins").mkdir()
        command = ["prefect", "server", "start", "--host", "127.0.0.1", "--port", str(self.port)]
        log = self.folder / "server.log"
        self._stack.enter_context(running(command, self._server_environment, log))
        wait_until(lambda: is_healthy(self.api.url), "the server answers", 120)
        for words in commands_of_the_page():
            done = subprocess.run(
                [sys.executable, "-m", "prefect", *words],
                cwd=ROOT,
                env=self.machine("a"),
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
        for name in ("a", "b"):
            log = self.folder / f"worker-{name}.log"
            entered = running(["cli.main", "worker"], self.machine(name), log)
            self.workers[name] = self._stack.enter_context(entered)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        self.database.dispose()

    def want_everything(self) -> None:
        musicbrainz = open_musicbrainz(
            load_settings(musicbrainz={"url": self.world.base_url, "rate": 1000.0}), self.database
        )
        for mbid in self.world.recordings:
            watch_track(mbid, database=self.database, musicbrainz=musicbrainz)

    def at_work(self) -> dict[str, str]:
        """The machines on which a pipeline runs, and its worker's id."""
        # Not list_live(): it would look for their processes on this host, by their ids.
        with self.database.read() as connection:
            known = self.queue.workers.list_known(connection)
        at_work = [one for one in known if one.job == "pipeline"]
        # The part behind the name tells apart containers that share it.
        return {one.host.partition("/")[0]: one.worker_id for one in at_work}

    def runs_in_vain(self) -> int:
        """How many runs that were begun for work that was due found another one at work."""
        which = {"tags": {"all_": [LEFT_OVER]}, "state": {"name": {"any_": [SKIPPED]}}}
        found: int = self.api.post("/flow_runs/count", flow_runs=which)
        return found


@pytest.fixture
def machines(tmp_path: Path, postgres_url: str) -> Iterator[Machines]:
    with (
        new_postgres_database() as prefect_url,
        World(TRACKS, tmp_path.parent / "audio", download_seconds=0.5) as world,
        Machines(tmp_path / "machines", world, postgres_url, prefect_url) as made,
    ):
        yield made


@pytest.mark.proof
def test_two_machines_share_the_work_and_one_may_die(machines: Machines) -> None:
    machines.want_everything()
    began_at = utc_now()
    machines.world.faults.set("slow", value=SLOW)  # there is work left when the second begins
    wait_until(lambda: in_hand(machines) >= {"a", "b"}, "both have claimed items", 300)
    machines.world.faults.clear()
    victim = machines.workers["a"]
    done_before = machines.world.requests.complete_media()
    finished = {
        candidate.source_id: done_before[candidate.source_id]
        for item in machines.queue.overview.list_items(
            stage=Stage.DOWNLOAD, status=Status.COMPLETED
        )
        for candidate in Catalog(machines.database).candidates.of_track(item.track_id)
        if candidate.status == "chosen"
    }
    kill_all([victim, *below(victim)])
    dead = machines.at_work()["a"]
    assert [
        i for i in machines.queue.overview.list_items(status=Status.ACTIVE) if i.lease_owner == dead
    ]
    # After thirty seconds without a sign of life, the other machine finds out.
    wait_until(lambda: "a" not in machines.at_work(), "its death is noticed", 90)
    wait_until(
        lambda: machines.queue.overview.counts()[Stage.ENRICH]["completed"] == TRACKS,
        "all arrive",
        90,
    )
    library = [path for path in (machines.folder / "library").rglob("*") if path.suffix in AUDIO]
    assert Counter(map(read_recording_mbid, library)) == Counter(machines.world.recordings)
    completed = machines.queue.overview.list_items(status=Status.COMPLETED, limit=10_000)
    assert len(completed) == TRACKS * len(STAGES), "something was done twice"
    counts = machines.world.requests.complete_media()
    assert {key: counts[key] for key in finished} == finished, "a finished download was repeated"
    # Both share one budget: no turn came sooner than its interval allows.
    (site,) = {c.source.lower() for c in Catalog(machines.database).candidates.of_track(1)}
    left = Budgets(machines.database).reserve(f"download:{site}", INTERVAL_SECONDS)
    took = (utc_now() - began_at).total_seconds() + left
    assert took >= (TRACKS - 1) * INTERVAL_SECONDS
    assert machines.runs_in_vain() == 0
    other = psutil.Process(machines.workers["b"])
    left = below(other.pid)
    other.terminate()
    assert other.wait(STOP_SECONDS) == 0
    assert not any(psutil.pid_exists(pid) for pid in left)


def in_hand(machines: Machines) -> set[str]:
    """The machines that have claimed something."""
    hosts = {worker_id: host for host, worker_id in machines.at_work().items()}
    active = machines.queue.overview.list_items(status=Status.ACTIVE)
    return {hosts[item.lease_owner] for item in active if item.lease_owner in hosts}
