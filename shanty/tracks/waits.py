"""Why a work item is not worked on at this moment, and until when.

Owns the judgement and the sentence, so that every list and page says the same. It reads queue,
sources and live workers once, and then answers for any number of items.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shanty.clock import describe_moment, utc_now
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.models import Stage, Status, WorkItem
from shanty.sources.states import SourceState, describe_at, list_source_states
from shanty.workqueue import WorkQueue


class WaitKind(StrEnum):
    """What an item waits for."""

    PAUSED = "paused"  # a person has paused its stage
    SOURCE = "source"  # a service that is left alone
    QUIET_HOURS = "quiet_hours"
    LATER = "later"  # the item is due at a later time
    LINE = "line"  # a worker that is free
    NO_RUN = "no_run"  # no run is under way
    DIED = "died"  # its process has died; a run takes it back


HELD_UP = frozenset(
    {WaitKind.PAUSED, WaitKind.SOURCE, WaitKind.QUIET_HOURS, WaitKind.LATER},
)
"""The reasons that keep an item from being taken up even if a worker is free."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Why an item waits. ``until`` is when the wait ends, if that is known."""

    kind: WaitKind
    stage: Stage
    until: datetime | None = None
    source: str = ""

    def describe(self, now: datetime | None = None) -> str:
        """The reason in a few words: ``waits for youtube until 14:05``."""
        match self.kind:
            case WaitKind.PAUSED:
                return f"{self.stage} is paused"
            case WaitKind.SOURCE:
                until = f" until {describe_at(self.until)}" if self.until else ""
                return f"waits for {self.source}{until}"
            case WaitKind.QUIET_HOURS:
                return f"quiet hours until {describe_at(self.until)}" if self.until else ""
            case WaitKind.LATER:
                return describe_moment(self.until, now) if self.until else ""
            case WaitKind.LINE:
                return "in line"
            case WaitKind.NO_RUN:
                return "the next run takes it up"
            case WaitKind.DIED:
                return "its process died; the next run takes it up"


class Waits:
    """What items wait for, as of the moment at which this object was made."""

    def __init__(
        self, settings: Settings, database: Database, queue: WorkQueue, now: datetime | None = None
    ):
        self.now = now or utc_now()
        self.sources = list_source_states(database, queue)
        self.paused = queue.by_hand.paused()
        live = queue.workers.list_live()
        self.alive = {worker.worker_id for worker in live}
        self.is_running = any(worker.job == "pipeline" for worker in live)
        hours = settings.download.quiet_hours
        self.quiet_until = hours.until(self.now) if hours else None
        self._settings = settings
        by_name = {one.name: one for one in self.sources if one.is_blocked}
        blocked = queue.overview.blocked_by() if by_name else {}
        self._blocking = {
            item_id: by_name[name] for item_id, name in blocked.items() if name in by_name
        }

    def blocking(self, item_id: int) -> SourceState | None:
        """The paused source that an item waits for; None if there is none."""
        return self._blocking.get(item_id)

    def of(self, item: WorkItem) -> Wait | None:
        """What an item waits for; None if it has ended or is being worked on."""
        if item.status is Status.ACTIVE and item.lease_owner not in self.alive:
            return Wait(WaitKind.DIED, item.stage)
        if item.status is not Status.PENDING:
            return None
        if item.stage in self.paused:
            return Wait(WaitKind.PAUSED, item.stage)
        source = self._blocking.get(item.id)
        # An item that is due only after the pause waits for its own time.
        if source is not None and (source.until is None or source.until >= item.run_after):
            return Wait(WaitKind.SOURCE, item.stage, source.until, source.label)
        if item.run_after > self.now:
            return Wait(WaitKind.LATER, item.stage, item.run_after)
        if item.stage is Stage.DOWNLOAD and self.quiet_until is not None:
            return Wait(WaitKind.QUIET_HOURS, item.stage, self.quiet_until)
        return Wait(WaitKind.LINE if self.is_running else WaitKind.NO_RUN, item.stage)

    def beyond_pools(self, active: Iterable[WorkItem]) -> set[int]:
        """The ids of active items that a worker holds but has no free thread for yet.

        A worker takes a spare item for each stage, and a chain moves on before the next stage has
        room. The items that were taken up first have a thread.
        """
        in_hand: Counter[tuple[str | None, Stage]] = Counter()
        beyond = set()
        for item in sorted(active, key=lambda one: (one.started_at or self.now, one.id)):
            key = (item.lease_owner, item.stage)
            if in_hand[key] >= self._settings.workers_of(item.stage):
                beyond.add(item.id)
            in_hand[key] += 1
        return beyond
