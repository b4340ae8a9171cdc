"""The pipeline's work without Prefect: threads that claim items and run their stages."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from shanty.config.settings import Settings
from shanty.db import Database
from shanty.models import Stage, TrackStatus
from shanty.stages import load_stages
from shanty.stages.execution import execute
from shanty.stages.services import open_services

_LOOK_SECONDS = 0.05


class WorkPool:
    """A number of threads for downloads, and two threads for all later stages."""

    def __init__(self, settings: Settings, database: Database, downloads: int):
        self._services = open_services(settings, database, run_id="pool")
        self._worker_id = self._services.queue.workers.register()
        self._stages = load_stages()
        self._downloads = downloads
        self._over = threading.Event()

    def fill_library(self, tracks: int, deadline_seconds: float) -> float:
        """Work until a number of tracks is in the library; returns how many seconds that took."""
        own = [stage for stage in Stage if stage is not Stage.DOWNLOAD]
        parts = [[Stage.DOWNLOAD]] * self._downloads + [own] * 2
        threads = [threading.Thread(target=self._work, args=(stages,)) for stages in parts]
        began_at = time.monotonic()
        for thread in threads:
            thread.start()
        try:
            self._wait_for(lambda: self.count() >= tracks, deadline_seconds)
        finally:
            taken = time.monotonic() - began_at
            self._over.set()
            for thread in threads:
                thread.join(60)
        return taken

    def count(self) -> int:
        """How many tracks are in the library."""
        return self._services.catalog.tracks.count()[TrackStatus.IN_LIBRARY]

    def _wait_for(self, is_done: Callable[[], bool], deadline_seconds: float) -> None:
        until = time.monotonic() + deadline_seconds
        while not is_done() and time.monotonic() < until:
            self._services.queue.workers.heartbeat(self._worker_id)
            time.sleep(_LOOK_SECONDS)

    def _work(self, stages: list[Stage]) -> None:
        while not self._over.is_set():
            items = self._services.queue.items.claim(self._worker_id, 1, stages=stages)
            if not items:
                self._over.wait(_LOOK_SECONDS)
                continue
            item = items[0]
            while item is not None:
                next_item = execute(item, self._services, self._stages).next_item
                if next_item is None:
                    break
                item = next_item
