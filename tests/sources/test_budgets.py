"""Budgets: processes take turns in order, and a clock that was set back does not block them."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from shanty.db import Database
from shanty.demo.world import World
from shanty.models import Candidate
from shanty.providers.ytdlp.search import site_of
from shanty.sources.budgets import Budgets
from shanty.sources.circuits import Circuits
from shanty.sources.ytdlp_source import YtDlpSource
from tests.world.crash_world import ROOT
from tests.world.databases import Clock

pytestmark = pytest.mark.postgresql_too

PROCESS = """
import sys
from shanty.sources.budgets import Budgets
from shanty.db import open_database
budgets = Budgets(open_database(sys.argv[1]))
for _ in range(25):
    print(budgets.reserve("site", 2.0))
"""


def test_turns_are_an_interval_apart(database: Database, clock: Clock) -> None:
    budgets = Budgets(database, clock)
    assert [budgets.reserve("site", 5) for _ in range(3)] == [0, 5, 10]
    assert budgets.reserve("another", 5) == 0
    clock.advance(12)
    assert budgets.reserve("site", 5) == 3


def test_an_idle_budget_saves_no_turns(database: Database, clock: Clock) -> None:
    budgets = Budgets(database, clock)
    budgets.reserve("site", 5)
    clock.advance(3600)
    assert [budgets.reserve("site", 5) for _ in range(2)] == [0, 5]


def test_a_clock_set_back_does_not_block_it(database: Database, clock: Clock) -> None:
    budgets = Budgets(database, clock)
    budgets.reserve("site", 5)
    clock.advance(-3600)
    assert [budgets.reserve("site", 5) for _ in range(2)] == [0, 5]


def test_long_intervals_are_kept_too(database: Database, clock: Clock) -> None:
    budgets = Budgets(database, clock)
    minutes = 60
    turns = [budgets.reserve("site", 20 * minutes) for _ in range(4)]
    assert turns == [0, 20 * minutes, 40 * minutes, 60 * minutes]
    clock.advance(-365 * 24 * 3600)
    assert budgets.reserve("site", 20 * minutes) == 0


def test_processes_and_threads_share_it(database: Database, database_url: str) -> None:
    """Four processes at once begin with an empty budget, and no two get the same turn."""
    command = [sys.executable, "-c", PROCESS, database_url]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    taken: list[float] = []

    def take() -> None:
        budgets = Budgets(database)
        taken.extend(budgets.reserve("site", 2.0) for _ in range(25))

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for process in processes:
        output, _ = process.communicate()
        taken.extend(map(float, output.split()))
    assert len(taken) == 100
    # 99 turns lie before the next one, less the time that has passed while they were taken.
    assert 99 * 2.0 >= max(taken) > 99 * 2.0 - 30


def test_a_wait_ends_when_told_to(database: Database) -> None:
    budgets = Budgets(database)
    budgets.reserve("site", 600)
    budgets.wait_for_turn("site", 600, should_stop=lambda: True)


def test_a_download_takes_a_turn_of_its_site_but_a_finished_one_none(
    database: Database, tmp_path: Path
) -> None:
    from shanty.config.settings import load_settings

    with World(2, tmp_path / "audio") as world, world.activated():
        settings = load_settings(home=tmp_path / "home", download={"interval": "0.001s"})
        budgets = Budgets(database)
        source = YtDlpSource(settings, budgets, Circuits(database))
        recording = world.expected(world.recordings[0]).recording
        candidate: Candidate = source.search(recording, "", "demosearch8", recording.title)[0]
        name = f"download:{site_of(candidate.source)}"
        for _ in range(2):
            source.fetch(candidate, tmp_path / "new", should_stop=lambda: False)
        # If the second download had taken a turn, this one would have to wait: the interval is a
        # minute.
        patient = YtDlpSource(
            load_settings(home=tmp_path / "home", download={"interval": "1m"}),
            budgets,
            Circuits(database),
        )
        patient.fetch(candidate, tmp_path / "new", should_stop=lambda: False)
        assert budgets.reserve(name, 1) < 1
        patient.fetch(candidate, tmp_path / "again", should_stop=lambda: False)
        assert budgets.reserve(name, 1) > 30
