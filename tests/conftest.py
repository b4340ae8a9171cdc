"""Fixtures for the whole suite. Prefect is imported only inside the fixture that needs it."""

from __future__ import annotations

import gc
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from deployments.server_pace import PACE
from deployments.server_tables import prepare_tables

pytest_plugins = [
    "tests.world.acoustid_service",
    "tests.world.audio_files",
    "tests.world.databases",
    "tests.world.circuit_site",
    "tests.world.disks",
    "tests.world.owned_music",
    "tests.world.page_server",
    "tests.world.shell",
    "tests.world.stage_bench",
    "tests.world.tag_samples",
    "tests.world.filed_library",
]

_TESTS = Path(__file__).parent
# In a test file: it needs the Prefect server of the test run, or forks processes that know Prefect.
_NEEDS_PREFECT = re.compile(r'prefect_server: str|"prefect_server"|start_forked')
_SLOW_SHELVES = {"backup", "stages", "watching", "tracks", "library", "sources", "web", "whole"}
SERVER_START_SECONDS = 120.0
DRAIN_SECONDS = 10.0


def pytest_configure() -> None:
    """Hear Ctrl-C, and let what tests start hear it: a script's background job ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Leave what was collected out of every garbage collection: it took a tenth of the time."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)  # before the marks are selected by
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Choose what the suite tries on PostgreSQL, and let the longest files begin first.

    What asks the database for much is tried on both. Where files, sites and processes take the
    time, ``make prove`` tries PostgreSQL, and the suite one test of each kind.
    """
    for item in items:
        if _is_slow_on_postgresql(item):
            item.add_marker(pytest.mark.proof)
    items.sort(key=_seconds, reverse=True)


def _is_slow_on_postgresql(item: pytest.Item) -> bool:
    call = getattr(item, "callspec", None)
    is_there = call is not None and "postgresql" in call.params.values()
    is_chosen = item.get_closest_marker("postgresql_too") is not None
    return is_there and not is_chosen and item.path.relative_to(_TESTS).parts[0] in _SLOW_SHELVES


def _seconds(item: pytest.Item) -> float:
    marker = item.get_closest_marker("takes")
    return 0.0 if marker is None else float(marker.kwargs["seconds"])


class OneServer(LoadFileScheduling):
    """Leaves each test file to one worker, and all that need Prefect to one and the same.

    So a test run starts one Prefect server instead of one per worker. It is started while the other
    workers begin with something else.
    """

    def _split_scope(self, nodeid: str) -> str:
        path: str = super()._split_scope(nodeid)
        return "Prefect" if needs_prefect(path) else path


@cache
def needs_prefect(path: str) -> bool:
    """Whether a test file, by its path below the project, needs Prefect to be at work."""
    return _NEEDS_PREFECT.search((_TESTS.parent / path).read_text(encoding="utf-8")) is not None


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneServer | None:
    """Choose which worker gets which tests; `--dist load` is left as it is."""
    return OneServer(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a real Prefect server's API, in force for the flows that tests run in this process.

    `SHANTY_TEST_PREFECT_API_URL` or `PREFECT_API_URL` names one that is running already.
    """
    home_dir = tmp_path_factory.mktemp("prefect")
    given = os.environ.get("SHANTY_TEST_PREFECT_API_URL") or os.environ.get("PREFECT_API_URL")
    if given:
        yield from _use_server(given, home_dir)
        return
    tables = prepare_tables(home_dir / "prefect.db")
    port = _free_port()
    api_url = f"http://127.0.0.1:{port}/api"
    with (home_dir / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.world.prefect_process", str(port)],
            cwd=Path(__file__).parent.parent,
            env=os.environ | PACE | _server_environment(home_dir) | tables,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_healthy(api_url, server, home_dir / "server.log")
        yield from _use_server(api_url, home_dir)
    finally:
        server.terminate()
        try:
            server.wait(timeout=15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _server_environment(home_dir: Path) -> dict[str, str]:
    return {
        "PREFECT_HOME": str(home_dir),
        "PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{home_dir / 'prefect.db'}",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        # Tests wait for runs to be planned.
        "PREFECT_SERVER_SERVICES_SCHEDULER_RECENT_DEPLOYMENTS_LOOP_SECONDS": "2",
        # Two writers fewer for the one SQLite file; task runs are recorded without them.
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "false",
        "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }


def _use_server(api_url: str, home_dir: Path) -> Iterator[str]:
    before = {name: os.environ.get(name) for name in ("PREFECT_API_URL", "PREFECT_HOME")}
    # The environment is for subprocesses; Prefect may have read it already in this process.
    os.environ.update(PREFECT_API_URL=api_url, PREFECT_HOME=str(home_dir))
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker
    from prefect.settings import (
        PREFECT_API_URL,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        PREFECT_HOME,
        temporary_settings,
    )

    settings = {
        PREFECT_API_URL: api_url,
        PREFECT_HOME: home_dir,
        # Each flow run ends by waiting, up to a second, for the thread that beats.
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
    }
    try:
        with temporary_settings(settings):
            yield api_url
            # What is still to be sent is sent now: with the server gone, the interpreter would
            # sit at its exit for a minute, trying to connect.
            EventsWorker.drain_all(timeout=DRAIN_SECONDS, at_exit=False)
            APILogWorker.drain_all(timeout=DRAIN_SECONDS, at_exit=False)
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_until_healthy(api_url: str, server: subprocess.Popen[bytes], log_path: Path) -> None:
    deadline = time.monotonic() + SERVER_START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{api_url}/health", timeout=2) as response:
                if response.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
    pytest.fail(f"the Prefect server did not start:\n{log_path.read_text()[-3000:]}")
