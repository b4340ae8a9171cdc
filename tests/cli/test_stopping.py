"""Whatever the server does, SIGTERM and Ctrl-C end everything within 15 s."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from deployments.listening import free_port
from shanty.demo.answers import Answer, Request
from shanty.demo.listener import Listener
from tests.world.forked_process import ForkedProcess, start_forked
from tests.world.service_home import STOP_SECONDS, Home, below, kill_all, service_home, wait_until

HEALTH = {"/api/health", "/api/ready"}
STOPPED, SLOW, REFUSING = "says nothing", "says too little", "refuses"


def shanty_up() -> None:
    """``shanty up``, as a forked process."""
    from cli.main import main

    sys.argv = ["shanty", "up"]
    main()


def shanty_run() -> None:
    """``shanty run``, as a forked process."""
    from cli.main import main

    sys.argv = ["shanty", "run"]
    main()


def shanty_run_with_something_unsent() -> None:
    """``shanty run`` with a line of the log that the server has not taken yet."""
    from prefect.logging.handlers import APILogWorker

    APILogWorker.instance().send({"message": "not heard"})
    shanty_run()


def answer_nothing_else(how: str) -> Callable[[Request], Answer]:
    """Healthy, and of no use for anything else."""

    def answer(request: Request) -> Answer:
        if request.path in HEALTH:
            return Answer(200, b"true", "application/json")
        if how == STOPPED:
            return Answer(200, b"[]", "application/json", silent_seconds=600)
        if how == SLOW:
            return Answer(200, b"[]" * 500, "application/json", seconds=600, pieces=1000)
        return Answer(503, b"busy", "text/plain", {"Retry-After": "600"})

    return answer


def start(main: Callable[[], None], folder: Path, url: str) -> ForkedProcess:
    (folder / "shanty.toml").touch()
    environment = {
        **os.environ,
        "SHANTY_HOME": str(folder / "home"),
        "SHANTY_CONFIG": str(folder / "shanty.toml"),
        "SHANTY_LIBRARY__PATH": str(folder / "library"),
        "SHANTY_WEB__PORT": str(free_port()),
        "PREFECT_API_URL": f"{url}/api",
    }
    return start_forked(main, environment=environment, output_path=folder / "output.log")


@pytest.mark.parametrize(
    ("main", "how", "signals"),
    [
        (shanty_up, STOPPED, [signal.SIGTERM]),
        pytest.param(shanty_up, SLOW, [signal.SIGINT], marks=pytest.mark.proof),
        pytest.param(shanty_up, REFUSING, [signal.SIGTERM] * 2, marks=pytest.mark.proof),
        pytest.param(shanty_up, STOPPED, [signal.SIGINT] * 3, marks=pytest.mark.proof),
        (shanty_run, STOPPED, [signal.SIGINT]),
        pytest.param(shanty_run, SLOW, [signal.SIGTERM], marks=pytest.mark.proof),
        pytest.param(shanty_run, REFUSING, [signal.SIGTERM] * 2, marks=pytest.mark.proof),
    ],
)
def test_a_server_that_does_not_answer_holds_nobody(
    main: Callable[[], None], how: str, signals: list[signal.Signals], tmp_path: Path
) -> None:
    asked: list[str] = []

    def answer(request: Request) -> Answer:
        asked.append(request.path)
        return answer_nothing_else(how)(request)

    with Listener(answer, 0) as listener:
        process = start(main, tmp_path, listener.base_url)
        try:
            wait_until(lambda: bool(set(asked) - HEALTH), "it waits for an answer", 120)
            for number in signals:
                with suppress(ProcessLookupError):  # it has ended already
                    os.kill(process.pid, number)
                time.sleep(0.5)
            code = process.wait(STOP_SECONDS)
        finally:
            kill_all([process.pid, *below(process.pid)])
    assert code == (0 if main is shanty_up else 130), process.output
    assert "Traceback" not in process.output


@pytest.mark.parametrize("signals", [[signal.SIGINT], [signal.SIGINT] * 2])
def test_what_the_server_has_not_heard_holds_nobody(
    signals: list[signal.Signals], tmp_path: Path
) -> None:
    asked: list[str] = []

    def answer(request: Request) -> Answer:
        asked.append(request.path)
        return answer_nothing_else(STOPPED)(request)

    with Listener(answer, 0) as listener:
        process = start(shanty_run_with_something_unsent, tmp_path, listener.base_url)
        try:
            # The sender of the log begins like the run itself: it asks for the server's version.
            wait_until(
                lambda: sum(path not in HEALTH for path in asked) == 2,
                "both wait for an answer",
                120,
            )
            for number in signals:
                os.kill(process.pid, number)
                time.sleep(0.5)
            code = process.wait(STOP_SECONDS)
        finally:
            kill_all([process.pid, *below(process.pid)])
    assert code == 130, process.output
    assert "Traceback" not in process.output


def is_alive(pid: int) -> bool:
    """Whether a process is there, and not only its exit code that nobody has asked for."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def processes(home: Home, service_pid: int) -> dict[str, int]:
    """The processes of a service that is at work, by what they are."""
    found = {"server": home.server_pid}
    for pid in below(service_pid):
        try:
            words = psutil.Process(pid).cmdline()
        except psutil.Error:
            continue  # it has just ended
        if "deployments.worker_process" in words:
            found["worker"] = pid
        elif "prefect.engine" in words:
            found["flow run"] = pid
    return found


@pytest.mark.proof
@pytest.mark.parametrize("what", ["server", "worker", "flow run", "all"])
@pytest.mark.parametrize("signals", [[signal.SIGTERM], [signal.SIGINT, signal.SIGTERM]])
def test_what_is_stopped_is_ended_too(
    what: str, signals: list[signal.Signals], tmp_path: Path
) -> None:
    with service_home(tmp_path / "service", tracks=12) as home:
        home.want(0, 12)
        with home.up() as service:
            wait_until(lambda: home.in_library() > 0, "at work", 300)
            found = processes(home, service.pid)
            for name, pid in found.items():
                if what in (name, "all"):
                    os.kill(pid, signal.SIGSTOP)
            time.sleep(3)
            for number in signals:
                service.send_signal(number)
                time.sleep(1)
            assert service.wait(STOP_SECONDS) == 0
            assert not [pid for pid in found.values() if is_alive(pid)]
        assert not home.queue.workers.list_live()
