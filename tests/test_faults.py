"""Everything goes wrong at once, and all that can be had arrives: see ``fault_table``."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shanty.config import load_settings
from shanty.db import open_database
from shanty.demo.world import World
from shanty.models import Stage, WorkItem
from shanty.services import open_services
from shanty.stages import execution, load_stages
from shanty.upkeep import rescue, take_back_strays
from tests.fault_table import CASES, storms
from tests.faulty_world import (
    FaultyWorld,
    log_everything,
    scaled_policy,
    settings_for,
)

SHORT_SECOND = 0.02
SHORT_DEADLINE_SECONDS = 120.0


class Workers:
    """The work of the pipeline without Prefect: threads that claim, and run each track on."""

    def __init__(self, faulty: FaultyWorld):
        self._faulty = faulty
        self._services = open_services(faulty.settings, faulty.database, run_id="faults")
        self._worker_id = self._services.queue.register_worker()
        self._stages = load_stages()
        self._in_hand: set[int] = set()
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
            while not self._is_done() and time.monotonic() < until:
                time.sleep(0.1)
                self._look_after()
        finally:
            self._over.set()
            for thread in threads:
                thread.join(60)

    def _is_done(self) -> bool:
        try:
            return self._faulty.is_done()
        except Exception:  # the database is locked: for a while
            return False

    def _look_after(self) -> None:
        services = self._services
        try:
            services.queue.heartbeat(self._worker_id)
            with self._lock:  # nothing is claimed meanwhile: it would look like a stray
                take_back_strays(
                    services.queue,
                    services.catalog,
                    services.database,
                    self._worker_id,
                    self._in_hand,
                )
            rescue(services.queue, services.catalog, services.database)
        except Exception as error:
            logging.getLogger("faults").info("not looked after: %s", error)

    def _work(self, stages: list[Stage]) -> None:
        while not self._over.is_set():
            try:
                with self._lock:
                    items = self._services.queue.claim(self._worker_id, 1, stages=stages)
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
                    self._in_hand.discard(item.track_id)

    def _run_on(self, item: WorkItem | None) -> None:
        while item is not None:
            item = execution.execute(item, self._services, self._stages).next_item


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[None]:
    root = logging.getLogger()
    before = root.level
    handler = log_everything(tmp_path / "everything.log")
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield
    root.removeHandler(handler)
    root.setLevel(before)
    handler.close()


def fill_disks(monkeypatch: pytest.MonkeyPatch, faulty: FaultyWorld) -> None:
    """A full disk says so at the latest when it is to have kept what was written."""
    fsync = os.fsync

    def refuse(fd: Any) -> None:
        if faulty.full_disk.is_set():
            faulty.refused_writes += 1
            raise OSError(28, "No space left on device")
        fsync(fd)

    monkeypatch.setattr(os, "fsync", refuse)


def test_with_every_fault_all_that_can_be_had_arrives(
    database_url: str,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    logged: None,
) -> None:
    cache_dir = tmp_path_factory.getbasetemp() / "audio"
    with World(len(CASES), cache_dir) as world, world.activated():
        for name, value in settings_for(
            tmp_path, database_url, world.base_url, SHORT_SECOND
        ).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(execution, "POLICY", scaled_policy(SHORT_SECOND))
        settings = load_settings()
        faulty = FaultyWorld(
            world,
            tmp_path,
            settings,
            open_database(database_url),
            storms(len(CASES), SHORT_SECOND),
            SHORT_SECOND,
        )
        fill_disks(monkeypatch, faulty)
        faulty.set_up()
        with faulty.running():
            Workers(faulty).work_until_done(SHORT_DEADLINE_SECONDS)
        faulty.check()
        faulty.database.dispose()
