"""Downloaded tracks in staging, which go through the real stages one item at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shanty.db import Database
from shanty.models import Stage, WorkItem
from shanty.stages import load_stages
from shanty.stages.execution import Outcome, execute
from tests.world.filed_library import FiledLibrary


class StagedLibrary(FiledLibrary):
    """A :class:`FiledLibrary` with more stages switched on, whose items the test runs itself."""

    def __init__(self, folder: Path, database: Database, *stages: Stage, **library: Any):
        super().__init__(folder, database, **library)
        self.coverart.data = None
        self.switch(*stages)

    def switch(self, *stages: Stage, is_on: bool = True, **changes: Any) -> None:
        """Switch stages on or off, and change their settings."""
        for stage in stages:
            section = getattr(self.settings, stage.value)
            section = section.model_copy(update={"enabled": is_on, **changes})
            self.settings = self.settings.model_copy(update={stage.value: section})

    def claim(self, stage: Stage) -> WorkItem:
        (item,) = self.queue.items.claim(self.worker_id, 1, stages=[stage])
        return item

    def enqueue(self, track_id: int, stage: Stage) -> WorkItem:
        """Enqueue and claim one more item of a stage."""
        with self.database.begin() as tx:
            self.queue.items.enqueue(tx, track_id, stage, priority=0)
        return self.claim(stage)

    def run(self, item: WorkItem) -> Outcome:
        return execute(item, self.services("test"), load_stages())

    def run_until(self, stage: Stage) -> WorkItem:
        """Take the next track up to a stage; returns its item at that stage."""
        item = self.claim(Stage.TAG)
        while item.stage is not stage:
            outcome = self.run(item)
            assert outcome.next_item is not None, outcome
            item = outcome.next_item
        return item
