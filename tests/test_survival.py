"""What a service lives through in years, one disaster at a time; the commonest are in the suite."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from shanty.models import Stage, Status
from tests.crash_world import ROOT
from tests.service_home import STOP_SECONDS, Home, below, kill_all, service_home, wait_until

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
    before = [(item.id, item.stage) for item in home.queue.list_items(status=Status.COMPLETED)]
    for path in (home.folder / "home" / "prefect").glob("prefect.db*"):
        path.unlink()
    with home.up():
        assert {job.name for job in home.jobs()} == {
            "pipeline",
            "monitor",
            "cookie-refresh",
            "maintenance",
        }
        after = [(item.id, item.stage) for item in home.queue.list_items(status=Status.COMPLETED)]
        assert after[: len(before)] == before
        wait_until(lambda: home.finished() == 8, "all of it arrives")
        home.check_is_sound()


@pytest.mark.proof
@pytest.mark.skipif(COMPILER is None, reason="needs a C compiler")
def test_the_clock_is_set_back_an_hour(tmp_path: Path) -> None:
    """Jobs go on firing at once, not when the old time is reached again; work is not stuck."""
    assert COMPILER is not None
    source, library = ROOT / "tests" / "elsewhere" / "set_clock.c", tmp_path / "set_clock.so"
    subprocess.run(
        [COMPILER, "-shared", "-fPIC", "-O2", "-o", str(library), str(source), "-ldl"], check=True
    )
    offset = tmp_path / "offset"
    offset.write_text("0")
    faked = {"LD_PRELOAD": str(library), "SHANTY_TEST_CLOCK": str(offset)}
    with service_home(tmp_path / "service", tracks=12, **faked) as home:
        home.want(0, 4)
        with home.up():
            wait_until(lambda: home.finished() == 4, "scheduled runs work")
            home.want(4, 8)
            wait_until(lambda: home.queue.counts()[Stage.DOWNLOAD]["active"] > 0, "under way")
            offset.write_text("-3600")
            wait_until(lambda: home.finished() == 8, "what is under way arrives")
            home.want(8, 12)
            wait_until(lambda: home.finished() == 12, "a scheduled run fires", 120)
            home.check_is_sound(clock_ahead=timedelta(hours=-1))


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
    """At any moment of its start; the last one is left alone, and does everything."""
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
