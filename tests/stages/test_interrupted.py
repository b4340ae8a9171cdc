"""Stages cut short: by a full disk, by a person, by the run's end, or by another worker."""

from __future__ import annotations

import errno
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from shanty.errors import LIBRARY, BadCandidateError
from shanty.library.presence import open_library
from shanty.models import Stage, Status, TrackStatus
from shanty.sources.circuit_names import circuit_name
from shanty.sources.ytdlp_source import YtDlpSource
from shanty.stages import download_progress, load_stages
from shanty.stages.execution import Fate
from shanty.stages.staging import staging_dir
from tests.world.stage_bench import Bench

pytestmark = pytest.mark.usefixtures("no_faults")


@pytest.mark.parametrize("is_marked", [False, True], ids=["new library", "marked library"])
def test_a_full_disk_waits_and_loses_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, is_marked: bool
) -> None:
    track_id = bench.want()
    item = bench.run_until(Stage.ORGANIZE)
    if is_marked:
        with open_library(bench.services.settings.library.path, bench.catalog.known_library):
            pass

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", full)
        patch.setattr(os, "rename", full)
        outcome = bench.run(item)
    assert outcome.fate is Fate.WAITING
    assert "the disk is full" in outcome.message
    assert bench.queue.overview.get(item.id).attempt == 0
    assert not bench.library_files()
    assert bench.services.circuits.resume(circuit_name(LIBRARY)), "the library is left alone"
    again = bench.run(bench.claim(Stage.ORGANIZE))
    assert again.fate is Fate.ADVANCED
    assert bench.status(track_id) is TrackStatus.IN_LIBRARY


def test_no_room_to_download_waits(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.want()
    item = bench.claim()
    make_folder = Path.mkdir

    def full(path: Path, *args: Any, **kwargs: Any) -> None:
        if bench.services.settings.incoming_dir in path.parents:
            raise OSError(errno.ENOSPC, "No space left on device")
        make_folder(path, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", full)
        outcome = bench.run(item)
    assert outcome.fate is Fate.WAITING
    assert "the disk is full" in outcome.message
    assert bench.queue.overview.get(item.id).attempt == 0


def test_work_that_was_rescued_meanwhile_is_not_settled(bench: Bench) -> None:
    bench.want()
    item = bench.claim()
    bench.queue.items.give_back(bench.worker_id)
    outcome = bench.run(item)
    assert outcome.fate is Fate.LOST
    assert bench.queue.overview.get(item.id).status is Status.PENDING


def test_an_ending_run_settles_nothing(bench: Bench) -> None:
    bench.want()
    item = bench.claim()
    bench.services.stop.set()
    assert bench.run(item).fate is Fate.LOST
    assert bench.queue.overview.get(item.id).status is Status.ACTIVE, (
        "the lease gives it back, not the stage"
    )


def test_an_ending_run_rejects_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a run's processes are ended, the file that they work on looks bad."""
    track_id = bench.want()
    item = bench.claim()

    def verify(self: object, path: Path, placement: object, **options: bool) -> None:
        bench.services.stop.set()
        raise BadCandidateError(f"{path.name} is cut off")

    with monkeypatch.context() as patch:
        patch.setattr(YtDlpSource, "verify", verify)
        assert bench.run(item).fate is Fate.LOST
    assert not [c for c in bench.catalog.candidates.of_track(track_id) if c.status == "rejected"]
    assert list(bench.services.settings.incoming_dir.rglob("*.opus")), "the download is gone"


def test_a_worker_that_lost_the_item_rejects_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    track_id = bench.want()
    item = bench.claim()

    def verify(self: object, path: Path, placement: object, **options: bool) -> None:
        bench.queue.items.give_back(bench.worker_id)
        raise BadCandidateError(f"{path.name} is cut off")

    with monkeypatch.context() as patch:
        patch.setattr(YtDlpSource, "verify", verify)
        assert bench.run(item).fate is Fate.LOST
    assert not [c for c in bench.catalog.candidates.of_track(track_id) if c.status == "rejected"]
    downloads = bench.world.requests.total("media")
    assert bench.run(bench.claim()).fate is Fate.ADVANCED
    assert bench.world.requests.total("media") == downloads, "downloaded twice"


def wait_for_a_part(bench: Bench) -> None:
    while not list(bench.services.settings.incoming_dir.rglob("*.part")):
        time.sleep(0.01)


def test_cancelling_an_active_download_ends_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_progress, "_LOOK_UP_SECONDS", 0.1)
    bench.world.faults.set("slow", target="media", value=1000.0)
    bench.want()
    item = bench.claim()
    complete = bench.world.requests.total("media_complete")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(bench.run, item)
        wait_for_a_part(bench)
        bench.queue.by_hand.cancel(item.id)
        assert running.result().fate is Fate.LOST
    assert bench.world.requests.total("media_complete") == complete


def test_two_never_download_the_same_file_at_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first worker was taken for dead but still works when the second begins, which waits."""
    monkeypatch.setattr(download_progress, "_LOOK_UP_SECONDS", 0.5)
    bench.world.faults.set("slow", target="media", value=1000.0, times=1)
    bench.want()
    item = bench.claim()
    before = {name: bench.world.requests.total(name) for name in ("media", "media_complete")}
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(bench.run, item)
        wait_for_a_part(bench)
        bench.queue.items.give_back(bench.worker_id)
        [theirs] = bench.queue.items.claim(bench.queue.workers.register(), 1)
        second = pool.submit(bench.run, theirs)
        assert first.result().fate is Fate.LOST
        assert second.result().fate is Fate.ADVANCED
    assert bench.world.requests.total("media") == before["media"] + 2
    assert bench.world.requests.total("media_complete") == before["media_complete"] + 1


def test_staging_is_removed_only_after_the_commit(bench: Bench) -> None:
    """Until then, another worker may take the item over, and needs the files."""
    track_id = bench.want()
    item = bench.run_until(Stage.ORGANIZE)
    staging = staging_dir(track_id, bench.services)
    result = load_stages()[Stage.ORGANIZE](item, bench.services)
    assert staging.is_dir(), "removed before the commit"
    assert result.record is not None
    assert bench.run(item).fate is Fate.ADVANCED
    assert not staging.exists()
