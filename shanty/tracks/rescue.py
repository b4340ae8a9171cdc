"""Takes back the work of dead processes, and fails the work that has killed too many of them."""

from __future__ import annotations

from shanty.catalog import Catalog
from shanty.catalog.distances import PASSING
from shanty.db import Database, Transaction
from shanty.workqueue import RescueReport, WorkQueue


def rescue(queue: WorkQueue, catalog: Catalog, database: Database) -> int:
    """Take back the work of dead processes; returns the number of items made pending again."""
    with database.begin() as tx:
        return rescue_within(tx, queue, catalog).items


def rescue_within(tx: Transaction, queue: WorkQueue, catalog: Catalog) -> RescueReport:
    """Take back the work of dead processes.

    A track whose work has killed its process too often fails, in the same transaction.
    """
    report = queue.upkeep.rescue_within(tx)
    _fail_tracks(tx, catalog, report)
    return report


def take_back_strays(
    queue: WorkQueue, catalog: Catalog, database: Database, worker_id: str, in_hand: set[int]
) -> int:
    """Take back the items that a worker holds but is not working on; returns how many."""
    with database.begin() as tx:
        report = queue.upkeep.take_back_strays_within(tx, worker_id, in_hand)
        _fail_tracks(tx, catalog, report)
    return report.items


def _fail_tracks(tx: Transaction, catalog: Catalog, report: RescueReport) -> None:
    for item in report.failed_items:
        at = catalog.looks.plan(tx, item.track_id, item.stage, PASSING)
        again = f"looked at again on {at:%Y-%m-%d at %H:%M} UTC"
        catalog.tracks.fail(tx, item.track_id, f"{item.error}; {again}")
