"""``shanty up``: server, jobs and worker as one service that watches over itself.

Owns the order in which things start and stop, and what is done about what the last service left
behind when it was killed. One service runs for one home at a time.
"""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from deployments.entrance import invite
from deployments.jobs import drop_missed_runs, find_job, has_started, run_job
from deployments.own_place import own_place
from deployments.processes import bound_log, start_owned, stop_owned
from deployments.server import Server, check_named_server, is_free, using_server
from deployments.timetable import Job, load_jobs
from flows.api import PrefectApi
from flows.dashboard import Dashboard
from flows.jobs import LEFT_OVER, OFF
from shanty.catalog import Catalog, utc_now
from shanty.config import Settings
from shanty.db import Database, open_database
from shanty.disks import describe_refusal
from shanty.errors import AlreadyRunningError, ConfigError, ServerError, ShantyError
from shanty.event_log import stop_writing, write_events_to_file
from shanty.models import Stage
from shanty.private_files import open_private
from shanty.providers.http_session import is_loopback
from shanty.schedules import Cron, name_zone
from shanty.services import check_settings
from shanty.upkeep import rescue
from shanty.workqueue import WorkQueue

logger = logging.getLogger(__name__)

PIPELINE = "pipeline"
WATCH_SECONDS = 1.0
SHOW_JOBS_SECONDS = 10.0
TROUBLE_SECONDS = 5.0
LOOK_FOR_WORK_SECONDS = 5.0
CLOCK_TOLERANCE_SECONDS = 60.0
WORKER_STOP_SECONDS = 8


@dataclass
class Service:
    """The parts of a running service."""

    settings: Settings
    tell: Callable[[str], None]
    jobs: list[Job]
    stopping: threading.Event = field(default_factory=threading.Event)
    server: Server | None = None
    worker: subprocess.Popen[bytes] | None = None

    @property
    def worker_log_path(self) -> Path:
        """What the worker and its flow runs print."""
        return self.settings.home / "prefect" / "worker.log"

    def watch(self, api: PrefectApi, queue: WorkQueue, database: Database) -> None:
        """Keep the parts alive, the schedules right and the dashboard true, until told to stop."""
        dashboard = Dashboard(api, queue, database, self.settings.stages)
        clock = WallClock()
        next_jobs_at = next_look_at = 0.0
        while not self.stopping.wait(WATCH_SECONDS):
            try:
                self._revive()
                self._follow_clock(clock.jumped_seconds(), api, queue)
                dashboard.refresh()
                if time.monotonic() >= next_look_at:
                    next_look_at = time.monotonic() + LOOK_FOR_WORK_SECONDS
                    self._take_up_what_is_due(api, queue)
                if time.monotonic() >= next_jobs_at:
                    next_jobs_at = time.monotonic() + SHOW_JOBS_SECONDS
                    dashboard.show_jobs()
                    self._bound_logs()
            except Exception as error:
                # Whatever it is, it may be over a moment later; ending would help nobody.
                self.tell(f"trouble: {error}")
                if not isinstance(error, ShantyError):
                    logger.exception("while watching over the service")
                self.stopping.wait(TROUBLE_SECONDS)

    def start_worker(self) -> None:
        """Start the process that takes up scheduled runs."""
        (pool,) = {job.work_pool for job in self.jobs}
        self.worker = start_owned("deployments.worker_process", pool, log_path=self.worker_log_path)

    def stop_worker(self) -> None:
        """End the worker and its flow runs, which give their items back."""
        if self.worker is not None:
            stop_owned(self.worker, WORKER_STOP_SECONDS)

    def _revive(self) -> None:
        if self.server is not None and not self.server.is_running:
            self.tell("the Prefect server died; starting it again")
            self.server.start()
        if self.worker is not None and self.worker.poll() is not None:
            self.tell("the worker died; starting it again")
            self.start_worker()

    def _follow_clock(self, jumped_seconds: float, api: PrefectApi, queue: WorkQueue) -> None:
        """After a clock was set, or the machine slept: neither silence nor a storm of runs."""
        if jumped_seconds < -CLOCK_TOLERANCE_SECONDS:
            self.tell(f"the clock was set back by {-jumped_seconds:.0f} s; schedules begin anew")
            queue.follow_clock_back(timedelta(seconds=-jumped_seconds))
            # The server's own services wait for a time that is now far off, and Prefect plans no
            # time twice: jobs would be silent until the old time is reached.
            from deployments.registration import renew_schedules

            if self.server is not None:
                self.server.stop()
                self.server.start()
            renew_schedules(self.jobs)
        elif jumped_seconds > CLOCK_TOLERANCE_SECONDS:
            missed = drop_missed_runs(api)
            self.tell(f"{jumped_seconds:.0f} s passed unseen; {missed} missed runs are dropped")

    def _take_up_what_is_due(self, api: PrefectApi, queue: WorkQueue) -> None:
        """Run the pipeline when work has fallen due that the last run had to leave waiting."""
        quiet_hours = self.settings.download.quiet_hours
        is_quiet = quiet_hours is not None and quiet_hours.until(utc_now()) is not None
        due_at = queue.next_due_at(but=[Stage.DOWNLOAD] if is_quiet else ())
        if due_at is None or due_at > utc_now():
            return
        if any(worker.job == PIPELINE for worker in queue.live_workers()):
            return
        job = find_job(api, PIPELINE)
        if job.status not in ("paused", "running", OFF) and not has_started(api, job):
            self.tell("work has fallen due")
            run_job(api, job, reason=LEFT_OVER)

    def _bound_logs(self) -> None:
        bound_log(self.worker_log_path)
        if self.server is not None:
            bound_log(self.server.log_path)


