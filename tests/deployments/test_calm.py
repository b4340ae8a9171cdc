"""What an idle service leaves out does not make it deaf: news is noticed at once."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from docket import Docket

from deployments.calm_docket import CalmWorker
from deployments.calm_server import CalmServer
from deployments.database_news import DatabaseNews
from deployments.due_work import STILL_SECONDS, DueWork
from deployments.server_news import NewsReader, NewsTeller
from flows.server.api import PrefectApi
from shanty.config.settings import load_settings
from shanty.db import Database
from shanty.workqueue import WorkQueue
from tests.world.databases import add_tracks
from tests.world.service_home import wait_until

SOON_SECONDS = 20.0  # less than the worker of the queue sleeps at rest
UNUSED = PrefectApi("http://127.0.0.1:9/api")


async def nothing(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI application."""


def test_a_sleeping_queue_wakes_for_a_task_and_for_one_whose_time_has_come() -> None:
    begun: list[str] = []

    async def work(name: str) -> None:
        begun.append(name)

    async def wait_for(*names: str) -> None:
        while begun != list(names):
            await asyncio.sleep(0.02)

    async def live() -> None:
        async with Docket("calm", url="memory://calm") as docket, CalmWorker(docket) as worker:
            docket.register(work)
            running = asyncio.create_task(worker.run_forever())
            await asyncio.sleep(0.5)  # it has begun to sleep
            await docket.add(work)("now")
            await asyncio.wait_for(wait_for("now"), SOON_SECONDS)
            await docket.add(work, when=datetime.now(UTC) + timedelta(seconds=1))("later")
            await asyncio.wait_for(wait_for("now", "later"), SOON_SECONDS)
            # More than it takes at a time, all at once.
            begun.clear()
            for number in range(25):
                await docket.add(work)(str(number))
            await asyncio.wait_for(wait_for(*map(str, range(25))), SOON_SECONDS)
            running.cancel()

    asyncio.run(asyncio.wait_for(live(), 4 * SOON_SECONDS))


def test_a_sleeping_server_ends_when_another_thread_says_so() -> None:
    server = CalmServer(uvicorn.Config(nothing, port=0, lifespan="off", log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started, "it serves")
    assert not server.should_exit
    server.should_exit = True
    thread.join(SOON_SECONDS)
    assert not thread.is_alive()


@pytest.mark.parametrize(
    ("method", "path", "is_news"),
    [
        ("POST", "/api/deployments/1/create_flow_run", True),
        ("POST", "/api/flow_runs/", True),
        ("POST", "/api/flow_runs/1/set_state", True),
        ("POST", "/api/flow_runs/1/resume", True),
        ("PATCH", "/api/deployments/1", True),
        ("POST", "/api/deployments/1/pause_deployment", True),
        ("GET", "/api/deployments/1", False),
        ("POST", "/api/deployments/filter", False),
        ("POST", "/api/flow_runs/count", False),
        ("POST", "/api/flow_runs/filter", False),
        ("POST", "/api/task_runs/1/set_state", False),
    ],
)
def test_a_request_that_makes_or_changes_a_run_is_news(
    tmp_path: Path, method: str, path: str, is_news: bool
) -> None:
    reader = NewsReader(tmp_path)
    reader.take()
    assert not reader.is_told, "no server tells any"
    (tmp_path / "prefect").mkdir()
    teller = NewsTeller(nothing, tmp_path)
    reader.take()
    assert reader.is_told
    scope = {"type": "http", "method": method, "path": path}
    asyncio.run(teller(scope, nothing, nothing))  # type: ignore[arg-type]
    assert reader.is_new is is_news


def test_work_is_looked_for_after_a_change_or_after_a_while(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, looks = 0.0, 0
    queue = WorkQueue(sqlite_database)
    find_due = queue.overview.find_due

    def count_looks(**given: Any) -> Any:
        nonlocal looks
        looks += 1
        return find_due(**given)

    monkeypatch.setattr(queue.overview, "find_due", count_looks)
    queue.by_hand.pause()
    news = DatabaseNews(sqlite_database)
    due_work = DueWork(
        load_settings(home=tmp_path),
        sqlite_database,
        queue,
        print,
        lambda: now,
        version=news.version,
    )

    def looks_after(seconds: float) -> int:
        nonlocal now
        now += seconds
        due_work.look(UNUSED)
        return looks

    try:
        assert looks_after(100) == 1
        assert due_work.is_still
        assert looks_after(STILL_SECONDS / 2) == 1, "nothing has changed"
        add_tracks(sqlite_database, 1)
        assert not due_work.is_still
        assert looks_after(STILL_SECONDS / 4) == 2, "somebody wants a track"
        looks_after(STILL_SECONDS / 4)
        before = looks
        assert looks_after(STILL_SECONDS / 4) == before
        assert looks_after(STILL_SECONDS) == before + 1, "its time may have come"
        news.close()
        assert due_work.is_still, "the database is asked anew"
    finally:
        news.close()
