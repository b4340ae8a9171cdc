"""The bounded window of tracks in flight: how the pipeline streams a queue of any length."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from prefect import unmapped
from prefect.futures import PrefectFuture

from shanty.errors import LeaseLostError
from shanty.models import Stage, WorkItem
from shanty.stages import Services
from shanty.workqueue import Lease
from tasks.runner import StageTaskRunner
from tasks.stages import STAGE_TASKS

IDLE_SECONDS = 1.0
"""How long to sleep at the most before looking for work that others added or that fell due."""


def advance(items: list[WorkItem], services: Services) -> list[PrefectFuture[Any]]:
    """Map every stage over the items that stand at it and over what the stage before gives.

    Resuming is the same expression as starting: an item that a restart left at *tag* joins there.
    Returns one future for each item: the end of its chain.
    """
    futures: list[PrefectFuture[Any]] = []
    for stage, stage_task in STAGE_TASKS.items():
        joining = [item for item in items if item.stage is stage]
        if upstream := [*futures, *joining]:
            futures = list(stage_task.map(upstream, unmapped(services)))
    return futures


class Window:
    """Claims work as tracks finish, so that memory stays flat and no claim lies about for long."""

    def __init__(self, services: Services, runner: StageTaskRunner, lease: Lease):
        self._services = services
        self._runner = runner
        self._lease = lease
        self._in_flight: list[PrefectFuture[Any]] = []
        self._next_look_at = 0.0
        workers = services.settings.workers_of
        self._size = 2 * sum(workers(stage) for stage in Stage)

    def drain(
        self, limit: int | None = None, *, on_look: Callable[[int], None] = lambda ended: None
    ) -> int:
        """Work until nothing is due and nothing in flight, or ``limit`` tracks were taken up.

        Returns the number of tracks taken up. ``on_look`` is called every second at least, with
        the number of tracks that the run has done with.

        Raises:
            LeaseLostError: this process was taken for dead, and its work given to others.
        """
        taken = 0
        while True:
            self._in_flight = [one for one in self._in_flight if not one.state.is_final()]
            if self._lease.is_lost:
                raise LeaseLostError("this run was taken for dead; its work goes on elsewhere")
            items = self._claim(None if limit is None else limit - taken)
            taken += len(items)
            self._in_flight += advance(items, self._services)
            if not self._in_flight:
                return taken
            on_look(taken - len(self._in_flight))
            self._runner.wait_for_change(IDLE_SECONDS)

    def _claim(self, limit: int | None) -> list[WorkItem]:
        """What the pools have room for now: one spare item each, so that none runs dry.

        Later stages are mostly fed by the chains themselves. Where a look there found nothing,
        the next one can wait a little: it is for what falls due or is added by others.
        """
        claimed: list[WorkItem] = []
        stages = list(reversed(Stage))
        if self._in_flight and time.monotonic() < self._next_look_at:
            stages = [Stage.DOWNLOAD]
        for stage in stages:
            room = self._services.settings.workers_of(stage) + 1 - self._runner.backlog(stage)
            room = min(room, self._size - len(self._in_flight) - len(claimed))
            if limit is not None:
                room = min(room, limit - len(claimed))
            if room > 0:
                claimed += self._services.queue.claim(self._lease.worker_id, room, stages=[stage])
        if not claimed and len(stages) > 1:
            self._next_look_at = time.monotonic() + IDLE_SECONDS
        return claimed
