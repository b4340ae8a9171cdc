"""The work that a pipeline run could do at this moment, for everything that starts runs.

Owns that a wanted track gets into the queue soon, whoever wanted it. Refuses to know how a run is
started.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from shanty.clock import utc_now
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.models import Stage
from shanty.sources.supply import first_site
from shanty.workqueue import DueItems, WorkQueue


def queue_wanted(settings: Settings, queue: WorkQueue, database: Database) -> int:
    """Queue every wanted track that is not in the queue; returns how many. Usually only reads."""
    if not queue.overview.is_wanted_unqueued():
        return 0
    with database.begin() as tx:
        return queue.items.enqueue_wanted(tx, source=first_site(settings))


def find_due(
    settings: Settings, queue: WorkQueue, clock: Callable[[], datetime] = utc_now
) -> DueItems | None:
    """The items that a run would take up now, or None if it would find nothing to do.

    Left out are downloads in the quiet hours, paused stages, and what waits for a source.
    """
    quiet_hours = settings.download.quiet_hours
    is_quiet = quiet_hours is not None and quiet_hours.until(clock()) is not None
    return queue.overview.find_due(but=[Stage.DOWNLOAD] if is_quiet else ())
