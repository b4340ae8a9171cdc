"""An upload that does not deliver, and a site that cannot be reached, through the real stages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import Any

import pytest

from shanty.demo.world import World
from shanty.models import CandidateStatus, Stage, TrackStatus
from shanty.providers.ytdlp import client
from shanty.sources.pauses import AWAY
from shanty.sources.states import list_source_states
from shanty.stages import download
from shanty.stages.execution import Fate
from tests.world.databases import ON_SQLITE
from tests.world.stage_bench import Bench

pytestmark = [ON_SQLITE, pytest.mark.usefixtures("no_faults")]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(8, tmp_path_factory.getbasetemp() / "audio") as made, made.activated():
        yield made


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_AGAIN_SECONDS", 0.01)


def drain(bench: Bench) -> list[Fate]:
    """Run everything that can be claimed, each item to its end."""
    fates = []
    while items := bench.queue.items.claim(bench.worker_id, 1):
        outcome = bench.run(items[0])
        while outcome.next_item is not None:
            outcome = bench.run(outcome.next_item)
        fates.append(outcome.fate)
    return fates


def drain_all(bench: Bench, passes: int = 6) -> None:
    """Do what the pipeline does in time, without the pauses in between."""
    for _ in range(passes):
        drain(bench)
        bench.queue.by_hand.retry(stage=Stage.DOWNLOAD, status="waiting")


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("unavailable", {"value": 0}),
        ("forbidden", {}),
        ("cut", {}),
        *(
            pytest.param(kind, how, marks=pytest.mark.proof)
            for kind, how in (
                ("unavailable", {"value": 1}),
                ("server_error", {}),
                ("session_limit", {}),
            )
        ),
    ],
)
def test_one_bad_upload_holds_nobody_up_and_gives_way(
    bench: Bench, kind: str, how: dict[str, float]
) -> None:
    mbid = bench.world.recordings[0]
    best = bench.world.truth[mbid]
    bench.world.faults.set(kind, target=best, **how)
    tracks = [bench.want(number) for number in range(4)]
    fates = drain(bench)
    assert fates[0] is Fate.WAITING
    assert fates[1:4] == [Fate.FINISHED] * 3
    assert bench.services.circuits.list_all() == [], "the site was paused for one upload"
    drain_all(bench)
    assert [bench.status(one) for one in tracks] == [TrackStatus.IN_LIBRARY] * 4
    candidates = {one.source_id: one for one in bench.catalog.candidates.of_track(tracks[0])}
    assert candidates[best].status is CandidateStatus.REJECTED
    assert "while others did" in candidates[best].reject_reason
    (chosen,) = [one for one in candidates.values() if one.status is CandidateStatus.CHOSEN]
    assert bench.world.is_right(mbid, chosen.source_id)


def test_an_upload_that_yt_dlp_stumbles_over_gives_way(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An extractor may raise any error at a page that it was not made for."""
    best = bench.world.truth[bench.world.recordings[0]]
    real = client._continue_or_begin_anew

    def stumble(ydl: Any, url: str, *more: Any) -> Any:
        if best in url:
            raise KeyError("videoDetails")
        return real(ydl, url, *more)

    monkeypatch.setattr(client, "_continue_or_begin_anew", stumble)
    tracks = [bench.want(number) for number in range(3)]
    drain_all(bench)
    assert [bench.status(one) for one in tracks] == [TrackStatus.IN_LIBRARY] * 3
    assert bench.services.circuits.list_all() == []


def test_a_single_track_gets_its_second_candidate_too(bench: Bench) -> None:
    mbid = bench.world.recordings[1]
    bench.world.faults.set("server_error", target=bench.world.truth[mbid])
    track_id = bench.want(1)
    drain_all(bench)
    assert bench.status(track_id) is TrackStatus.IN_LIBRARY


@pytest.mark.parametrize("number", [1, pytest.param(4, marks=pytest.mark.proof)])
def test_an_outage_fails_nothing_and_uses_no_attempts(bench: Bench, number: int) -> None:
    """Nothing listens from the beginning, so even the search cannot reach the site."""
    tracks = [bench.want(one) for one in range(number)]
    with bench.world.away():
        drain(bench)
        for _ in range(12):
            for one in bench.services.circuits.list_all():
                bench.services.circuits.resume(one.name)
            drain(bench)
        items = bench.queue.overview.list_items(Stage.DOWNLOAD)
        assert {item.status for item in items} == {"pending"}
        assert {item.attempt for item in items} == {0}
        (state,) = list_source_states(bench.database, bench.queue)
        waits = "1 track waits" if number == 1 else f"{number} tracks wait"
        since = f"{state.opened_at:%H:%M}"
        assert state.kind == AWAY
        assert state.describe(UTC) == f"shantydemo: cannot be reached since {since}; {waits}"
    bench.services.circuits.resume(state.name)
    drain_all(bench)
    assert [bench.status(one) for one in tracks] == [TrackStatus.IN_LIBRARY] * number


@pytest.mark.parametrize("number", [4, pytest.param(1, marks=pytest.mark.proof)])
def test_an_outage_between_search_and_download(bench: Bench, number: int) -> None:
    """Everything is found, then nothing comes; with one track, there is nothing to compare with."""
    tracks = [bench.want(one) for one in range(number)]
    bench.world.faults.set("server_error", target="media")
    drain(bench)
    bench.world.faults.clear()
    bench.services.circuits.resume("shantydemo")
    with bench.world.away():
        for _ in range(12):
            bench.queue.by_hand.retry(stage=Stage.DOWNLOAD, status="waiting")
            for one in bench.services.circuits.list_all():
                bench.services.circuits.resume(one.name)
            drain(bench)
        items = bench.queue.overview.list_items(Stage.DOWNLOAD)
        assert {item.status for item in items} == {"pending"}, items
        assert max(item.attempt for item in items) <= 4
    bench.services.circuits.resume("shantydemo")
    drain_all(bench)
    assert [bench.status(one) for one in tracks] == [TrackStatus.IN_LIBRARY] * number
