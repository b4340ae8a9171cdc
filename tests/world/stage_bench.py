"""One track at a time through the real stages, in the offline world.

The fixtures work on the ``world`` of the test file or of its room.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shanty.catalog import Catalog
from shanty.config.sections import LIBRARY_MARK
from shanty.config.settings import Settings, load_settings
from shanty.db import Database
from shanty.demo.world import World
from shanty.models import Stage, TrackStatus, WorkItem
from shanty.sources.opening import open_musicbrainz
from shanty.stages import Services, load_stages
from shanty.stages.execution import Outcome, execute
from shanty.stages.services import open_services
from shanty.watching.watch import watch_track
from shanty.workqueue import WorkQueue


@pytest.fixture
def no_faults(world: World) -> Iterator[None]:
    yield
    world.faults.clear()


class Bench:
    """Takes one track at a time through the stages; everything is real except Prefect."""

    def __init__(self, world: World, database: Database, settings: Settings):
        self.world = world
        self.database = database
        self.services: Services = open_services(settings, database, run_id="test")
        self.catalog: Catalog = self.services.catalog
        self.queue: WorkQueue = self.services.queue
        self.worker_id = self.queue.workers.register()
        self._musicbrainz = open_musicbrainz(settings, database)

    def want(self, number: int = 0) -> int:
        mbid = self.world.recordings[number]
        track = watch_track(mbid, database=self.database, musicbrainz=self._musicbrainz)
        with self.database.begin() as tx:
            self.queue.items.enqueue_wanted(tx)
        return track.id

    def claim(self, stage: Stage = Stage.DOWNLOAD) -> WorkItem:
        (item,) = self.queue.items.claim(self.worker_id, 1, stages=[stage])
        return item

    def run(self, item: WorkItem) -> Outcome:
        return execute(item, self.services, load_stages())

    def run_until(self, stage: Stage) -> WorkItem:
        """Run a fresh track up to a stage; returns the item that stands there."""
        item = self.claim()
        while item.stage is not stage:
            outcome = self.run(item)
            assert outcome.next_item is not None, outcome
            item = outcome.next_item
        return item

    def run_to_the_end(self) -> Outcome:
        return self.run(self.run_until(Stage.ENRICH))

    def status(self, track_id: int) -> TrackStatus:
        return self.catalog.tracks.get(track_id).status

    def library_files(self) -> list[Path]:
        library = self.services.settings.library.path
        found = (path for path in library.rglob("*") if path.is_file())
        return sorted(path for path in found if path.name != LIBRARY_MARK)


@pytest.fixture
def settings(world: World, tmp_path: Path) -> Settings:
    library = tmp_path / "library"
    library.mkdir()
    return load_settings(home=tmp_path / "home", library={"path": library})


@pytest.fixture
def bench(world: World, database: Database, settings: Settings) -> Bench:
    return Bench(world, database, settings)
