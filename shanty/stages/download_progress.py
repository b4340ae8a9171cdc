"""What a download in progress tells the queue, and what the queue tells it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from shanty.models import Progress, WorkItem
from shanty.stages.contract import Services

logger = logging.getLogger(__name__)

_LOOK_UP_SECONDS = 3.0
_REPORT_SECONDS = 2.0
"""A download that ends sooner than this writes nothing to the database."""
_AFTER_FAILURE_SECONDS = 60.0


def make_lease_check(item: WorkItem, services: Services) -> Callable[[], bool]:
    """A function that tells a download to stop: the run is ending, or the item is no longer ours.

    It looks the item up every few seconds only.
    """
    looked_at = time.monotonic()
    is_lost = False

    def should_stop() -> bool:
        nonlocal looked_at, is_lost
        if not is_lost and time.monotonic() - looked_at >= _LOOK_UP_SECONDS:
            looked_at = time.monotonic()
            try:
                is_lost = not services.queue.items.is_ours(item)
            except Exception as error:
                # This is no reason to give the download up: the guarded transition will tell.
                logger.warning("cannot tell whether %s is still ours: %s", item.label, error)
        return is_lost or services.stop.is_set()

    return should_stop


@contextmanager
def reporting_progress(item: WorkItem, services: Services) -> Iterator[Callable[[Progress], None]]:
    """A block with a function that shows a download's progress; at its end, none is shown."""
    next_at = time.monotonic() + _REPORT_SECONDS
    has_reported = False

    def report(progress: Progress) -> None:
        nonlocal next_at, has_reported
        if time.monotonic() < next_at and progress.slot_at is None:
            return
        pause = _REPORT_SECONDS
        try:
            services.queue.progress.note(item, progress)
            has_reported = True
        except Exception as error:
            # Progress is only for show: its trouble must neither end nor delay the download.
            logger.warning("the progress of %s cannot be shown: %s", item.label, error)
            pause = _AFTER_FAILURE_SECONDS
        next_at = time.monotonic() + pause

    try:
        yield report
    finally:
        if has_reported:
            try:
                services.queue.progress.forget(item)
            except Exception as error:
                logger.warning("the progress of %s stays shown: %s", item.label, error)
