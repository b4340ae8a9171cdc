"""Two tracks that take one upload at the same moment, each in a transaction of its own."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from shanty.db import Database
from shanty.errors import ReviewError
from shanty.models import Candidate, Stage, WorkItem
from shanty.stages import download
from shanty.stages.download import Fetched
from tests.world.filed_library import FiledLibrary, make_placements


def take(library: FiledLibrary, item: WorkItem) -> download.StageResult:
    """The result of a download of the shared upload, not yet stored."""
    (shared,) = library.catalog.candidates.of_track(item.track_id)
    fetched = Fetched(library.settings.home / str(item.id), None)
    return download._result(item, shared, fetched, "", library.services("same moment"))


@pytest.mark.postgresql_too
def test_only_one_of_them_gets_it(database: Database, tmp_path: Path) -> None:
    library = FiledLibrary(tmp_path, database)
    shared = Candidate("made", "shared", "http://made/shared", "One", score=0.9)
    with database.begin() as tx:
        for placement in make_placements("One", "Two"):
            track_id = library.catalog.tracks.want(tx, placement)
            library.catalog.candidates.record(tx, track_id, [shared])
        library.queue.items.enqueue_wanted(tx)
    items = library.queue.items.claim(library.worker_id, 2, stages=[Stage.DOWNLOAD])
    first, second = (take(library, item) for item in items)
    errors: list[Exception] = []
    has_begun = threading.Event()

    def record_second() -> None:
        has_begun.set()
        try:
            with database.begin() as tx:
                assert second.record is not None
                second.record(tx)
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=record_second)
    with database.begin() as tx:
        assert first.record is not None
        first.record(tx)
        thread.start()
        has_begun.wait()
        thread.join(0.5)
        assert thread.is_alive(), "it did not wait for the first one"
    thread.join(60)
    assert [type(error) for error in errors] == [ReviewError]
    files = library.catalog.files
    assert [files.of_track(item.track_id) is not None for item in items] == [True, False]
