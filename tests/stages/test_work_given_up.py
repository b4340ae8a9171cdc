"""An item whose thread is stuck is given back, and the thread changes nothing if it wakes up."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from shanty import work_limit
from shanty.db import Database
from shanty.files import placement as placing
from shanty.models import Stage, Status
from shanty.stages.execution import Fate
from shanty.stages.limits import LIMITS
from shanty.work_limit import Limit
from tests.world.filed_library import make_placements
from tests.world.staged_library import StagedLibrary


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes the first call of a disk function hang until the test wakes it up."""
    monkeypatch.setattr(work_limit, "_LOOK_UP_SECONDS", 0.05)
    wake_up = threading.Event()
    threads: list[threading.Thread] = []

    def make(name: str) -> tuple[threading.Event, list[threading.Thread]]:
        function = getattr(placing, name)

        def hang(*args: Any) -> Any:
            if not threads:
                threads.append(threading.current_thread())
                assert wake_up.wait(60)
            return function(*args)

        monkeypatch.setattr(placing, name, hang)
        return wake_up, threads

    yield make
    wake_up.set()


@pytest.mark.parametrize("function", ["fsync_file", "make_folders", "move_exclusively"])
def test_a_stuck_item_is_given_back_and_files_nothing_later(
    function: str,
    stuck: Any,
    tmp_path: Path,
    database: Database,
    made_audio: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    library = StagedLibrary(tmp_path, database)
    (placement, *_) = make_placements("One")
    library.download(placement, made_audio["flac"])
    item = library.run_until(Stage.ORGANIZE)
    staged = [path for path in tmp_path.rglob("audio.flac") if path.is_file()]
    wake_up, threads = stuck(function)
    monkeypatch.setitem(LIMITS, Stage.ORGANIZE, Limit(0.3, 60))
    outcome = library.run(item)
    assert outcome.fate is Fate.WAITING
    assert "organize was given up: it did not get on" in outcome.message
    (row,) = library.queue.overview.list_items(Stage.ORGANIZE)
    assert (row.status, row.attempt, row.error_class) == (Status.PENDING, 1, "transient")
    wake_up.set()
    threads[0].join(60)
    assert not threads[0].is_alive()
    assert [path for path in library.library_dir.rglob("*.flac") if path.is_file()] == []
    assert all(path.exists() for path in staged)
    (row,) = library.queue.overview.list_items(Stage.ORGANIZE)
    assert (row.status, row.attempt) == (Status.PENDING, 1)


def test_every_stage_has_a_limit() -> None:
    assert set(LIMITS) == set(Stage)
    assert all(60 < one.silent_seconds < one.total_seconds for one in LIMITS.values())
