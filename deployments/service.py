"""``shanty up``: server, jobs and worker as one service that watches over itself.

Owns the order in which things start and stop, and what is done about what the last service left
behind when it was killed. One service runs for one home at a time.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deployments.api import PrefectApi
from deployments.jobs import drop_missed_runs, find_job, run_job
from deployments.processes import start_owned, stop_owned
from deployments.server import LOOPBACK, Server, ServerError, is_free, is_healthy, using_server
from deployments.timetable import Job, load_jobs
from shanty.catalog import Catalog
from shanty.config import Settings
from shanty.db import Database, open_database
from shanty.errors import AlreadyRunningError, ConfigError
from shanty.models import Stage
from shanty.services import check_settings
from shanty.upkeep import rescue
from shanty.workqueue import WorkQueue

DEFAULT_PORT = 4200
WATCH_SECONDS = 1.0
WORKER_STOP_SECONDS = 8


@dataclass
class Service:
    """The parts of a running service."""

    settings: Settings
    announce: Callable[[str], None]
    jobs: list[Job]
    stopping: threading.Event = field(default_factory=threading.Event)
    server: Server | None = None
    worker: subprocess.Popen[bytes] | None = None

    def watch(self) -> None:
        """Start again whatever part dies, until told to stop."""
        while not self.stopping.wait(WATCH_SECONDS):
            if self.server is not None and not self.server.is_running:
                self.announce("the Prefect server died; starting it again")
                self.server.start()
            if self.worker is not None and self.worker.poll() is not None:
                self.announce("the worker died; starting it again")
                self.start_worker()

    def start_worker(self) -> None:
        """Start the process that takes up scheduled runs."""
        (pool,) = {job.work_pool for job in self.jobs}
        log_path = self.settings.home / "prefect" / "worker.log"
        self.worker = start_owned("deployments.worker_process", pool, log_path=log_path)

    def stop_worker(self) -> None:
        """End the worker and its flow runs, which give their items back."""
        if self.worker is not None:
            stop_owned(self.worker, WORKER_STOP_SECONDS)


def serve(settings: Settings, *, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Run the service until Ctrl-C or SIGTERM.

    Raises:
        ConfigError: a setting is wrong, or the server would be open to others without a password.
        AlreadyRunningError: a service runs for this home already.
        ServerError: the port is in use, or the server does not start.
        DatabaseError: the database cannot be used.
    """
    check_settings(settings)
    jobs = load_jobs(settings.scheduling)
    if host not in (LOOPBACK, "localhost") and settings.server.password is None:
        raise ConfigError(
            f"to listen on {host}, set a password: SHANTY_SERVER__PASSWORD (the user is 'shanty')"
        )
    service = Service(settings, announce, jobs)
    with only_service(settings.home), _signals_stop(service), ExitStack() as stack:
        database = open_database(settings.resolved_database_url)
        stack.callback(database.dispose)
        api = _enter_server(service, stack, host, port)
        _prepare(service, api, database)
        service.start_worker()
        stack.callback(service.stop_worker)
        announce(f"ready: {api.ui_url} shows what runs; Ctrl-C stops")
        service.watch()
        announce("stopping: what is under way is given back to the queue")


@contextmanager
def only_service(home: Path) -> Iterator[None]:
    """Make sure that there is one service for this home; the lock dies with its process.

    Raises:
        AlreadyRunningError: there is another one.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            pid = lock.read().strip() or "?"
            raise AlreadyRunningError(f"Shanty is up already for {home} (process {pid})") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _enter_server(service: Service, stack: ExitStack, host: str, port: int) -> PrefectApi:
    settings = service.settings
    given = os.environ.get("PREFECT_API_URL")
    if given:
        if not is_healthy(given):
            raise ServerError(f"the Prefect server at {given} (PREFECT_API_URL) does not answer")
        service.announce(f"using the Prefect server at {given}")
        stack.enter_context(using_server(settings, given))
        return PrefectApi(given)
    if not is_free(host, port):
        raise ServerError(f"port {port} is in use; choose another with --port")
    service.announce("starting the Prefect server (20 s the first time, 6 s later)")
    server = service.server = Server(settings, host, port)
    stack.callback(server.stop)
    server.start()
    stack.enter_context(using_server(settings, server.api_url))
    return PrefectApi(server.api_url)


def _prepare(service: Service, api: PrefectApi, database: Database) -> None:
    """Register the jobs, and clear up after a service that was killed."""
    # Imported here: Prefect takes seconds, and reads its settings from the environment then.
    from datetime import timedelta

    from deployments.registration import register
    from flows.orphans import mark_crashed

    service.announce(f"registering {len(service.jobs)} jobs")
    register(service.jobs, service.settings)
    queue = WorkQueue(database, max_attempts=service.settings.queue.max_attempts)
    rescued = rescue(queue, Catalog(database), database)
    # With the server our own, nothing that it shows as begun can be alive without a lease.
    grace = timedelta(0) if service.server is not None else timedelta(minutes=2)
    crashed = mark_crashed(queue, grace=grace)
    missed = drop_missed_runs(api)
    if rescued or crashed:
        service.announce(f"took back {rescued} items of {crashed} runs that died")
    if missed:
        service.announce(f"{missed} runs were missed while Shanty was down")
    counts = queue.counts()
    if any(counts[stage]["pending"] for stage in Stage):
        service.announce("going on with the work that was left")
        run_job(api, find_job(api, "pipeline"), reason="work was left")


@contextmanager
def _signals_stop(service: Service) -> Iterator[None]:
    def stop(*_: object) -> None:
        if service.stopping.is_set():
            raise KeyboardInterrupt  # asked twice, perhaps during a slow start
        service.stopping.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
