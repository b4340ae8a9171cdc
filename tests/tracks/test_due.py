"""What a run could do now: the question that is asked before one is started."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shanty.config.settings import Settings, load_settings
from shanty.db import Database
from shanty.models import Stage
from shanty.sources.circuits import Circuits
from shanty.tracks.due import find_due, queue_wanted
from shanty.workqueue import DueItems, WorkQueue
from tests.world.databases import Clock, add_tracks, claim_one, enqueue

Look = Callable[[Settings], DueItems | None]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return made_settings(tmp_path)


def made_settings(folder: Path, **download: Any) -> Settings:
    return load_settings(home=folder, download={"search": ["ytsearch8"], **download})


@pytest.fixture
def look(queue: WorkQueue, database: Database, clock: Clock) -> Look:
    def look_with(settings: Settings) -> DueItems | None:
        queue_wanted(settings, queue, database)
        return find_due(settings, queue, clock)

    return look_with


def test_whatever_is_wanted_is_queued_and_due(
    look: Look, settings: Settings, queue: WorkQueue, database: Database, clock: Clock
) -> None:
    assert look(settings) is None
    add_tracks(database, 2)
    due = look(settings)
    assert due is not None
    assert due.number == 2
    assert queue_wanted(settings, queue, database) == 0, "queued twice"


def test_a_run_that_did_nothing_leaves_the_same_and_any_other_does_not(
    look: Look, settings: Settings, queue: WorkQueue, database: Database, clock: Clock, worker: str
) -> None:
    add_tracks(database, 2)
    before = look(settings)
    assert look(settings) == before
    item = claim_one(queue, worker)
    assert look(settings) != before
    with database.begin() as tx:
        queue.items.retry_at(tx, item, clock(), "network", "it broke off")
    assert look(settings) != before


def test_nothing_is_due_that_a_run_may_not_take_up(
    look: Look, settings: Settings, queue: WorkQueue, database: Database, clock: Clock
) -> None:
    add_tracks(database, 1)
    queue.by_hand.pause(Stage.DOWNLOAD)
    assert look(settings) is None
    queue.by_hand.resume()
    assert look(settings) is not None


def test_an_hour_of_quiet_lets_everything_but_downloads_be_due(
    look: Look, tmp_path: Path, queue: WorkQueue, database: Database, clock: Clock
) -> None:
    at = clock().astimezone()
    span = f"{at - timedelta(hours=1):%H:%M}-{at + timedelta(hours=1):%H:%M}"
    settings = made_settings(tmp_path, quiet_hours=span)
    first, _ = add_tracks(database, 2)
    assert look(settings) is None
    clock.advance(2 * 3600)
    assert look(settings) is not None
    clock.advance(-2 * 3600)
    queue.by_hand.cancel(stage=Stage.DOWNLOAD)
    enqueue(queue, database, first, Stage.TAG)
    due = find_due(settings, queue, clock)
    assert due is not None
    assert due.number == 1


def test_what_waits_for_its_source_is_due_again_when_that_is_back(
    look: Look, settings: Settings, queue: WorkQueue, database: Database, clock: Clock
) -> None:
    add_tracks(database, 3)
    circuits = Circuits(database, clock=clock)
    circuits.open("youtube", "asked to wait", retry_at=clock() + timedelta(minutes=5))
    assert look(settings) is None, "nothing could be asked"
    clock.advance(301)
    assert look(settings) is not None
