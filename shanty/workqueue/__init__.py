"""The durable queue: the only writer of ``work_queue``, ``workers``,
``download_progress`` and ``paused_stages``.

Owns every transition of a work item, leases, rescue and pruning. Refuses to know what a stage
does, what a track's status is, and who runs the work. One noun per file; all of them together are
:class:`WorkQueue`.

    pending --claim--> active --complete--> completed   (and the next stage's item, leased)
       ^                 |----retry_at, snooze, give_back, rescue--> pending
       |                 |----fail, rescue-------------------------> failed
       |                 '----cancel, cancel_item, restart_from----> cancelled
       '---------------------- retry (by a person) ---- failed, cancelled
"""

from __future__ import annotations

from shanty.workqueue.by_hand import ByHand
from shanty.workqueue.leases import Lease
from shanty.workqueue.overview import Overview, leave_out_unused
from shanty.workqueue.progress import ProgressBoard
from shanty.workqueue.switched import SwitchedStages
from shanty.workqueue.transitions import Transitions
from shanty.workqueue.upkeep import DeadWorker, RescueReport, Upkeep
from shanty.workqueue.workers import LiveWorker, Workers

__all__ = [
    "DeadWorker",
    "Lease",
    "LiveWorker",
    "RescueReport",
    "WorkQueue",
    "leave_out_unused",
]


class WorkQueue(SwitchedStages, Transitions, ByHand, Upkeep, Overview, ProgressBoard, Workers):
    """The queue of one database.

    Methods whose first parameter is ``tx`` take part in the caller's transaction, which comes from
    ``database.begin()``; all others are a transaction of their own.
    """
