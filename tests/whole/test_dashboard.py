"""After an hour of troubles, Prefect shows as running what runs, as failed what failed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from deployments.control import run_job
from shanty.errors import LIBRARY
from shanty.models import Stage, Status, TrackStatus
from shanty.sources.circuit_names import circuit_name, label_of
from shanty.sources.circuits import Circuits
from tests.world.crash_world import ROOT
from tests.world.prefect_count import (
    PATIENCE_SECONDS,
    check_prefect_agrees,
    ids_of,
    live_runs,
    read_all,
)
from tests.world.prefect_pages import CHROMIUM, open_pages
from tests.world.service_home import STOP_SECONDS, Home, below, kill_all, service_home, wait_until
from tests.world.shown_work import (
    check_a_killed_run,
    check_a_refused_run,
    check_a_skip,
    check_held_up,
    check_last_run,
    check_needs,
    check_states,
    check_the_pool_bounds_what_is_active,
)

pytestmark = [
    pytest.mark.proof,
    pytest.mark.takes(seconds=300),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium"),
]

TRACKS = 31
RECORDED_SECONDS = 4.0


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
    with home.up(), open_pages(home) as page:
        check_needs(home, page, asked=number(home, TrackStatus.NEEDS_REVIEW))
        decide_reviews(home)
        meet_refusals(home, page)
        miss_the_disk(home, page)
        begin_beside_another(home, page)
        check_a_skip(home, page, partial(shanty, home))
        wait_until(lambda: not live_runs(home), "it is idle", PATIENCE_SECONDS)
        check_prefect_agrees(home)
        assert len(home.queue.overview.list_items(status=Status.FAILED)) == 1
        assert ids_of(home, "CRASHED", job="pipeline") == killed
        assert ids_of(home, "CANCELLED", job="pipeline") == interrupted
        assert ids_of(home, "FAILED") == set()
        check_states(home, page, tasks_failed=1)
        for run_id in killed:
            check_a_killed_run(home, page, run_id)
        check_logs(home)
        tell(home)
        home.check_is_sound()
    home.environment["SHANTY_DOWNLOAD__QUIET_HOURS"] = hours_around_now()
    home.want(30, 31)
    with home.up(), open_pages(home) as page:
        check_held_up(home, page, because="quiet hours (", each="quiet hours until")


def end_a_run(home: Home, part: tuple[int, int], *, by_kill: bool) -> set[str]:
    """End `shanty run` in the middle of its work; returns the flow run that it was."""
    slow_down(home)
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
    slow_down(home)
    home.want(*part)
    with home.up() as service:
        return end_at_work(home, service, by_kill=by_kill)


def end_at_work(home: Home, process: subprocess.Popen[Any], *, by_kill: bool) -> set[str]:
    wait_until(lambda: is_at_work(home), "work under way", PATIENCE_SECONDS)
    at_work = live_runs(home, job="pipeline")
    if by_kill:
        # The server records a second late what begins, and cannot show as crashed what it has not.
        time.sleep(RECORDED_SECONDS)
        kill_all([process.pid, *below(process.pid)])
    else:
        process.send_signal(signal.SIGINT)
    process.wait(60)
    home.world.faults.clear("slow", "media")
    return at_work


def slow_down(home: Home) -> None:
    """Let downloads take long enough to be ended in their middle."""
    home.world.faults.set("slow", target="media", value=1200)


def decide_reviews(home: Home) -> None:
    """Reject one track's candidates, and take those of the others."""
    asked = home.catalog.tracks.list_tracks(TrackStatus.NEEDS_REVIEW)
    rejected, *accepted = (str(track.id) for track in asked)
    shanty(home, "review", "reject", rejected, "--all")
    shanty(home, "review", "accept", *accepted)
    wait_for_work(home)


def meet_refusals(home: Home, page: Page) -> None:
    """One track's uploads are all gone; the site answers 429, and then asks for a login."""
    home.world.faults.set("gone", target=home.world.recordings[18])
    home.want(18, 19)
    wait_until(lambda: number(home, TrackStatus.FAILED) == 2, "it has failed", PATIENCE_SECONDS)
    for kind, part in (("rate_limited", (19, 21)), ("bot_check", (21, 22))):
        target = "origin" if kind == "rate_limited" else ""
        home.world.faults.set(kind, target=target)
        home.want(*part)
        wait_until(lambda: bool(paused_sources(home)), f"{kind} is noticed", PATIENCE_SECONDS)
        wait_until(lambda: not live_runs(home), "it is idle", PATIENCE_SECONDS)
        check_held_up(home, page, because=": paused until ", each="waits for ")
        check_a_refused_run(home, page)
        home.world.faults.clear(kind, target)
        wait_for_work(home)


def miss_the_disk(home: Home, page: Page) -> None:
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
    check_held_up(home, page, because=f"{label_of(circuit_name(LIBRARY))}: paused until ")
    library.rmdir()
    away.rename(library)
    wait_for_work(home)


def begin_beside_another(home: Home, page: Page) -> None:
    """A run is asked for while another one is at work: it does nothing, and no page calls it last.

    The work takes a while, so that the pages can be looked at meanwhile.
    """
    home.world.faults.set("slow", target="media", value=2500)
    home.want(24, 30)
    wait_until(lambda: bool(live_runs(home, job="pipeline")), "a run is at work", PATIENCE_SECONDS)
    (at_work,) = live_runs(home, job="pipeline")
    wait_until(lambda: active(home) > 4, "it holds a spare download", PATIENCE_SECONDS)
    check_the_pool_bounds_what_is_active(home, page)
    run_job(home.api, home.job("pipeline"))
    wait_until(
        lambda: any(run["state_name"] == "Skipped" for run in read_all(home, "flow_runs")),
        "the second run has ended",
        PATIENCE_SECONDS,
    )
    assert home.job("pipeline").status == "running"
    home.world.faults.clear("slow", "media")
    wait_for_work(home)
    wait_until(lambda: home.job("pipeline").status == "completed", "the first one has ended")
    check_last_run(home, page, at_work)


def check_logs(home: Home) -> None:
    """No log of any run holds the trace of a failure that was none."""
    logs, found = 0, []
    while page := home.api.post("/logs/filter", offset=logs, limit=200):
        logs += len(page)
        found += [one["message"] for one in page if "NoneType" in one["message"]]
    assert logs and not found


def hours_around_now() -> str:
    """Quiet hours in which this moment lies."""
    now = datetime.now().astimezone()
    return f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=2):%H:%M}"


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


def active(home: Home) -> int:
    return home.queue.overview.counts()[Stage.DOWNLOAD]["active"]


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
