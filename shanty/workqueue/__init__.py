"""The durable queue: the only writer of ``work_queue``, ``workers``,
``download_progress`` and ``paused_stages``.

Owns every transition of a work item, leases, rescue and pruning. Refuses to know what a stage
does, what a track's status is, and who runs the work. There is one noun per file, and
:class:`WorkQueue` holds them all.

    pending --claim--> active --complete--> completed   (and the next stage's item, leased)
       ^                 |----retry_at, snooze, give_back, rescue--> pending
       |                 |----fail, rescue-------------------------> failed
       |                 '----cancel, cancel_item, restart_from----> cancelled
       '---------------------- retry (by a person) ---- failed, cancelled
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from shanty.clock import utc_now
from shanty.db import Database
from shanty.workqueue.by_hand import ByHand
from shanty.workqueue.leases import Lease
from shanty.workqueue.overview import COUNTED, DueItems, Overview, leave_out_unused
from shanty.workqueue.progress import ProgressBoard
from shanty.workqueue.rows import Access
from shanty.workqueue.switched import SwitchedStages
from shanty.workqueue.transitions import Transitions
from shanty.workqueue.upkeep import DeadWorker, RescueReport, Upkeep
from shanty.workqueue.workers import LiveWorker, Workers

__all__ = [
    "COUNTED",
    "DeadWorker",
    "DueItems",
    "Lease",
    "LiveWorker",
    "RescueReport",
    "WorkQueue",
    "leave_out_unused",
]


class WorkQueue:
    """The queue of one database: a part for each noun, each in the file of its name.

    Every new item gets ``max_attempts``. ``monotonic`` is the machine's clock of running time, in
    seconds. It is the same for all processes, nobody can set it, and it stands still while the
    machine sleeps.

    A method whose first parameter is ``tx`` takes part in the caller's transaction, which comes
    from ``database.begin()``. Every other method is a transaction of its own.
    """

    def __init__(
        self,
        database: Database,
        *,
        max_attempts: int = 8,
        clock: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ):
        access = Access(database, max_attempts, clock, monotonic)
        self.items = Transitions(access)
        self.by_hand = ByHand(access)
        self.switched = SwitchedStages(access, items=self.items, by_hand=self.by_hand)
        self.workers = Workers(access)
        self.upkeep = Upkeep(access, workers=self.workers)
        self.overview = Overview(access)
        self.progress = ProgressBoard(access)
