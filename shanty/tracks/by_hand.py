"""What a person decides about work: catalogue and queue change in one transaction.

Owns that a track follows its work: if the work is tried again, the track is revived; if it is
cancelled, the track is withdrawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from shanty.catalog import Catalog
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.models import Priority, Stage
from shanty.sources.supply import first_site
from shanty.tracks.second_looks import ask_again
from shanty.workqueue import WorkQueue


def retry_items(
    queue: WorkQueue,
    catalog: Catalog,
    database: Database,
    item_ids: Sequence[int] | None,
    *,
    stage: Stage | None = None,
    status: str | None = None,
    now: bool = False,
) -> int:
    """Try items again, the given ones or all of a stage and status; returns how many.

    Raises:
        NotFoundError: no item has one of these ids.
    """
    with database.begin() as tx:
        act = partial(queue.by_hand.retry_within, tx, stage=stage, status=status, now=now)
        track_ids = _tracks_of(item_ids, act)
        ask_again(tx, track_ids, catalog)
        catalog.tracks.revive(tx, track_ids)
    return len(track_ids)


def cancel_items(
    queue: WorkQueue,
    catalog: Catalog,
    database: Database,
    item_ids: Sequence[int] | None,
    *,
    stage: Stage | None = None,
    status: str | None = None,
) -> int:
    """Cancel items, the given ones or all of a stage and status; returns how many.

    Raises:
        NotFoundError: no item has one of these ids.
    """
    with database.begin() as tx:
        act = partial(queue.by_hand.cancel_within, tx, stage=stage, status=status)
        track_ids = _tracks_of(item_ids, act)
        # A track that stayed wanted would be queued again by the next run.
        catalog.tracks.withdraw(tx, track_ids, "cancelled by hand")
    return len(track_ids)


def _tracks_of(
    item_ids: Sequence[int] | None, act: Callable[[int | None], Iterable[int]]
) -> list[int]:
    """Do something to these items, or once to all; returns the tracks that they are of."""
    chosen: Sequence[int | None] = item_ids or [None]
    return [track_id for item_id in chosen for track_id in act(item_id)]


def put_first(
    settings: Settings, queue: WorkQueue, catalog: Catalog, database: Database, rule_id: int
) -> None:
    """Let the tracks of a rule be the next to be downloaded, also by a run that is under way."""
    track_ids = catalog.rules.tracks_of(rule_id)
    placements = [catalog.tracks.get_placement(track_id) for track_id in track_ids]
    with database.begin() as tx:
        catalog.tracks.want_all(tx, placements, priority=Priority.FORCED)
        queue.items.hasten(tx, track_ids, Priority.FORCED)
        queue.items.enqueue_wanted(tx, source=first_site(settings))
