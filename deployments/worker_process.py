"""Takes up scheduled runs: ``python -m deployments.worker_process POOL TURNS_PATH [STATE …]``.

While no run is due, the process only asks whether one is, which takes a third of the memory. It
asks at once if the server of the home tells that a run was made, and rarely else. It
then becomes a Prefect process worker: each flow run is a process of its own below it. When it has
had nothing to do for a while, it becomes what it was. It stays one process, of one id.

Whatever its starter writes to its standard input means that a run is about to be due. When the
starter is gone, the input closes, and the worker ends with all its flow runs.
With every turn of its polling loop, it touches the file of the second argument.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from deployments.meant_for import name_machine
from deployments.processes import end_children
from deployments.ready_run import UNUSED_SECONDS, ReadyRun
from deployments.server_news import NewsReader
from deployments.service_worker import home_of
from shanty.config.surroundings import WORKER_PACE
from shanty.errors import ServerError

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun

GIVE_BACK_SECONDS = 5
AT_WORK, CALLED = "at-work", "called"
_IDLE_SECONDS = 20.0
"""For so long the worker keeps what it has imported: another run may follow."""
_UNSENT_SECONDS = 5.0
_REST_SECONDS = 8.0
"""How often to ask a server that tells its news: a run that a schedule has planned counts as due
10 s before its time, so none comes late."""
_LOOK_SECONDS = 0.5
_PAUSE_SECONDS = 0.05
_MODULE = "deployments.worker_process"


def main() -> None:
    """Work for the pool that is the first argument, until told to stop."""
    pool, turns_path = sys.argv[1], Path(sys.argv[2])
    is_called, ready = threading.Event(), ReadyRun()
    is_at_work = AT_WORK in sys.argv[3:]
    if CALLED in sys.argv[3:]:
        ready.prepare()  # it imports while we do
    on_call = ready.prepare if is_at_work else is_called.set
    threading.Thread(target=_heed_owner, args=(on_call,), daemon=True).start()
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    if is_at_work:
        _work(pool, turns_path, ready)
    else:
        _wait(pool, turns_path, is_called)


def _wait(pool: str, turns_path: Path, is_called: threading.Event) -> NoReturn:
    """Ask again and again whether a run is due, and become a worker if one is."""
    from deployments.due_runs import DueRuns
    from flows.server.api import PrefectApi

    api, home = PrefectApi(os.environ["PREFECT_API_URL"]), home_of(turns_path)
    due_runs = DueRuns(api, pool, socket.gethostname(), name_machine(home))
    news, is_asked_for = NewsReader(home), False
    while True:
        _touch(turns_path)
        news.take()
        try:
            if due_runs.is_any():
                _become(pool, turns_path, AT_WORK, *([CALLED] if is_asked_for else []))
        except ServerError as error:
            sys.stderr.write(f"{error}\n")
        # Whoever asks for a run waits for it; one that is planned has seconds left.
        is_asked_for = _rest(news, is_called)
        if is_called.is_set():
            _become(pool, turns_path, AT_WORK, CALLED)


def _rest(news: NewsReader, is_called: threading.Event) -> bool:
    """Return when the server is to be asked again; whether there is news, or we were called."""
    pace = float(os.environ[WORKER_PACE])
    ends_at = time.monotonic() + (max(pace, _REST_SECONDS) if news.is_told else pace)
    while (left := ends_at - time.monotonic()) > 0:
        if news.is_new or is_called.wait(min(left, _LOOK_SECONDS)):
            return True
    return False


def _work(pool: str, turns_path: Path, ready: ReadyRun) -> None:
    """Be a Prefect worker until there is nothing to do."""
    from prefect.settings import PREFECT_WORKER_QUERY_SECONDS, temporary_settings

    from deployments.unsent import settle_unsent
    from deployments.worker import JobWorker

    home, pace = home_of(turns_path), float(os.environ[WORKER_PACE])
    worker = JobWorker(
        machine=name_machine(home), ready=ready, work_pool_name=pool, name=socket.gethostname()
    )
    take_turn = worker.get_and_submit_flow_runs
    busy_at = time.monotonic()
    news = NewsReader(home)

    async def get_and_submit_flow_runs() -> list[FlowRun]:
        nonlocal busy_at
        _touch(turns_path)
        news.take()
        ready.end(UNUSED_SECONDS)
        try:
            taken = await take_turn()
        finally:
            await _wait_for_news(news, pace)
        if worker.is_at_work:
            busy_at = time.monotonic()
        elif time.monotonic() - busy_at > _IDLE_SECONDS:
            settle_unsent(lambda: False, _UNSENT_SECONDS)
            ready.end()
            _become(pool, turns_path)
        return taken

    vars(worker)["get_and_submit_flow_runs"] = get_and_submit_flow_runs
    with temporary_settings({PREFECT_WORKER_QUERY_SECONDS: _PAUSE_SECONDS}):  # we wait ourselves
        asyncio.run(worker.start())


async def _wait_for_news(news: NewsReader, seconds: float) -> None:
    """Wait for so long, or until the server has news."""
    ends_at = time.monotonic() + seconds
    while (left := ends_at - time.monotonic()) > 0 and not news.is_new:
        await asyncio.sleep(min(left, _LOOK_SECONDS))


def _become(pool: str, turns_path: Path, *state: str) -> NoReturn:
    """Begin anew in this very process, so that whoever watches it sees one and the same."""
    words = [sys.executable, "-P", "-m", _MODULE, pool, str(turns_path), *state]
    os.execv(sys.executable, words)


def _touch(turns_path: Path) -> None:
    with suppress(OSError):
        os.utime(turns_path)


def _stop(*_: object) -> None:
    """End the flow runs, which give their items back, and exit. Prefect would let them finish."""
    end_children(GIVE_BACK_SECONDS)
    os._exit(0)


def _heed_owner(on_call: Callable[[], None]) -> None:
    while os.read(0, 1):  # nothing is read when the other end is gone
        on_call()
    _stop()


if __name__ == "__main__":
    main()
