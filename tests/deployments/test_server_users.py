"""A server lives as long as somebody uses it, and whoever waits for it says for which process.

The processes are real; the server is one without Prefect (:mod:`tests.world.light_server`).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deployments import server as server_module
from deployments.listening import free_port
from deployments.server import (
    Server,
    configured_server,
    is_healthy,
    known_server_pid,
    lock_path,
    prefect_server,
)
from deployments.server_users import users_path
from shanty.config.settings import load_settings
from shanty.errors import AlreadyRunningError, ServerError
from tests.world.crash_world import ROOT
from tests.world.service_home import kill_all, wait_until

USE = """
import sys
from deployments import server
from shanty.config.settings import load_settings
server._SERVER_MODULE = "tests.world.light_server"
with server.prefect_server(load_settings(), announce=lambda line: print(line, flush=True)) as url:
    print("using", url, flush=True)
    sys.stdin.readline()
"""
HOLD = """
import sys
from pathlib import Path
from deployments.occupant import take_lock
lock = take_lock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.readline()
"""


@pytest.fixture(autouse=True)
def light_server(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(server_module, "_SERVER_MODULE", "tests.world.light_server")
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    yield
    pid = known_server_pid(load_settings().home)
    kill_all([] if pid is None else [pid])


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_until(process: subprocess.Popen[str], word: str) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if word in line:
            return line
    raise AssertionError(f"it ended without {word!r}")


def end(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=15)
    assert process.returncode == 0


@pytest.mark.parametrize("how", ["ends", pytest.param("is killed", marks=pytest.mark.proof)])
def test_a_server_outlives_its_starter_while_others_use_it(how: str) -> None:
    settings = load_settings()
    first = start(USE)
    url = read_until(first, "using").split()[-1]
    with prefect_server(settings) as joined:
        assert joined == url
        pid = known_server_pid(settings.home)
        assert pid is not None
        if how == "ends":
            end(first)
        else:
            kill_all([first.pid])
            first.communicate()
        assert is_healthy(url), "the first one took the server with it"
        with prefect_server(settings) as third:
            assert third == url
        assert is_healthy(url), "the third one took the server with it"
    wait_until(lambda: not psutil.pid_exists(pid), "the server ends with its last user", 10)
    with prefect_server(settings) as anew:
        assert is_healthy(anew)
        assert known_server_pid(settings.home) != pid


def test_the_last_user_ends_the_server_it_started() -> None:
    settings = load_settings()
    with prefect_server(settings):
        pid = known_server_pid(settings.home)
        assert pid is not None
    assert not psutil.pid_exists(pid)
    assert configured_server(settings.home) is None


@pytest.mark.proof
def test_two_at_once_have_one_server() -> None:
    users = [start(USE) for _ in range(2)]
    addresses = {read_until(user, "using").split()[-1] for user in users}
    assert len(addresses) == 1
    for user in users:
        end(user)


def test_a_process_that_is_stopped_before_its_server_is_named() -> None:
    home = load_settings().home
    holder = start(HOLD, str(lock_path(home)))
    read_until(holder, "held")
    os.kill(holder.pid, signal.SIGSTOP)
    told: list[str] = []
    try:
        with (
            pytest.raises(ServerError, match=f"process {holder.pid} .*since.* is stopped.*CONT"),
            prefect_server(load_settings(), announce=told.append),
        ):
            pass
    finally:
        kill_all([holder.pid])
        holder.communicate()
    assert any(f"waiting for the Prefect server of process {holder.pid}" in one for one in told)


def test_another_process_starts_the_server_in_place_of_a_dead_one() -> None:
    settings = load_settings()
    holder = start(HOLD, str(lock_path(settings.home)))
    read_until(holder, "held")

    def announce(line: str) -> None:
        if "waiting" in line:
            kill_all([holder.pid])

    with prefect_server(settings, announce=announce) as url:
        assert is_healthy(url)
    holder.communicate()


@pytest.mark.proof
def test_a_starter_that_is_stopped_has_a_server_for_others() -> None:
    settings = load_settings()
    first = start(USE)
    url = read_until(first, "using").split()[-1]
    os.kill(first.pid, signal.SIGSTOP)
    try:
        with prefect_server(settings) as joined:
            assert joined == url
    finally:
        os.kill(first.pid, signal.SIGCONT)
        end(first)


def test_a_second_server_for_a_home_names_who_has_the_first() -> None:
    settings = load_settings()
    first = start(USE)
    read_until(first, "using")
    try:
        with pytest.raises(AlreadyRunningError, match=f"process {first.pid} "):
            Server(settings, "127.0.0.1", free_port()).start()
    finally:
        end(first)


def test_nobody_joins_a_server_that_is_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    from deployments import server_users

    monkeypatch.setattr(server_users, "JOIN_SECONDS", 0.3)
    home = load_settings().home
    (home / "prefect").mkdir(parents=True)
    lock = server_users.wait_until_unused(home)
    with pytest.raises(ServerError, match="is ending"), prefect_server(load_settings()):
        pass
    lock.close()
    assert users_path(home).exists()
    with prefect_server(load_settings()) as url:
        assert is_healthy(url)
    assert not (home / "prefect" / "server.json").exists()


def test_the_remains_of_a_killed_starter_are_no_server() -> None:
    home = load_settings().home
    (home / "prefect").mkdir(parents=True)
    (home / "prefect" / "server.json").write_text(
        json.dumps({"url": "http://127.0.0.1:9/api", "pid": os.getpid()})
    )
    assert known_server_pid(home) is None
    with prefect_server(load_settings()) as url:
        assert is_healthy(url)
