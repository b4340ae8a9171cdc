"""The bounded window of tracks in flight: how the pipeline streams a queue of any length."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from prefect import unmapped
from prefect.futures import PrefectFuture

from shanty.errors import LeaseLostError
from shanty.models import Stage, WorkItem
from shanty.stages import Services
from shanty.tracks.rescue import take_back_strays
from shanty.workqueue import Lease
from tasks.runner import HELD_STATE_NAME, StageTaskRunner
from tasks.stages import STAGE_TASKS

logger = logging.getLogger(__name__)

STRAYS_SECONDS = 30.0
IDLE_SECONDS = 1.0
"""How long to sleep at most before looking for work that others added or that fell due."""


def advance(items: list[WorkItem], services: Services) -> list[PrefectFuture[Any]]:
    """Map every stage over the items that stand at it and over the results of the stage before.

    Resuming works like starting: an item that a restart left at *tag* joins the chain there.
    Returns one future for each item, the end of its chain, in the order of the items' stages.
    """
    futures: list[PrefectFuture[Any]] = []
    for stage in services.settings.stages:
        joining = [item for item in items if item.stage is stage]
        if upstream := [*futures, *joining]:
            futures = list(STAGE_TASKS[stage].map(upstream, unmapped(services)))
    return futures


class Window:
    """Claims work as tracks finish, so that memory stays flat and no claimed item waits long."""

    def __init__(self, services: Services, runner: StageTaskRunner, lease: Lease):
        self._services = services
        self._runner = runner
        self._lease = lease
        self._in_flight: dict[PrefectFuture[Any], int] = {}
        """The end of each chain, and the id of its track."""
        self.finished = 0
        """How many tracks have passed the last stage."""
        self._next_look_at = self._next_urgent_at = 0.0
        self._next_strays_at = time.monotonic() + STRAYS_SECONDS
        self._stages = services.settings.stages
        self._size = 2 * sum(services.settings.workers_of(stage) for stage in self._stages)

    def drain(
        self, limit: int | None = None, *, on_look: Callable[[int], None] = lambda finished: None
    ) -> int:
        """Work until nothing is due and nothing in flight, or ``limit`` tracks were taken up.

        Returns the number of tracks taken up. ``on_look`` is called at least every second, with
        the number of tracks that have passed the last stage.

        Raises:
            LeaseLostError: this process was taken for dead, and its work was given to others.
        """
        taken = 0
        while True:
            self._let_go_of_ended()
            if self._lease.is_lost:
                raise LeaseLostError("this run was taken for dead; its work goes on elsewhere")
            self._take_back_strays()
            items = self._claim(None if limit is None else limit - taken)
            taken += len(items)
            self._advance(items)
            if not self._in_flight:
                return taken
            on_look(self.finished)
            self._runner.wait_for_change(IDLE_SECONDS)

    def _let_go_of_ended(self) -> None:
        ended = {one: one.state for one in self._in_flight if one.state.is_final()}
        for one, state in ended.items():
            self.finished += state.is_completed() and state.name != HELD_STATE_NAME
            del self._in_flight[one]

    def _advance(self, items: list[WorkItem]) -> None:
        by_stage = [item for stage in self._stages for item in items if item.stage is stage]
        futures = advance(by_stage, self._services)
        self._in_flight |= {
            future: item.track_id for future, item in zip(futures, by_stage, strict=True)
        }

    def _take_back_strays(self) -> None:
        """Put back items that ended without a verdict because the database failed just then."""
        if self._in_flight and time.monotonic() < self._next_strays_at:
            return
        self._next_strays_at = time.monotonic() + STRAYS_SECONDS
        services, in_hand = self._services, set(self._in_flight.values())
        strays = take_back_strays(
            services.queue, services.catalog, services.database, self._lease.worker_id, in_hand
        )
        if strays:
            logger.warning("%d items had come to no end and were put back", strays)

    def _claim(self, limit: int | None) -> list[WorkItem]:
        """Claim what the pools have room for, with one spare item each so that none runs dry.

        The chains themselves feed the later stages. So a look for items of those stages finds only
        what others added or what fell due; after one that found nothing, the next may wait.
        """
        claimed: list[WorkItem] = []
        stages = list(reversed(self._stages))
        if self._in_flight and time.monotonic() < self._next_look_at:
            stages = [Stage.DOWNLOAD]
        if self._is_quiet():
            stages = [stage for stage in stages if stage is not Stage.DOWNLOAD]
        for stage in stages:
            room = self._services.settings.workers_of(stage) + 1 - self._runner.backlog(stage)
            room = min(room, self._size - len(self._in_flight) - len(claimed))
            if limit is not None:
                room = min(room, limit - len(claimed))
            if room > 0:
                claimed += self._services.queue.items.claim(
                    self._lease.worker_id, room, stages=[stage]
                )
        if Stage.DOWNLOAD in stages:
            claimed += self._claim_urgent(None if limit is None else limit - len(claimed))
        if not claimed and len(stages) > 1:
            self._next_look_at = time.monotonic() + IDLE_SECONDS
        return claimed

    def _claim_urgent(self, limit: int | None) -> list[WorkItem]:
        """Claim what a person wants before everything else, also if the pool has no room.

        It overtakes the pool's spare item, and so begins as soon as one download has ended.
        """
        stage = Stage.DOWNLOAD
        workers = self._services.settings.workers_of(stage)
        room = 2 * workers + 1 - self._runner.backlog(stage)
        if limit is not None:
            room = min(room, limit)
        if room <= 0 or time.monotonic() < self._next_urgent_at:
            return []
        self._next_urgent_at = time.monotonic() + IDLE_SECONDS
        return self._services.queue.items.claim(
            self._lease.worker_id, room, stages=[stage], urgent_only=True
        )

    def _is_quiet(self) -> bool:
        quiet_hours = self._services.settings.download.quiet_hours
        return quiet_hours is not None and quiet_hours.until(datetime.now(UTC)) is not None
