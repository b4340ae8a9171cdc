"""A disk that is really full, for a while: a small one in memory, where one may be mounted."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from shanty.config import load_settings
from shanty.db import Database
from shanty.demo.world import World
from shanty.stages.execution import Fate
from tests.stage_bench import Bench


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


def test_what_has_no_room_waits_and_goes_on_where_it_was(
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
    [item] = bench.queue.list_items()
    assert (item.attempt, item.error_class) == (0, "wait")
    [part] = small_disk.rglob("*.part")
    assert part.stat().st_size > 0
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    for circuit in bench.services.circuits.list_all():
        bench.services.circuits.resume(circuit.name)
    bench.queue.retry(item.id)
    complete = world.requests.total("media_complete")
    bench.run_to_the_end()
    assert len([path for path in bench.library_files() if path.suffix == ".flac"]) == 1
    assert world.requests.total("media_complete") <= complete + 1
