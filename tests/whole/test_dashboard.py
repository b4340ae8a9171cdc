"""After an hour of troubles, Prefect shows as running what runs, as failed what failed."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shanty.models import Status, TrackStatus
from shanty.sources.circuits import Circuits
from tests.world.crash_world import ROOT
from tests.world.prefect_count import (
    PATIENCE_SECONDS,
    check_prefect_agrees,
    ids_of,
    live_runs,
    read_all,
)
from tests.world.service_home import STOP_SECONDS, Home, below, kill_all, service_home, wait_until

pytestmark = [pytest.mark.proof, pytest.mark.takes(seconds=300)]

TRACKS = 24


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home whose pipeline runs because work is due, not by the clock."""
    with service_home(
        tmp_path / "service", tracks=TRACKS, SHANTY_SCHEDULING__PIPELINE="12h"
    ) as made:
        yield made


def test_prefect_agrees_with_what_has_happened(home: Home) -> None:
    """A Ctrl-C and a kill of `run` and of `up`, refusals, a disk that is gone, and reviews."""
    interrupted = end_a_run(home, (0, 4), by_kill=False)
    killed = end_a_run(home, (4, 8), by_kill=True)
    interrupted |= end_a_service(home, (8, 12), by_kill=False)
    killed |= end_a_service(home, (12, 16), by_kill=True)
    home.environment["SHANTY_DOWNLOAD__ACCEPT_SCORE"] = "1"
    with home.up() as service:
        wait_for_work(home)
        home.want(16, 18)
        wait_until(lambda: number(home, TrackStatus.NEEDS_REVIEW) >= 2, "some need a review")
        wait_for_work(home)
        wait_until(lambda: not live_runs(home), "it is idle")
        service.send_signal(signal.SIGINT)
        assert service.wait(STOP_SECONDS) == 0
    del home.environment["SHANTY_DOWNLOAD__ACCEPT_SCORE"]
    with home.up():
        decide_reviews(home)
        meet_refusals(home)
        miss_the_disk(home)
        wait_for_work(home)
        wait_until(lambda: not live_runs(home), "it is idle", PATIENCE_SECONDS)
        check_prefect_agrees(home)
        assert len(home.queue.overview.list_items(status=Status.FAILED)) == 1
        assert ids_of(home, "CRASHED", job="pipeline") == killed
        assert ids_of(home, "CANCELLED", job="pipeline") == interrupted
        assert ids_of(home, "FAILED") == set()
        tell(home)
        home.check_is_sound()


def end_a_run(home: Home, part: tuple[int, int], *, by_kill: bool) -> set[str]:
    """End `shanty run` in the middle of its work; returns the flow run that it was."""
    home.want(*part)
    run = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "run"],
        cwd=ROOT,
        env=home.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return end_at_work(home, run, by_kill=by_kill)


def end_a_service(home: Home, part: tuple[int, int], *, by_kill: bool) -> set[str]:
    """End `shanty up` in the middle of its work; returns the flow run that was at work."""
    home.want(*part)
    with home.up() as service:
        return end_at_work(home, service, by_kill=by_kill)


def end_at_work(home: Home, process: subprocess.Popen[Any], *, by_kill: bool) -> set[str]:
    wait_until(lambda: is_at_work(home), "work under way", PATIENCE_SECONDS)
    at_work = live_runs(home, job="pipeline")
    if by_kill:
        kill_all([process.pid, *below(process.pid)])
    else:
        process.send_signal(signal.SIGINT)
    process.wait(60)
    return at_work


def decide_reviews(home: Home) -> None:
    """Reject one track's candidates, and take those of the others."""
    asked = home.catalog.tracks.list_tracks(TrackStatus.NEEDS_REVIEW)
    rejected, *accepted = (str(track.id) for track in asked)
    shanty(home, "review", "reject", rejected, "--all")
    shanty(home, "review", "accept", *accepted)
    wait_for_work(home)


def meet_refusals(home: Home) -> None:
    """One track's uploads are all gone; the site answers 429, and then asks for a login."""
    home.world.faults.set("gone", target=home.world.recordings[18])
    home.want(18, 19)
    wait_until(lambda: number(home, TrackStatus.FAILED) == 2, "it has failed", PATIENCE_SECONDS)
    for kind, part in (("rate_limited", (19, 21)), ("bot_check", (21, 22))):
        target = "origin" if kind == "rate_limited" else ""
        home.world.faults.set(kind, target=target, times=1)
        home.want(*part)
        wait_until(lambda: bool(paused_sources(home)), f"{kind} is noticed", PATIENCE_SECONDS)
        home.world.faults.clear(kind, target)
        wait_for_work(home)


def miss_the_disk(home: Home) -> None:
    """The library's disk is unplugged for a while: an empty mount point is left."""
    library, away = home.folder / "library", home.folder / "unplugged"
    library.rename(away)
    library.mkdir()
    home.want(22, 24)
    wait_until(
        lambda: any("library" in name for name in paused_sources(home)),
        "the disk is missed",
        PATIENCE_SECONDS,
    )
    library.rmdir()
    away.rename(library)


def wait_for_work(home: Home) -> None:
    """Wait until nothing is left to do; sources that are paused are asked again at once."""

    def is_done() -> bool:
        for name in paused_sources(home):
            Circuits(home.database).resume(name)
        live = home.queue.overview.list_items(status=Status.PENDING), is_at_work(home)
        return not any(live) and number(home, TrackStatus.WANTED) == 0

    wait_until(is_done, "all is done", PATIENCE_SECONDS)


def tell(home: Home) -> None:
    """Print the counts."""
    for kind in ("flow_runs", "task_runs"):
        print(kind, dict(Counter(one["state_type"] for one in read_all(home, kind))))


def is_at_work(home: Home) -> bool:
    return any(counts["active"] for counts in home.queue.overview.counts().values())


def number(home: Home, status: TrackStatus) -> int:
    return home.catalog.tracks.count()[status]


def paused_sources(home: Home) -> list[str]:
    circuits = Circuits(home.database)
    return [one.name for one in circuits.list_all() if circuits.blocks(one.name)]


def shanty(home: Home, *words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "cli.main", *words],
        cwd=ROOT,
        env=home.environment,
        check=True,
        capture_output=True,
    )
