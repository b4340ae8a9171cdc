"""``shanty up`` as a person uses it: a real server, a real worker, real schedules, kill -9."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from deployments.control import list_jobs, pause_job, run_job, skip_next_run
from deployments.listening import free_port
from flows.server.dashboard import ARTIFACT_LINKS
from flows.server.jobs import LEFT_OVER
from shanty.models import Stage, Status
from shanty.workqueue import LiveWorker
from tests.world.attack_service import (
    Attack,
    ask_for_permission,
    ask_to_run_something,
    ask_without_the_secret,
    check_that_the_owner_gets_in,
    open_sockets,
)
from tests.world.crash_world import ROOT
from tests.world.databases import STAGES
from tests.world.prefect_count import check_prefect_agrees, ids_of
from tests.world.prefect_pages import check_pages, open_pages
from tests.world.service_home import (
    RESUME_SECONDS,
    STOP_SECONDS,
    Home,
    below,
    kill_all,
    service_home,
    wait_until,
)
from tests.world.shown_service import (
    JOBS,
    check_artifacts,
    check_in_a_browser,
    check_our_pages,
    there_is_a_browser,
)
from tests.world.shown_work import check_a_killed_run

pytestmark = pytest.mark.takes(seconds=90)

SECRET = "the-servers-password"
KILLED_FLOWS = 2  # each may have filed a track of which it could no longer tell


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with service_home(
        tmp_path / "service",
        tracks=24,
        SHANTY_SERVER__PASSWORD=SECRET,
    ) as made:
        yield made


@pytest.mark.proof
def test_it_stops_in_time_also_while_it_starts(home: Home) -> None:
    service = home.start()
    try:
        assert service.stdout is not None
        assert any("starting the Prefect server" in line for line in service.stdout)
        assert home.ask_pages("/")[0] == 200, "the pages do not wait for the server"
        service.send_signal(signal.SIGTERM)
        assert service.wait(STOP_SECONDS) == 0
        assert not below(service.pid)
    finally:
        kill_all([service.pid, *below(service.pid)])
        service.communicate()


def test_a_service_that_was_killed_goes_on_where_it_was(home: Home) -> None:
    home.environment["SHANTY_SCHEDULING__PIPELINE"] = "1h"
    home.want(0, 3)
    with home.up() as service:
        _wishes_are_fulfilled_without_waiting_for_a_schedule(home)
        check_artifacts(home)
        check_our_pages(home)
        _strangers_are_kept_out(home)
        check_in_a_browser(home)
        wait_until(lambda: home.in_library() > 4, "some of it done")
        kill_all([service.pid, *below(service.pid)])
    assert home.queue.overview.counts()[Stage.DOWNLOAD]["active"] > 0, "the kill came too late"
    home.world.faults.clear()
    with home.up() as service:
        _the_killed_run_is_buried_and_its_work_resumed(home, 10)
        check_prefect_agrees(home)
        if there_is_a_browser():
            (killed,) = ids_of(home, "CRASHED", job="pipeline")
            with open_pages(home) as page:
                check_a_killed_run(home, page, killed)
        _it_stops_in_time_and_gives_work_back(home, service)
    home.started_in.check_is_untouched()


@pytest.mark.proof
def test_a_service_lives_through_everything(home: Home) -> None:
    """One test goes through several lives of a service, because each start takes seconds."""
    home.environment["SHANTY_SCHEDULING__PIPELINE"] = "15s"
    home.want(0, 4)
    with home.up() as service:
        _scheduled_runs_alone_fill_the_library(home)
        check_artifacts(home)
        check_our_pages(home)
        _strangers_are_kept_out(home)
        if there_is_a_browser():
            with open_pages(home) as page:
                check_pages(home, page)
        _a_second_service_is_refused(home)
        _jobs_are_steered(home)
        _begin_with(home, 4, 16)
        wait_until(lambda: home.in_library() > 4, "some of it done")
        kill_all([service.pid, *below(service.pid)])
    assert home.queue.overview.counts()[Stage.DOWNLOAD]["active"] > 0, "the kill came too late"
    with home.up() as service:
        _the_killed_run_is_buried_and_its_work_resumed(home, 16)
        _what_was_paused_stays_so(home)
        _a_later_schedule_fires(home)
        _a_killed_flow_process_is_rescued(home)
        _a_killed_server_is_started_again_and_the_run_goes_on(home)
        _prefect_deploy_registers_the_same_jobs(home)
        _it_stops_in_time_and_gives_work_back(home, service)
    _the_log_tells_it_all(home)
    home.started_in.check_is_untouched()


def _begin_with(home: Home, first: int, last: int) -> None:
    """Start work by hand; that the schedule fires was shown before."""
    home.want(first, last)
    run_job(home.api, home.job("pipeline"))
    wait_until(lambda: home.queue.overview.counts()[Stage.DOWNLOAD]["active"] > 0, "work under way")


def _the_one_at_work(home: Home) -> LiveWorker:
    """The worker that holds the items under way.

    A second run may be registered for a moment: it learns from the first that there is nothing to
    do, and ends. No item may have two holders.
    """
    owners: set[str | None] = set()

    def find() -> bool:
        owners.update(
            item.lease_owner
            for item in home.queue.overview.list_items(status=Status.ACTIVE, limit=10_000)
        )
        return bool(owners)

    wait_until(find, "work is held")
    (owner,) = owners
    return next(one for one in home.queue.workers.list_live() if one.worker_id == owner)


def _wishes_are_fulfilled_without_waiting_for_a_schedule(home: Home) -> None:
    """Those that wait when it starts, and one of later, when it is idle."""
    wait_until(lambda: home.finished() == 3, "the wishes that it found are fulfilled")
    wait_until(lambda: home.job("pipeline").status == "completed", "it is idle")
    home.want(3, 4)
    wait_until(lambda: home.finished() == 4, "a wish of later is fulfilled")
    begun = [run["tags"] for run in home.runs_begun() if run["name"].startswith("pipeline")]
    assert len(begun) == 2, "a run began for which there was nothing to do"
    assert all(LEFT_OVER in tags for tags in begun)


def _scheduled_runs_alone_fill_the_library(home: Home) -> None:
    wait_until(lambda: home.in_library() == 4, "the library is filled by scheduled runs")
    assert all("by hand" not in run["tags"] for run in home.runs())
    last = home.job("pipeline").last_run
    assert last is not None


def _strangers_are_kept_out(home: Home) -> None:
    """The short form of what test_attack.py tries."""
    secret = (home.home_dir / "secret").read_text().strip()
    attack = Attack(home.api.ui_url, secret)
    ask_to_run_something(attack)
    ask_for_permission(attack)
    open_sockets(attack)
    ask_without_the_secret(attack)
    check_that_the_owner_gets_in(attack)
    assert attack.failures == []


def _a_second_service_is_refused(home: Home) -> None:
    again = subprocess.run(
        [sys.executable, "-m", "cli.main", "up", "--port", str(free_port())],
        cwd=ROOT,
        env=home.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 1
    assert "up already" in again.stderr
    assert len(again.stderr.strip().splitlines()) == 1


def _jobs_are_steered(home: Home) -> None:
    jobs = {job.name: job for job in list_jobs(home.api)}
    assert set(jobs) == JOBS
    assert jobs["pipeline"].schedule == "every 15 s"
    assert jobs["monitor"].schedule == "off"
    assert jobs["monitor"].next_run is None
    before = jobs["maintenance"].next_run
    assert before is not None
    assert before > datetime.now(UTC)
    assert skip_next_run(home.api, jobs["maintenance"]).at == before
    after = home.job("maintenance").next_run
    assert after is not None
    assert (after - before).total_seconds() == 600, "more or less than the next run was skipped"
    pause_job(home.api, jobs["cookie-refresh"])
    assert home.job("cookie-refresh").paused


def _the_killed_run_is_buried_and_its_work_resumed(home: Home, tracks: int) -> None:
    done_before = home.world.requests.complete_media()
    assert not [run for run in home.runs() if run["state_type"] == "RUNNING" and _is_old(run)]
    crashed = [run for run in home.runs() if run["state_type"] == "CRASHED"]
    assert [run["state"]["message"] for run in crashed], "the killed run was not marked"
    wait_until(
        lambda: sum(home.world.requests.complete_media().values()) > sum(done_before.values()),
        "the work goes on",
        RESUME_SECONDS,
    )
    wait_until(lambda: home.finished() == tracks, "all of it arrives", 120)
    assert home.in_library() == tracks
    completed = home.queue.overview.list_items(status=Status.COMPLETED, limit=10_000)
    assert len(completed) == tracks * len(STAGES), "something was done twice"


def _what_was_paused_stays_so(home: Home) -> None:
    assert home.job("cookie-refresh").paused, "a restart must not resume what a person has paused"


def _is_old(run: dict[str, Any]) -> bool:
    began = datetime.fromisoformat(run["start_time"])
    return (datetime.now(UTC) - began).total_seconds() > RESUME_SECONDS


def _a_later_schedule_fires(home: Home) -> None:
    since = datetime.now(UTC)
    wait_until(
        lambda: (
            (last := home.job("pipeline").last_run) is not None
            and last.at > since
            and last.state == "Completed"
        ),
        "the next scheduled run fires and completes",
    )


def _a_killed_flow_process_is_rescued(home: Home) -> None:
    _begin_with(home, 16, 20)
    worker = _the_one_at_work(home)
    kill_all([worker.pid])
    wait_until(lambda: home.in_library() == 20, "the next scheduled run takes it up", 120)
    run = home.api.get(f"/flow_runs/{worker.flow_run_id}")
    assert run["state_type"] == "CRASHED"


def _a_killed_server_is_started_again_and_the_run_goes_on(home: Home) -> None:
    _begin_with(home, 20, 24)
    worker = _the_one_at_work(home)
    kill_all([home.server_pid])
    status, page = home.ask_pages("/")
    assert status == 200 and "Under way" in page, "the pages do not need the server"
    wait_until(lambda: home.in_library() == 24, "the work goes on without the server", 60)
    wait_until(home.server_answers, "the server is started again", 60)
    wait_until(
        lambda: home.api.get(f"/flow_runs/{worker.flow_run_id}")["state_type"] == "COMPLETED",
        "the run is known as completed",
    )


def _prefect_deploy_registers_the_same_jobs(home: Home) -> None:
    before = _registered(home)
    subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"],
        cwd=ROOT,
        env={**home.environment, "PREFECT_API_URL": home.api.url},
        check=True,
        capture_output=True,
        timeout=120,
    )
    after = _registered(home)
    assert after == before
    assert home.job("pipeline").schedule == "every 1 h", "the timetable's own schedule"


def _registered(home: Home) -> list[dict[str, Any]]:
    """What both ways of registering say of each job; `prefect deploy` knows of no links to add."""
    found = home.api.post("/deployments/filter", sort="NAME_ASC")
    same = ("id", "name", "entrypoint", "tags", "work_pool_name", "path")
    return [
        {key: one[key] for key in same}
        | {"description": one["description"].removesuffix(ARTIFACT_LINKS).strip()}
        for one in found
    ]


def _it_stops_in_time_and_gives_work_back(home: Home, service: subprocess.Popen[str]) -> None:
    children = below(service.pid)
    assert children
    service.send_signal(signal.SIGTERM)
    assert service.wait(STOP_SECONDS) == 0
    assert not [pid for pid in children if psutil.pid_exists(pid)], "something was left running"
    assert not home.queue.workers.list_live()
    assert sum(counts["active"] for counts in home.queue.overview.counts().values()) == 0


def _the_log_tells_it_all(home: Home) -> None:
    log = home.home_dir / "shanty.log"
    text = log.read_text()
    assert "the Prefect server died; starting it again" in text
    untold = [
        track.label
        for track in home.catalog.tracks.list_tracks()
        if f"organize · {track.label}: filed as" not in text
    ]
    assert len(untold) <= KILLED_FLOWS, "filed, and not told by a run that nobody killed"
    assert SECRET not in text
    assert (home.home_dir / "secret").read_text().strip() not in text
    assert log.stat().st_mode & 0o077 == 0, "others can read it"
