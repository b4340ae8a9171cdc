"""Disasters that a service meets over years, one at a time; the commonest are in the suite."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from deployments.control import run_job
from shanty.models import Stage, Status
from tests.world.crash_world import ROOT
from tests.world.service_home import STOP_SECONDS, Home, below, kill_all, service_home, wait_until

COMPILER = shutil.which("cc")
SEED = 20_261_125


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with service_home(tmp_path / "service", tracks=12) as made:
        yield made


@pytest.mark.proof
def test_the_prefect_database_is_deleted(home: Home) -> None:
    """The jobs come back by themselves, and the queue has lost nothing."""
    home.want(0, 8)
    with home.up() as service:
        wait_until(lambda: home.in_library() > 1, "some of it done")
        service.send_signal(signal.SIGTERM)
        assert service.wait(STOP_SECONDS) == 0
    before = [
        (item.id, item.stage) for item in home.queue.overview.list_items(status=Status.COMPLETED)
    ]
    for path in (home.home_dir / "prefect").glob("prefect.db*"):
        path.unlink()
    with home.up():
        assert {job.name for job in home.jobs()} == {
            "pipeline",
            "monitor",
            "cookie-refresh",
            "maintenance",
            "backup",
            "tools",
        }
        after = [
            (item.id, item.stage)
            for item in home.queue.overview.list_items(status=Status.COMPLETED)
        ]
        assert after[: len(before)] == before
        wait_until(lambda: home.finished() == 8, "all of it arrives")
        home.check_is_sound()


@dataclass
class FakedClock:
    """The wall clock of a service and of all processes below it, which a test can set."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        assert COMPILER is not None
        source, library = (
            ROOT / "tests" / "world" / "other_machine" / "set_clock.c",
            self.folder / "clock.so",
        )
        command = [COMPILER, "-shared", "-fPIC", "-O2", "-o", str(library), str(source), "-ldl"]
        subprocess.run(command, check=True)
        self.set(timedelta(0))
        return {"LD_PRELOAD": str(library), "SHANTY_TEST_CLOCK": str(self._offset)}

    @property
    def _offset(self) -> Path:
        return self.folder / "offset"

    def set(self, ahead: timedelta) -> None:
        """Set the clock ahead of ours by a span."""
        self._offset.write_text(str(int(ahead.total_seconds())))


@pytest.mark.proof
@pytest.mark.skipif(COMPILER is None, reason="needs a C compiler")
def test_the_clock_is_set_back_an_hour(tmp_path: Path) -> None:
    """Jobs go on firing at once, not when the old time is reached again; work is not stuck."""
    clock = FakedClock(tmp_path)
    with service_home(tmp_path / "service", tracks=12, **clock.environment) as home:
        home.want(0, 4)
        with home.up():
            wait_until(lambda: home.finished() == 4, "scheduled runs work")
            home.want(4, 8)
            wait_until(
                lambda: home.queue.overview.counts()[Stage.DOWNLOAD]["active"] > 0, "under way"
            )
            clock.set(timedelta(hours=-1))
            wait_until(lambda: home.finished() == 8, "what is under way arrives")
            home.want(8, 12)
            wait_until(lambda: home.finished() == 12, "a scheduled run fires", 120)
            home.check_is_sound(clock_ahead=timedelta(hours=-1))


