"""The maintenance flow: rescues work of dead processes, prunes finished work, shows counts."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import Field

from flows.runs.begin import begin_run, name_run
from flows.runs.orphans import mark_crashed
from shanty.config.settings import Settings
from shanty.errors import count_of
from shanty.tracks.maintenance import Retention, tidy

logger = logging.getLogger(__name__)


Days = Annotated[int, Field(ge=1, le=3650)]


@flow(name="maintenance", flow_run_name=name_run)
def maintenance(
    dry_run: bool = False,
    queue_days: Days | None = None,
    trash_days: Days | None = None,
    undo_days: Days | None = None,
) -> State[Any]:
    """Rescue work of dead processes, prune finished work, and refresh the dashboard.

    Args:
        dry_run: Only count what would be done; nothing is changed.
        queue_days: Forget finished work after this many days; empty: from queue.retention.
        trash_days: Delete removed files after this many days; empty: from library.trash_retention.
        undo_days: Forget how to undo after this many days; empty: from library.undo_retention.
    """
    with begin_run("maintenance") as run:
        retention = choose_retention(run.settings, queue_days, trash_days, undo_days)
        done = tidy(
            run.queue,
            run.catalog,
            run.database,
            run.settings,
            retention=retention,
            dry_run=dry_run,
        )
        done["dead runs marked as crashed"] = mark_crashed(run.queue, dry_run=dry_run)
        if not dry_run:
            run.dashboard.refresh(now=True)
            run.dashboard.show_jobs()
        message = describe(done, dry_run=dry_run)
        logger.info("%s", message)
    return Completed(message=message)


def choose_retention(
    settings: Settings, queue_days: int | None, trash_days: int | None, undo_days: int | None
) -> Retention:
    """How long each is kept: the run's parameters win over the settings."""
    usual = Retention.of(settings)
    return Retention(
        queue=usual.queue if queue_days is None else timedelta(days=queue_days),
        trash=usual.trash if trash_days is None else timedelta(days=trash_days),
        undo=usual.undo if undo_days is None else timedelta(days=undo_days),
    )


_ONE_OF_EACH = {
    "items rescued": "item rescued",
    "old items pruned": "old item pruned",
    "staging folders removed": "staging folder removed",
    "acts on files settled that were broken off": "act on a file settled that was broken off",
    "files deleted from the trash": "file deleted from the trash",
    "old journal entries pruned": "old journal entry pruned",
    "albums queued for their gain": "album queued for its gain",
    "playlists changed": "playlist changed",
    "dead runs marked as crashed": "dead run marked as crashed",
}


def describe(done: dict[str, int], *, dry_run: bool = False) -> str:
    """What was done, in words: ``3 items rescued, 20 old items pruned``."""
    parts = [count_of(number, _ONE_OF_EACH[what], what) for what, number in done.items() if number]
    if dry_run:
        return f"dry run, nothing was changed; to be done: {', '.join(parts) or 'nothing'}"
    return ", ".join(parts) or "all was in order"
