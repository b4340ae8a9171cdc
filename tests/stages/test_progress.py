"""The progress of downloads: the holder of the lease writes it, and it ends with the lease."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from shanty.config.settings import load_settings
from shanty.db import Database
from shanty.db.tables import download_progress
from shanty.demo.world import World
from shanty.errors import DatabaseError
from shanty.models import Priority, Progress, Stage, WorkItem
from shanty.sources.opening import open_musicbrainz
from shanty.stages import download
from shanty.stages import download_progress as download_progress_module
from shanty.stages.services import open_services
from shanty.watching.watch import watch_track
from shanty.workqueue import WorkQueue
from shanty.workqueue.item_numbers import name_item
from tests.world.databases import add_tracks, claim_one, enqueue

HALF = Progress(500, 1000, 250.0)


@pytest.fixture
def item(queue: WorkQueue, database: Database, worker: str) -> WorkItem:
    [track_id] = add_tracks(database, 1)
    enqueue(queue, database, track_id)
    return claim_one(queue, worker)


def rows(database: Database) -> int:
    with database.read() as connection:
        return len(connection.execute(select(download_progress)).all())


def test_the_latest_progress_is_shown(queue: WorkQueue, item: WorkItem) -> None:
    assert queue.progress.of_items([item.id]) == {}
    queue.progress.note(item, Progress(1))
    assert queue.progress.of_items([item.id]) == {item.id: Progress(1)}
    queue.progress.note(item, HALF)
    assert queue.progress.of_items([item.id, 99]) == {item.id: HALF}
    assert queue.progress.of_items([item.id])[item.id].eta_seconds == 2
    assert queue.progress.of_items([]) == {}


@pytest.mark.parametrize("how", ["forgotten", "given back", "rescued", "completed", "cancelled"])
def test_progress_goes_with_the_lease(
    queue: WorkQueue, database: Database, worker: str, item: WorkItem, how: str
) -> None:
    queue.progress.note(item, HALF)
    if how == "forgotten":
        queue.progress.forget(item)
        assert rows(database) == 0
    elif how == "given back":
        queue.items.give_back(worker)
    elif how == "rescued":
        queue.workers.unregister(worker)
        assert queue.upkeep.rescue().items == 1
    elif how == "completed":
        with database.begin() as tx:
            queue.items.complete(tx, item, next_stage=Stage.INDEX)
    else:
        queue.by_hand.cancel(item.id)
    assert queue.progress.of_items([item.id]) == {}
    queue.upkeep.prune(timedelta(days=1))  # what a killed process has left is swept up
    assert rows(database) == 0


def test_a_worker_that_lost_the_item_leaves_the_next_ones_progress(
    queue: WorkQueue, worker: str, item: WorkItem
) -> None:
    queue.progress.note(item, HALF)
    queue.workers.unregister(worker)
    queue.upkeep.rescue()
    taken_over = claim_one(queue, queue.workers.register())
    queue.progress.note(taken_over, Progress(7))
    queue.progress.forget(item)
    assert queue.progress.of_items([item.id]) == {item.id: Progress(7)}


# While a real download runs


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(4, tmp_path_factory.getbasetemp() / "audio") as made, made.activated():
        yield made


def test_another_process_sees_a_download_and_then_no_longer(
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from cli.main import main
    from cli.opening import open_state
    from cli.printing import format_progress
    from cli.status import read_downloads
    from shanty.diagnosis.overview import read_overview

    for name, value in {
        "SHANTY_HOME": tmp_path / "home",
        "SHANTY_CONFIG": tmp_path / "shanty.toml",
        "SHANTY_LIBRARY__PATH": tmp_path / "library",
    }.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.delenv("SHANTY_DATABASE_URL", raising=False)
    (tmp_path / "shanty.toml").touch()
    monkeypatch.setattr(download_progress_module, "_REPORT_SECONDS", 0.0)
    state = open_state()
    musicbrainz = open_musicbrainz(state.settings, state.database)
    watch_track(world.recordings[0], database=state.database, musicbrainz=musicbrainz)
    with state.database.begin() as tx:
        state.queue.items.enqueue_wanted(tx)
    services = open_services(state.settings, state.database, run_id="test")
    item = claim_one(state.queue, state.queue.workers.register())
    world.faults.set("slow", "media", times=1, value=20_000)
    thread = threading.Thread(target=download.run, args=(item, services))
    thread.start()
    shown: list[dict[str, object]] = []
    while thread.is_alive() and not shown:
        shown = read_downloads(state)
        time.sleep(0.01)
    assert shown[0]["id"] == item.id
    assert shown[0]["track"] == item.label
    assert shown[0]["downloaded_bytes"] > 0  # type: ignore[operator]
    assert shown[0]["total_bytes"] >= shown[0]["downloaded_bytes"]  # type: ignore[operator]
    (underway,) = read_overview(state.settings, state.database, state.queue).underway
    assert underway.progress is not None
    assert " of " in format_progress(underway.progress)
    monkeypatch.setattr(sys, "argv", ["shanty", "queue", "show", name_item(item.id), "--json"])
    with pytest.raises(SystemExit):
        main()
    progress = json.loads(capsys.readouterr().out)["progress"]
    assert set(progress) == {
        "downloaded_bytes",
        "total_bytes",
        "bytes_per_second",
        "eta_seconds",
        "slot_at",
    }
    thread.join(60)
    assert read_downloads(state) == []
    assert rows(state.database) == 0


def test_a_download_goes_on_when_its_progress_cannot_be_written(
    world: World, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(home=tmp_path / "home", library={"path": tmp_path / "library"})
    services = open_services(settings, database, run_id="test")
    track = watch_track(
        world.recordings[1], database=database, musicbrainz=open_musicbrainz(settings, database)
    )
    with database.begin() as tx:
        services.queue.items.enqueue(tx, track.id, Stage.DOWNLOAD, priority=Priority.FORCED)
    item = claim_one(services.queue, services.queue.workers.register())
    monkeypatch.setattr(download_progress_module, "_REPORT_SECONDS", 0.0)
    tries: list[Progress] = []

    def refuse(item: WorkItem, progress: Progress) -> None:
        tries.append(progress)
        raise DatabaseError("the database is busy")

    monkeypatch.setattr(services.queue.progress, "note", refuse)
    assert "fetched" in download.run(item, services).message
    assert len(tries) == 1  # and it is not held up by another one soon