@pytest.mark.proof
@pytest.mark.skipif(COMPILER is None, reason="needs a C compiler")
@pytest.mark.parametrize("days", [1, -1])
def test_the_clock_is_set_by_a_day(days: int, tmp_path: Path) -> None:
    """A whole day's runs are dropped, not made up for, and the service still ends when told to.

    Every job is due each minute.
    """
    clock = FakedClock(tmp_path)
    each_minute = {
        f"SHANTY_SCHEDULING__{name}": "1m" for name in ("PIPELINE", "MAINTENANCE", "COOKIE_REFRESH")
    }
    ahead = timedelta(days=days)
    with service_home(tmp_path / "s", tracks=8, **clock.environment, **each_minute) as home:
        home.want(0, 4)
        with home.up() as service:
            wait_until(lambda: home.finished() == 4, "scheduled runs work", 300)
            before = len(home.runs_begun())
            clock.set(ahead)
            home.want(4, 8)
            wait_until(lambda: home.finished() == 8, "a scheduled run fires", 300)
            assert len(home.runs_begun()) - before < 30, "what was missed was made up for"
            assert home.server_answers()
            service.send_signal(signal.SIGTERM)
            assert service.wait(STOP_SECONDS) == 0
        with home.up() as service:
            clock.set(timedelta(0))
            time.sleep(3)
            service.send_signal(signal.SIGTERM)
            assert service.wait(STOP_SECONDS) == 0, "right after the clock was set"


@pytest.mark.proof
def test_the_worker_alone_is_killed(home: Home) -> None:
    """Its flow run ends with it; both are made up for without a person."""
    home.want(0, 8)
    with home.up() as service:
        wait_until(lambda: home.in_library() > 1, "some of it done")
        (worker,) = [
            child
            for child in psutil.Process(service.pid).children()
            if "deployments.worker_process" in " ".join(child.cmdline())
        ]
        kill_all([worker.pid])
        wait_until(lambda: home.finished() == 8, "all of it arrives", 120)
        wait_until(lambda: home.is_sound(), "nothing is left behind", 120)
        home.check_is_sound()


@pytest.mark.proof
def test_killed_again_and_again_while_it_starts(home: Home) -> None:
    """The kills come at any moment of the start. The last service is left alone, and works."""
    rng = random.Random(SEED)
    home.want(0, 8)
    for _ in range(6):
        service = home.start()
        time.sleep(rng.uniform(1, 14))
        kill_all([service.pid, *below(service.pid)])
        service.communicate()
    with home.up():
        wait_until(lambda: home.finished() == 8, "all of it arrives", 120)
        wait_until(lambda: home.is_sound(), "nothing is left behind", 60)
        home.check_is_sound()


@pytest.mark.proof
def test_due_work_does_not_wait_for_the_schedule(tmp_path: Path) -> None:
    """A download that failed once is tried again after its backoff, not twelve hours later."""
    with service_home(tmp_path / "service", tracks=4, SHANTY_SCHEDULING__PIPELINE="12h") as home:
        home.want(0, 4)
        home.world.faults.set("server_error", target=home.world.recordings[1], times=1)
        with home.up():
            run_job(home.api, home.job("pipeline"))
            wait_until(lambda: home.finished() == 3, "the others arrive")
            wait_until(lambda: home.finished() == 4, "and so does the one that failed")
            assert {"by hand", "work was left"} <= {
                tag for run in home.runs() for tag in run["tags"]
            }


@pytest.mark.proof
def test_a_run_beside_a_service_has_no_server_of_its_own(home: Home) -> None:
    """Whichever starts first has the home's server; the other one uses it, or says why not."""
    home.want(0, 8)
    run = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "run"],
        cwd=ROOT,
        env=home.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        wait_until(lambda: home.in_library() > 0, "the run is at work")
        service = home.start()
        said, _ = service.communicate(timeout=60)
        assert service.returncode == 1
        assert "a run of Shanty uses" in said
    finally:
        output, _ = run.communicate(timeout=120)
    assert run.returncode == 0, output
    with home.up():
        home.want(8, 12)
        again = subprocess.run(
            [sys.executable, "-m", "cli.main", "run"],
            cwd=ROOT,
            env=home.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert again.returncode == 0, again.stderr
        assert "starting" not in again.stdout
        assert home.server_answers()
        tagged = home.api.post("/task_runs/filter", task_runs={"tags": {"all_": ["shanty"]}})
        assert not tagged, "the server would be asked for a slot for each of them"
