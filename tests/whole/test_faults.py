"""Everything goes wrong at once, and every available track arrives: see ``fault_table``."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from shanty.config.settings import load_settings
from shanty.db import open_database
from shanty.demo.world import World
from shanty.errors import DatabaseError
from shanty.models import Stage, WorkItem
from shanty.stages import execution, load_stages
from shanty.stages.services import open_services
from shanty.tracks.rescue import rescue, take_back_strays
from tests.world.crash_world import ROOT
from tests.world.fault_table import CASES, SHORT_CASES, SHORT_STORMS, storms
from tests.world.faulty_run import (
    DISK_IS_FULL,
    OVER,
    log_everything,
    refusing_fsync,
    scaled_policy,
    settings_for,
)
from tests.world.faulty_world import FaultyWorld

pytestmark = pytest.mark.takes(seconds=25)

SHORT_DEADLINE_SECONDS = 120.0
LONG_DEADLINE_SECONDS = 1800.0


class Workers:
    """The work of the pipeline without Prefect: threads that claim items and run their stages."""

    def __init__(self, faulty: FaultyWorld):
        self._faulty = faulty
        self._services = open_services(faulty.settings, faulty.database, run_id="faults")
        self._worker_id = self._services.queue.workers.register()
        self._stages = load_stages()
        # A track that was given back may be claimed again before the first thread lets go of it.
        self._in_hand: Counter[int] = Counter()
        self._lock = threading.Lock()
        self._over = threading.Event()

    def work_until_done(self, deadline_seconds: float) -> None:
        own = [stage for stage in Stage if stage is not Stage.DOWNLOAD]
        parts = [[Stage.DOWNLOAD]] * 4 + [own] * 2
        threads = [threading.Thread(target=self._work, args=(stages,)) for stages in parts]
        for thread in threads:
            thread.start()
        until = time.monotonic() + deadline_seconds
        try:
            while not is_done(self._faulty) and time.monotonic() < until:
                time.sleep(0.1)
                self._look_after()
        finally:
            self._over.set()
            for thread in threads:
                thread.join(60)

    def _look_after(self) -> None:
        services = self._services
        try:
            services.queue.workers.heartbeat(self._worker_id)
            with self._lock:  # nothing is claimed meanwhile: it would look like a stray
                take_back_strays(
                    services.queue,
                    services.catalog,
                    services.database,
                    self._worker_id,
                    set(+self._in_hand),
                )
            rescue(services.queue, services.catalog, services.database)
        except Exception as error:
            logging.getLogger("faults").info("not looked after: %s", error)

    def _work(self, stages: list[Stage]) -> None:
        while not self._over.is_set():
            try:
                with self._lock:
                    items = self._services.queue.items.claim(self._worker_id, 1, stages=stages)
                    self._in_hand.update(item.track_id for item in items)
            except Exception as error:
                logging.getLogger("faults").info("nothing claimed: %s", error)
                items = []
            if not items:
                self._over.wait(0.02)
                continue
            [item] = items
            try:
                self._run_on(item)
            except Exception as error:
                logging.getLogger("faults").info("%s is a stray: %s", item.label, error)
            finally:
                with self._lock:
                    self._in_hand[item.track_id] -= 1

    def _run_on(self, item: WorkItem | None) -> None:
        while item is not None:
            item = execution.execute(item, self._services, self._stages).next_item


@pytest.fixture
def logged(work_dir: Path) -> Iterator[None]:
    root = logging.getLogger()
    before = root.level
    statements = logging.getLogger("sqlalchemy")  # what is in the database is looked at there
    statements.setLevel(logging.WARNING)
    handler = log_everything(work_dir / "everything.log")
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield
    root.removeHandler(handler)
    root.setLevel(before)
    statements.setLevel(logging.NOTSET)
    handler.close()


@pytest.fixture
def work_dir(tmp_path: Path) -> Path:
    """A folder close to the root, for this test alone: all of it is searched for secrets."""
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


# The long form runs on both databases, and so does this one with `make prove`.
@pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.proof)],
    indirect=True,
)
def test_every_available_track_arrives_despite_all_faults(
    database_url: str,
    work_dir: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    logged: None,
) -> None:
    cache_dir = tmp_path_factory.getbasetemp() / "audio"
    times = {"second": 0.01, "interval": 0.02, "stall": 2.0}
    plan = [
        storm
        for storm in storms(len(SHORT_CASES), times["second"])
        if (storm.kind, storm.target) in SHORT_STORMS
    ]
    with World(len(SHORT_CASES), cache_dir) as world, world.activated():
        for name, value in settings_for(work_dir, database_url, **times).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(execution, "POLICY", scaled_policy(times["second"]))
        monkeypatch.setattr(os, "fsync", refusing_fsync(work_dir / DISK_IS_FULL))
        database = open_database(database_url)
        faulty = FaultyWorld(
            world, work_dir, load_settings(), database, SHORT_CASES, tuple(plan), times["second"]
        )
        faulty.set_up()
        with faulty.running():
            Workers(faulty).work_until_done(SHORT_DEADLINE_SECONDS)
        faulty.check()
        database.dispose()


@pytest.mark.proof
def test_200_tracks_with_every_fault_in_real_time(
    database_url: str,
    prefect_server: str,
    work_dir: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The real pipeline has a minute of 429, two minutes without a catalogue, and so on.

    Only three things are faster than usual: the turns, the next request to a paused source, and the
    detection of a stall.
    """
    tracks = 200
    times = {"second": 1.0, "interval": 0.15, "stall": 20.0}
    with World(tracks, tmp_path_factory.getbasetemp() / "audio") as world, world.activated():
        own = settings_for(work_dir, database_url, **times)
        own |= {
            "SHANTY_TEST_FOLDER": str(work_dir),
            "SHANTY_TEST_SECOND": str(times["second"]),
            "PREFECT_API_URL": prefect_server,
        }
        for name, value in own.items():
            monkeypatch.setenv(name, value)
        database = open_database(database_url)
        plan = storms(tracks, times["second"])
        faulty = FaultyWorld(
            world, work_dir, load_settings(), database, CASES, plan, times["second"]
        )
        faulty.set_up()
        with faulty.running(), (work_dir / "output.log").open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.world.faulty_process"],
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            until = time.monotonic() + LONG_DEADLINE_SECONDS
            try:
                while not is_done(faulty) and process.poll() is None and time.monotonic() < until:
                    time.sleep(1)
                (work_dir / OVER).touch()
                process.wait(120)
            finally:
                process.kill()
        faulty.check()
        faulty.check_secrets(Path(os.environ["PREFECT_HOME"]))
        assert faulty.woken, "nobody had waited for the cookies"
        database.dispose()


def is_done(faulty: FaultyWorld) -> bool:
    """Whether all is done; False if the database cannot be asked at this moment."""
    try:
        return faulty.is_done()
    except DatabaseError:
        return False
