"""The covers of the stage enrich: missing, late, once per album, or without room for one."""

from __future__ import annotations

import io
import os
import time

import pytest
from PIL import Image

from shanty.config.service_sections import ArtSettings
from shanty.models import Stage, TrackStatus
from shanty.stages import pictures
from shanty.stages.execution import Fate
from shanty.stages.pictures import fetch_cover
from shanty.tags.covers import Cover
from shanty.tags.pictures import fit_picture
from tests.world.stage_bench import Bench

pytestmark = pytest.mark.usefixtures("no_faults")


@pytest.mark.parametrize("fault", ["server_error", "unavailable"])
def test_cover_trouble_leaves_the_track_in_the_library(bench: Bench, fault: str) -> None:
    bench.world.faults.set(fault, target="coverart")
    track_id = bench.want()
    item = bench.run_until(Stage.ENRICH)
    assert bench.run(item).fate is Fate.WAITING
    assert bench.status(track_id) is TrackStatus.IN_LIBRARY
    with bench.database.begin() as tx:
        assert bench.queue.items.enqueue_wanted(tx) == 0


def test_an_album_without_a_cover_is_finished_without_one(bench: Bench) -> None:
    bare = next(
        number
        for number, mbid in enumerate(bench.world.recordings)
        if bench.world.expected(mbid).release.release_group.mbid
        in bench.world.discography.without_cover
    )
    bench.want(bare)
    outcome = bench.run_to_the_end()
    assert outcome.fate is Fate.FINISHED
    assert len(bench.library_files()) == 1


def test_a_cover_that_appears_later_is_fetched_then(bench: Bench) -> None:
    """A missing cover is believed to be missing for a while: not for ever, but for some days."""
    bench.want()
    item = bench.run_until(Stage.ENRICH)
    placement = bench.catalog.tracks.get_placement(item.track_id)
    covers = bench.services.settings.home / "covers"
    covers.mkdir(parents=True)
    none_path = covers / f"{placement.release.release_group.mbid}.none"
    none_path.touch()
    (covers / f"{placement.release.mbid}.none").touch()
    requests = bench.world.requests.total("coverart")
    assert fetch_cover(placement, bench.services) is None
    yesterday = time.time() - 24 * 3600
    os.utime(none_path, (yesterday, yesterday))
    assert fetch_cover(placement, bench.services) is None
    assert bench.world.requests.total("coverart") == requests
    long_ago = time.time() - 31 * 24 * 3600
    os.utime(none_path, (long_ago, long_ago))
    outcome = bench.run(item)
    assert (outcome.fate, outcome.message) == (Fate.FINISHED, "cover embedded")
    assert not none_path.exists()


def test_a_cover_is_fetched_once_per_album(bench: Bench) -> None:
    for number in range(4):
        bench.want(number)
    before = bench.world.requests.total("coverart")
    for _ in range(4):
        assert bench.run_to_the_end().fate is Fate.FINISHED
    assert bench.world.requests.total("coverart") == before + 1
    covers = [path for path in bench.library_files() if path.stem == "cover"]
    assert len(covers) == 1


def test_a_kept_cover_is_decoded_once_and_anew_if_it_has_changed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[bytes] = []

    def fit(data: bytes, art: ArtSettings) -> Cover:
        decoded.append(data)
        return fit_picture(data, art)

    monkeypatch.setattr(pictures, "fit_picture", fit)
    placement = bench.catalog.tracks.get_placement(bench.want())
    first = fetch_cover(placement, bench.services)
    assert first is not None
    decoded.clear()
    assert [fetch_cover(placement, bench.services) for _ in range(4)] == [first] * 4
    assert decoded == [first.data]
    kept = next((bench.services.settings.home / "covers").glob("*.*g"))
    drawn = io.BytesIO()
    Image.new("RGB", (300, 300), "green").save(drawn, "JPEG")
    kept.write_bytes(drawn.getvalue())
    second = fetch_cover(placement, bench.services)
    assert second is not None
    assert second.data == drawn.getvalue()


def test_no_room_for_a_cover_waits(bench: Bench) -> None:
    bench.want()
    item = bench.run_until(Stage.ENRICH)
    placement = bench.catalog.tracks.get_placement(item.track_id)
    covers = bench.services.settings.home / "covers"
    covers.mkdir(parents=True)
    part = covers / f"{placement.release.release_group.mbid}.part"
    part.symlink_to("/dev/full")
    outcome = bench.run(item)
    assert outcome.fate is Fate.WAITING
    assert "the disk is full" in outcome.message
    assert bench.queue.overview.get(item.id).attempt == 0