class WallClock:
    """Notices that the wall clock went another way than time did."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def jumped_seconds(self) -> float:
        """How far the clock was set since the last call: forward, or backward if negative."""
        before, self._offset = self._offset, time.time() - time.monotonic()
        return self._offset - before


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
    if any(isinstance(job.schedule, Cron) for job in jobs):
        name_zone()  # better told now than when the server is up
    if not is_loopback(host) and settings.server.password is None:
        raise ConfigError(
            f"to listen on {host}, set a password: SHANTY_SERVER__PASSWORD (the user is 'shanty')"
        )

    def tell(line: str) -> None:
        announce(line)
        logger.info("%s", line)

    service = Service(settings, tell, jobs)
    with only_service(settings.home), _signals_stop(service), ExitStack() as stack:
        stack.enter_context(own_place(settings.home))
        stack.callback(stop_writing, write_events_to_file(settings))
        database = open_database(settings.resolved_database_url)
        stack.callback(database.dispose)
        queue = WorkQueue(database, max_attempts=settings.queue.max_attempts)
        api = _enter_server(service, stack, host, port)
        if not service.stopping.is_set():
            _prepare(service, api, queue, database)
        if not service.stopping.is_set():
            service.start_worker()
            stack.callback(service.stop_worker)
            tell(f"ready: {api.ui_url} shows what runs; Ctrl-C stops")
            announce(invite(settings, api.url))  # printed, and not logged: it may let somebody in
        service.watch(api, queue, database)
        tell("stopping: what is under way is given back to the queue")


@contextmanager
def only_service(home: Path) -> Iterator[None]:
    """Make sure that there is one service for this home; the lock dies with its process.

    Raises:
        AlreadyRunningError: there is another one.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open_private(home / "up.lock", "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            pid = lock.read().strip() or "?"
            raise AlreadyRunningError(f"Shanty is up already for {home} (process {pid})") from None
        try:
            os.ftruncate(lock.fileno(), 0)
            os.write(lock.fileno(), str(os.getpid()).encode())
        except OSError as error:
            raise ConfigError(
                f"{home} cannot be written to: {describe_refusal(error, home)}"
            ) from None
        yield


def _enter_server(service: Service, stack: ExitStack, host: str, port: int) -> PrefectApi:
    settings = service.settings
    given = os.environ.get("PREFECT_API_URL")
    if given:
        check_named_server(given)
        service.tell(f"using the Prefect server at {given}")
        stack.enter_context(using_server(settings, given))
        return PrefectApi(given)
    if not is_free(host, port):
        raise ServerError(f"port {port} is in use; choose another with --port")
    service.tell("starting the Prefect server (20 s the first time, 6 s later)")
    server = service.server = Server(settings, host, port, should_stop=service.stopping.is_set)
    stack.callback(server.stop)
    server.start()
    stack.enter_context(using_server(settings, server.api_url))
    return PrefectApi(server.api_url)


def _prepare(service: Service, api: PrefectApi, queue: WorkQueue, database: Database) -> None:
    """Register the jobs, and clear up after a service that was killed."""
    # Imported here: Prefect takes seconds, and reads its settings from the environment then.
    from deployments.registration import register
    from flows.orphans import mark_crashed

    service.tell(f"registering {len(service.jobs)} jobs")
    register(service.jobs, service.settings)
    rescued = rescue(queue, Catalog(database), database)
    # With the server our own, nothing that it shows as begun can be alive without a lease.
    grace = timedelta(0) if service.server is not None else timedelta(minutes=2)
    crashed = mark_crashed(queue, grace=grace)
    missed = drop_missed_runs(api)
    if rescued or crashed:
        service.tell(f"took back {rescued} items of {crashed} runs that died")
    if missed:
        service.tell(f"{missed} runs were missed while Shanty was down")
    counts = queue.counts()
    if any(counts[stage]["pending"] for stage in Stage):
        service.tell("going on with the work that was left")
        run_job(api, find_job(api, PIPELINE), reason=LEFT_OVER)


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
