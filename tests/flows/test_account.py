"""What the artifacts say beside their tables: every reason why work waits, no foreign markup."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from flows.server.account import describe_results, describe_work, escape
from flows.server.jobs import JobView, LastRun
from shanty.catalog import Catalog
from shanty.clock import utc_now
from shanty.config.settings import load_settings
from shanty.db import Database
from shanty.diagnosis.overview import read_overview
from shanty.models import Progress, Stage, TrackStatus
from shanty.sources.circuits import Circuits
from shanty.sources.states import describe_at
from shanty.workqueue import WorkQueue
from tests.world.databases import add_tracks, enqueue


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """One kind of database is enough: what is told is the same."""
    return sqlite_database


@pytest.fixture
def queue(database: Database) -> WorkQueue:
    """With the real clock, by which the reasons are told."""
    return WorkQueue(database)


def account(tmp_path: Path, database: Database, queue: WorkQueue, **download: str) -> str:
    settings = load_settings(
        home=tmp_path / "home", library={"path": tmp_path / "library"}, download=download
    )
    return describe_work(read_overview(settings, database, queue))


def test_nothing_is_said_if_there_is_nothing_to_say(
    tmp_path: Path, database: Database, queue: WorkQueue
) -> None:
    assert account(tmp_path, database, queue) == ""


@pytest.mark.parametrize("how", ["paused", "source", "quiet hours", "later"])
def test_each_reason_is_told_with_each_download_that_waits(
    tmp_path: Path, database: Database, queue: WorkQueue, how: str
) -> None:
    add_tracks(database, 14)
    with database.begin() as tx:
        queue.items.enqueue_wanted(tx, source="youtube")
    now, download = utc_now().astimezone(), {}
    match how:
        case "paused":
            queue.by_hand.pause(Stage.DOWNLOAD)
            sentence, each = "paused: download; 14 pending", "download is paused"
        case "source":
            Circuits(database).open("youtube", "asked to wait")
            sentence, each = "youtube: paused until", "waits for youtube until"
        case "quiet hours":
            begin, end = now - timedelta(hours=1), now + timedelta(hours=1)
            download = {"quiet_hours": f"{begin:%H:%M}-{end:%H:%M}"}
            sentence, each = "quiet hours (", "quiet hours until"
        case _:
            due = put_off(queue, database)
            sentence, each = "14 tracks to go, about ", f"due at {describe_at(due)}"
    told = account(tmp_path, database, queue, **download)
    said, waits = told.split("\n\nWaiting:\n\n")
    assert f"- {sentence}" in said
    assert "14 tracks to go, about " in said
    assert waits.count(each) == 12
    assert waits.endswith("- and 2 more tracks")


def put_off(queue: WorkQueue, database: Database) -> datetime:
    """Let every item wait for a later time."""
    worker = queue.workers.register()
    due = utc_now() + timedelta(hours=2)
    for item in queue.items.claim(worker, 14):
        with database.begin() as tx:
            queue.items.snooze(tx, item, due, "later", "the site was busy")
    return due


def test_a_turn_and_what_needs_a_person_are_told(
    tmp_path: Path, database: Database, queue: WorkQueue
) -> None:
    waiting, asked = add_tracks(database, 2)
    enqueue(queue, database, waiting)
    (item,) = queue.items.claim(queue.workers.register(), 1)
    slot_at = utc_now() + timedelta(minutes=1)
    queue.progress.note(item, Progress(0, slot_at=slot_at))
    with database.begin() as tx:
        Catalog(database).tracks.set_status(tx, asked, TrackStatus.NEEDS_REVIEW)
    told = account(tmp_path, database, queue)
    assert f"its turn to download at {slot_at.astimezone():%H:%M:%S}" in told
    assert "- 1 track waits for your decision: `shanty review ls`" in told


def test_the_result_of_each_job_is_told_in_whole() -> None:
    message = "0 tracks finished, 4 waiting, 0 to review, 0 failed; youtube: [asked] to wait"
    last = LastRun(utc_now(), "Waiting", message, 3.0)
    told = describe_results(
        [
            JobView("1", "pipeline", "every 1 h", paused=False, last_run=last, next_run=None),
            JobView("2", "backup", "every 1 d", paused=False, last_run=None, next_run=None),
        ]
    )
    assert told.replace("\\", "") == f"- pipeline: Waiting: {message}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("![x](https://elsewhere.example/a.png)", r"\!\[x\](https://elsewhere.example/a.png)"),
        ("a\n# b", r"a \# b"),
        ("<script>*_~|&\\", r"\<script\>\*\_\~\|\&\\"),
        ("see `shanty queue ls` [now]", r"see `shanty queue ls` \[now\]"),
        ("one ` alone", r"one \` alone"),
    ],
)
def test_a_text_of_others_is_no_markup(text: str, shown: str) -> None:
    assert escape(text) == shown
