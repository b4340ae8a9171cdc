"""What the service tells systemd, read from a socket as systemd reads it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.service_manager import ServiceManager
from tests.world.notify_listener import Listener


@pytest.fixture(params=["file", "abstract"])
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Listener]:
    is_file = request.param == "file"
    made = Listener(str(tmp_path / "notify") if is_file else f"@shanty-test-{os.getpid()}")
    yield made
    made.close()


def test_it_tells_each_thing_in_systemds_words(listener: Listener) -> None:
    manager = ServiceManager(listener.address)
    manager.tell_ready()
    manager.tell_alive()
    manager.tell_status("two\nlines")
    manager.tell_stopping()
    assert listener.heard() == ["READY=1", "WATCHDOG=1", "STATUS=two lines", "STOPPING=1"]


def test_what_the_environment_names_is_kept_from_children() -> None:
    environment = {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "8000000", "WATCHDOG_PID": "1", "A": "b"}
    ServiceManager.take(environment)
    assert environment == {"A": "b"}


@pytest.mark.parametrize(
    ("pid", "is_meant"),
    [(str(os.getpid()), True), ("", True), ("1", False)],
    ids=["this process", "any", "another"],  # each worker of a test run has another number
)
def test_a_sign_is_due_four_times_before_the_time_is_over(pid: str, is_meant: bool) -> None:
    given = {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "8000000", "WATCHDOG_PID": pid}
    now = [100.0]
    manager = ServiceManager.take(given)
    manager._clock = lambda: now[0]
    manager.tell_alive()
    now[0] += 1.9
    assert not manager.is_sign_due
    now[0] += 0.2
    assert manager.is_sign_due is is_meant
    manager.tell_alive()
    assert not manager.is_sign_due


@pytest.mark.parametrize("address", ["", "/nowhere/notify", "@nobody-listens", "/" + "x" * 300])
def test_nobody_who_listens_is_no_trouble(address: str) -> None:
    manager = ServiceManager(address, 1.0)
    manager.tell_ready()
    manager.tell_alive()


def test_a_listener_that_does_not_read_holds_nobody_up(tmp_path: Path) -> None:
    deaf = Listener(str(tmp_path / "notify"))
    manager = ServiceManager(deaf.address)
    for _ in range(2000):  # more than a socket's queue holds
        manager.tell_alive()
    assert 0 < len(deaf.heard()) < 2000
    deaf.close()
