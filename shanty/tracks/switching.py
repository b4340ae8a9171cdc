"""Stages that a setting switches on and off: what becomes of work and tracks at that moment.

Owns that nothing is stuck at a stage that is switched off, and how a stage that was switched on
later reaches the files already in the library. Refuses to know what such a stage does.
"""

from __future__ import annotations

from shanty.config.settings import Settings
from shanty.db import Database
from shanty.errors import ShantyError
from shanty.models import Stage
from shanty.workqueue import WorkQueue

APPLICABLE = tuple(Stage)[tuple(Stage).index(Stage.ORGANIZE) + 1 :]
"""The stages that work on filed tracks."""


def pass_over_unused(settings: Settings, database: Database, queue: WorkQueue) -> int:
    """Move items from switched-off stages on to the next stage in use; returns how many."""
    unused = [stage for stage in Stage if not settings.is_used(stage)]
    with database.begin() as tx:
        return sum(
            queue.switched.pass_over(tx, stage, stage.following(settings.stages))
            for stage in unused
        )


def apply_stage(stage: Stage, settings: Settings, database: Database, queue: WorkQueue) -> int:
    """Queue a stage, and those after it, for all filed tracks; returns how many tracks.

    Raises:
        ShantyError: the stage is switched off, or comes before filing.
    """
    if stage not in APPLICABLE:
        names = ", ".join(APPLICABLE)
        raise ShantyError(f"{stage} is done before a track is filed; choose one of: {names}")
    if not settings.is_used(stage):
        raise ShantyError(
            f"{stage} is switched off: set {stage}.enabled, or SHANTY_{stage.upper()}__ENABLED=true"
        )
    with database.begin() as tx:
        return queue.switched.enqueue_filed(tx, stage)
