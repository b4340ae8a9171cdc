"""A run whose Prefect server goes away: the work is done, and the process ends soon after.

The server is a real one behind a relay, so that it can vanish or fall silent for this run alone.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deployments.server import known_server_pid
from shanty.demo import ytdlp_plugin_dir
from shanty.models import Stage, TrackStatus
from tests.world.crash_world import ROOT, CrashWorld, crash_world
from tests.world.forked_process import ForkedProcess, start_forked
from tests.world.relay import Relay
from tests.world.service_home import Home, below, service_home, wait_until

BEGIN_SECONDS = 300  # on a machine with much else to do
END_SECONDS = 15
VANISHES, FALLS_SILENT = "vanishes", "falls silent"


def shanty_run() -> None:
    """``shanty run``, as a forked process."""
    from cli.main import main

    sys.path.insert(0, str(ytdlp_plugin_dir()))
    sys.argv = ["shanty", "run"]
    main()


def start_run(crashing: CrashWorld) -> ForkedProcess:
    return start_forked(
        shanty_run,
        environment=crashing.environment(),
        output_path=crashing.folder / f"run-{time.monotonic()}.log",
    )


@contextmanager
def relayed_world(folder: Path, api_url: str, *, tracks: int) -> Iterator[tuple[Relay, CrashWorld]]:
    database_url = f"sqlite:///{folder / 'shanty.db'}"
    with (
        Relay(api_url) as relay,
        crash_world(folder / "gone", database_url, relay.url, tracks=tracks) as crashing,
    ):
        yield relay, crashing


def go_away(relay: Relay, how: str) -> None:
    if how == VANISHES:
        relay.vanish()
    else:
        relay.fall_silent()


def finished(crashing: CrashWorld) -> int:
    return crashing.queue.overview.counts()[Stage.LYRICS]["completed"]


def check_it_ends(crashing: CrashWorld, run: ForkedProcess) -> None:
    """Check that every track is filed, and that the process then ends in time."""
    wait_until(
        lambda: finished(crashing) == len(crashing.world.recordings), "all is filed", BEGIN_SECONDS
    )
    assert run.wait(END_SECONDS) == 0, run.output
    assert "tracks finished" in run.output
    assert run.output.count("shanty: ") == 1, run.output
    assert "shanty: the Prefect server went away during the run" in run.output
    assert "Traceback" not in run.output
    assert max(len(line) for line in run.output.splitlines()) < 400, "printed whole"
    crashing.check()


@pytest.mark.parametrize("how", [VANISHES, pytest.param(FALLS_SILENT, marks=pytest.mark.proof)])
def test_the_server_goes_away_in_mid_run(how: str, prefect_server: str, tmp_path: Path) -> None:
    with relayed_world(tmp_path, prefect_server, tracks=3) as (relay, crashing):
        run = start_run(crashing)
        wait_until(
            lambda: crashing.catalog.tracks.count()[TrackStatus.IN_LIBRARY] > 0,
            "begun",
            BEGIN_SECONDS,
        )
        go_away(relay, how)
        check_it_ends(crashing, run)


@pytest.mark.proof
@pytest.mark.parametrize("how", [VANISHES, FALLS_SILENT])
def test_the_server_is_gone_before_the_first_track(
    how: str, prefect_server: str, tmp_path: Path
) -> None:
    """Depending on the moment, the work is done or never began; a sentence says so in time."""
    with relayed_world(tmp_path, prefect_server, tracks=3) as (relay, crashing):
        for wait_seconds in (0.2, 1.0, 2.0, 3.0):
            run = start_run(crashing)
            time.sleep(wait_seconds)
            go_away(relay, how)
            if run.wait(BEGIN_SECONDS) == 1:
                assert "the Prefect server" in run.output
            assert run.output.count("shanty: ") <= 1, run.output
            assert "Traceback" not in run.output
            if how == VANISHES:
                return
            relay.speak_again()
        run = start_run(crashing)
        assert run.wait(BEGIN_SECONDS) == 0, run.output
        crashing.check()


@pytest.mark.proof
@pytest.mark.parametrize("how", [VANISHES, FALLS_SILENT])
def test_the_server_goes_away_while_it_hears_the_end(
    how: str, prefect_server: str, tmp_path: Path
) -> None:
    with relayed_world(tmp_path, prefect_server, tracks=3) as (relay, crashing):
        run = start_run(crashing)
        wait_until(lambda: finished(crashing) == 3, "all is filed", BEGIN_SECONDS)
        go_away(relay, how)
        assert run.wait(END_SECONDS) == 0, run.output
        assert "Traceback" not in run.output
        crashing.check()


@pytest.mark.proof
def test_a_server_that_is_silent_for_a_moment_is_not_given_up(
    prefect_server: str, tmp_path: Path
) -> None:
    with relayed_world(tmp_path, prefect_server, tracks=6) as (relay, crashing):
        run = start_run(crashing)
        wait_until(
            lambda: crashing.catalog.tracks.count()[TrackStatus.IN_LIBRARY] > 0,
            "begun",
            BEGIN_SECONDS,
        )
        relay.fall_silent()
        time.sleep(4)
        relay.speak_again()
        assert run.wait(BEGIN_SECONDS) == 0, run.output
        assert "shanty: " not in run.output
        crashing.check()


@pytest.mark.proof
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_the_own_server_of_a_run_dies(number: signal.Signals, tmp_path: Path) -> None:
    with service_home(tmp_path / "service", tracks=8) as home:
        home.want(0, 8)
        run = start_shanty_run(home)
        wait_until(lambda: home.in_library() > 0, "begun", BEGIN_SECONDS)
        os.kill(home.server_pid, number)
        wait_until(lambda: home.finished() == 8, "all is filed", BEGIN_SECONDS)
        output, _ = run.communicate(timeout=END_SECONDS)
        assert run.returncode == 0, output
        assert output.count("shanty: ") == 1, output
        assert "Traceback" not in output
        assert not below(run.pid)


@pytest.mark.proof
def test_two_runs_at_once_end_each_in_its_time(tmp_path: Path) -> None:
    """The run that works keeps its server to the end; the other one says who works."""
    with service_home(tmp_path / "service", tracks=12) as home:
        for turn in range(3):
            home.want(4 * turn, 4 * turn + 4)
            runs = [start_shanty_run(home) for _ in range(2)]
            wait_for_all(home, 4 * turn + 4)
            outputs = [run.communicate(timeout=END_SECONDS)[0] for run in runs]
            assert [run.returncode for run in runs] == [0, 0], outputs
            assert all(output.count("shanty: ") == 0 for output in outputs), outputs
            assert any("4 tracks finished" in output for output in outputs), outputs
        assert not known_server_pid(home.home_dir)


@pytest.mark.proof
def test_a_run_beside_one_that_is_stopped_names_it(tmp_path: Path) -> None:
    with service_home(tmp_path / "service", tracks=8) as home:
        home.want(0, 8)
        first = start_shanty_run(home)
        wait_until(lambda: home.in_library() > 0, "begun", BEGIN_SECONDS)
        os.kill(first.pid, signal.SIGSTOP)
        second = start_shanty_run(home)
        output, _ = second.communicate(timeout=BEGIN_SECONDS)
        # It may have been stopped in the middle of a write: then nobody else can write either.
        assert second.returncode == ("database is locked" in output), output
        assert f"process {first.pid} " in output
        assert f"kill -CONT {first.pid}" in output
        os.kill(first.pid, signal.SIGCONT)
        first.communicate(timeout=BEGIN_SECONDS)


def wait_for_all(home: Home, tracks: int) -> None:
    wait_until(lambda: home.finished() == tracks, "all is filed", BEGIN_SECONDS)


def start_shanty_run(home: Home) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "cli.main", "run"],
        cwd=ROOT,
        env=home.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
