"""Second looks at tracks that came to no good end: when it is time, or because a person asks.

Owns what a look begins with: earlier answers to searches no longer count, and uploads that did not
come are candidates again. Refuses to know when it is time (``catalog.looks``) and what the stages
find.
"""

from __future__ import annotations

from collections.abc import Collection

from shanty.catalog import Catalog
from shanty.catalog.looks import Look
from shanty.db import Database, Transaction
from shanty.models import Priority, Stage, TrackStatus
from shanty.workqueue import WorkQueue

MOST_AT_A_TIME = 100
"""How many looks are in the queue at once: thousands of tracks that failed together come one after
the other, behind all that is wanted.
"""
_READ_AT_A_TIME = 1000


def begin_looks(catalog: Catalog, queue: WorkQueue, database: Database) -> int:
    """Queue the tracks that are due for a second look; returns how many."""
    with database.begin() as tx:
        catalog.looks.plan_missing(tx)
    due = catalog.looks.find_due(_READ_AT_A_TIME)
    if not due:
        return 0
    live = queue.switched.find_live([look.track_id for look in due])
    room = MOST_AT_A_TIME - queue.overview.count_live(Priority.LOOKED_AT_AGAIN)
    begun = 0
    for look in due:
        if begun >= room:
            break
        if look.track_id not in live:
            with database.begin() as tx:
                begun += _begin(tx, look, catalog, queue)
    return begun


def _begin(tx: Transaction, look: Look, catalog: Catalog, queue: WorkQueue) -> bool:
    priority = (
        Priority.IN_LIBRARY
        if look.track_status is TrackStatus.IN_LIBRARY
        else Priority.LOOKED_AT_AGAIN
    )
    if not queue.items.begin_anew(tx, look.track_id, look.stage, priority=priority):
        return False
    if look.stage is Stage.DOWNLOAD:
        _forget_answers(tx, [look.track_id], catalog)
    if look.track_status is TrackStatus.FAILED:
        catalog.tracks.revive(tx, [look.track_id])
    # A track in review stays there: a person may decide meanwhile.
    return True


def ask_again(tx: Transaction, track_ids: Collection[int], catalog: Catalog) -> None:
    """Search anew for the tracks, among those a person asks for, whose search had ended."""
    ended = catalog.tracks.find_unsettled(tx, track_ids)
    _forget_answers(tx, ended, catalog)
    catalog.looks.forget(tx, ended)


def _forget_answers(tx: Transaction, track_ids: Collection[int], catalog: Catalog) -> None:
    catalog.looks.search_anew(tx, track_ids)
    catalog.candidates.take_back_set_aside(tx, track_ids)
