"""A disk that is really full for a while: a small one in memory, if the machine can mount one."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from yt_dlp.utils import DownloadError, PostProcessingError

from shanty.config.settings import load_settings
from shanty.db import Database
from shanty.demo.world import World
from shanty.errors import DISK
from shanty.providers.ytdlp import client
from shanty.sources.circuit_names import circuit_name
from shanty.sources.circuit_rows import OPEN
from shanty.stages.execution import Fate
from tests.world.stage_bench import Bench

# Its use of the database is tested on both kinds in tests/sources and tests/workqueue.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(5, tmp_path_factory.getbasetemp() / "audio") as made, made.activated():
        yield made


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_disk_that_is_read_only_for_a_while(
    world: World, database: Database, tmp_path: Path, small_disk: Path
) -> None:
    settings = load_settings(
        home=tmp_path / "home",
        library={"path": tmp_path / "library"},
        download={"staging": small_disk, "interval": "0s", "request_interval": "0s"},
    )
    bench = Bench(world, database, settings)
    bench.want()
    subprocess.run(["mount", "-o", "remount,ro,size=8m", str(small_disk)], check=True)
    item = bench.claim()
    outcome = bench.run(item)
    assert outcome.fate is Fate.WAITING, outcome
    assert "read-only" in outcome.message
    assert (bench.queue.overview.get(item.id).attempt, held(bench)) == (0, circuit_name(DISK))
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    bench.services.circuits.resume(circuit_name(DISK))
    assert bench.run_to_the_end().fate is Fate.FINISHED
    assert bench.services.circuits.list_all() == []


# Disk errors in our own code, outside of yt-dlp. These tests run on any machine.


def held(bench: Bench) -> str:
    """The one circuit that is open, and what waits for it."""
    (one,) = bench.services.circuits.list_all()
    assert one.state == OPEN
    assert bench.queue.overview.count_held() == {one.name: 1}
    return one.name


@pytest.fixture
def bench(world: World, database: Database, tmp_path: Path) -> Bench:
    settings = load_settings(home=tmp_path / "home", library={"path": tmp_path / "library"})
    return Bench(world, database, settings)


def waits_and_goes_on(bench: Bench, patch: pytest.MonkeyPatch, said: str) -> None:
    bench.want()
    item = bench.claim()
    outcome = bench.run(item)
    assert outcome.fate is Fate.WAITING, outcome
    assert said in outcome.message
    after = bench.queue.overview.get(item.id)
    assert (after.attempt, after.error_class, held(bench)) == (0, "wait", circuit_name(DISK))
    assert bench.queue.items.claim(bench.worker_id, 9) == []
    patch.undo()
    assert bench.services.circuits.resume(circuit_name(DISK))
    assert bench.run_to_the_end().fate is Fate.FINISHED
    assert bench.services.circuits.list_all() == []


def test_a_staging_folder_that_cannot_be_made(
    world: World, database: Database, tmp_path: Path
) -> None:
    """Nobody can make a folder in /sys."""
    settings = load_settings(
        home=tmp_path / "home",
        library={"path": tmp_path / "library"},
        download={"staging": "/sys/no-such-folder", "interval": "0s", "request_interval": "0s"},
    )
    bench = Bench(world, database, settings)
    bench.want()
    item = bench.claim()
    assert bench.run(item).fate is Fate.WAITING
    assert (bench.queue.overview.get(item.id).attempt, held(bench)) == (0, circuit_name(DISK))


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EROFS, "the disk is read-only"),
        (errno.ESTALE, "the network disk has gone"),
        (errno.EIO, "the disk reports an error"),
    ],
)
def test_a_disk_that_refuses_the_note_of_a_finished_download(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number), "somewhere")

    with monkeypatch.context() as patch:
        patch.setattr(client, "_write_marker", refuse)
        waits_and_goes_on(bench, patch, said)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.EROFS, "Read-only file system"), "the disk is read-only"),
        (PermissionError(errno.EACCES, "Permission denied", "x.part"), "permission is denied"),
        (OSError(errno.EIO, "Input/output error"), "the disk reports an error"),
        (
            PostProcessingError("audio conversion failed: Read-only file system"),
            "the disk for downloads cannot be written to",
        ),
    ],
    ids=["read-only", "forbidden", "broken", "conversion"],
)
def test_a_disk_that_refuses_while_yt_dlp_is_at_work(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    def refuse(*_: object) -> None:
        raise DownloadError(f"ERROR: {error}", (type(error), error, None))

    with monkeypatch.context() as patch:
        patch.setattr(client, "_continue_or_begin_anew", refuse)
        waits_and_goes_on(bench, patch, said)


def test_a_connection_that_is_forbidden_is_not_the_disks(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        error = OSError(errno.EACCES, "Permission denied")
        raise DownloadError(f"ERROR: {error}", (type(error), error, None))

    monkeypatch.setattr(client, "_continue_or_begin_anew", refuse)
    bench.want()
    item = bench.claim()
    assert bench.run(item).fate is Fate.WAITING
    assert bench.queue.overview.get(item.id).error_class == "transient"
    assert bench.services.circuits.list_all() == []


def test_a_disk_that_goes_away_in_a_download(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def go(*_: object) -> None:
        shutil.rmtree(bench.services.settings.incoming_dir)
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", "x.part")

    with monkeypatch.context() as patch:
        patch.setattr(client, "_write_marker", go)
        waits_and_goes_on(bench, patch, "the disk has gone")


def test_a_download_without_room_waits_and_goes_on_where_it_was(
    world: World, database: Database, tmp_path: Path, small_disk: Path
) -> None:
    settings = load_settings(
        home=tmp_path / "home",
        library={"path": tmp_path / "library"},
        download={"staging": small_disk, "interval": "0s", "request_interval": "0s"},
    )
    bench = Bench(world, database, settings)
    flac = next(
        number
        for number, mbid in enumerate(world.recordings)
        if world.offers(mbid)[0].container == "flac"
    )
    bench.want(flac)
    outcome = bench.run(bench.claim())
    assert outcome.fate is Fate.WAITING, outcome
    assert "no space left" in outcome.message or "full" in outcome.message
    [item] = bench.queue.overview.list_items()
    assert (item.attempt, item.error_class) == (0, "wait")
    [part] = small_disk.rglob("*.part")
    assert part.stat().st_size > 0
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    for circuit in bench.services.circuits.list_all():
        bench.services.circuits.resume(circuit.name)
    bench.queue.by_hand.retry(item.id)
    complete = world.requests.total("media_complete")
    bench.run_to_the_end()
    assert len([path for path in bench.library_files() if path.suffix == ".flac"]) == 1
    assert world.requests.total("media_complete") <= complete + 1
