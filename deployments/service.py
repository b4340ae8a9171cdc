"""``shanty up``: server, jobs and worker as one service that watches over itself.

Owns the order in which the parts start and stop, and how the remains of a killed service are
cleared up. One service runs for one home at a time.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass, field
from datetime import timedelta

from deployments.caretaker import Caretaker
from deployments.control import drop_missed_runs
from deployments.database_news import DatabaseNews
from deployments.due_work import DueWork
from deployments.entrance import invite, require_password
from deployments.jobs_board import JobsBoard
from deployments.listening import is_free
from deployments.looking import keep_looking
from deployments.meant_for import name_machine
from deployments.occupant import find_occupant
from deployments.own_place import own_place
from deployments.preparation import prepare
from deployments.processes import bound_log, kill_tree
from deployments.server import (
    Server,
    check_named_server,
    known_server_pid,
    lock_path,
    using_server,
)
from deployments.server_news import news_path
from deployments.server_pulse import ServerPulse
from deployments.service_lock import only_service
from deployments.service_manager import ServiceManager
from deployments.service_worker import WorkerProcess
from deployments.stopping import signals_stop
from deployments.telling import begin_telling
from deployments.timetable import Job, load_jobs
from deployments.unsent import drop_unsent
from deployments.wall_clock import ClockKeeper
from flows.server.api import PrefectApi
from flows.server.schedules import Cron, name_zone
from shanty.catalog import Catalog
from shanty.config.settings import Settings
from shanty.db import Database, open_database
from shanty.diagnosis.event_log import stop_writing, write_events_to_file
from shanty.errors import ServerError, count_of
from shanty.naming.settings_check import check_settings
from shanty.tracks.rescue import rescue
from shanty.workqueue import WorkQueue

logger = logging.getLogger(__name__)

WATCH_SECONDS = 1.0
NEWS_SECONDS = 0.25
"""How soon a wish is noticed while nothing else is due."""
PULSE_SECONDS = 5.0
"""A hung server is noticed after 45 s of silence, so asking more often would gain nothing."""
PREDECESSOR_SECONDS = 10.0
LEAVE_SECONDS = 1.0


@dataclass
class Service:
    """The parts of a running service.

    :meth:`run` does everything that may wait for the server, in a thread of its own. So whoever
    stops the service waits for nothing but the end of processes.
    """

    settings: Settings
    announce: Callable[[str], None]
    """Prints a line for a person."""
    tell: Callable[[str], None]
    """Prints a line and logs it."""
    jobs: list[Job]
    host: str
    port: int
    manager: ServiceManager
    stopping: threading.Event = field(default_factory=threading.Event)
    server: Server | None = None
    error: BaseException | None = None

    def __post_init__(self) -> None:
        (pool,) = {job.work_pool for job in self.jobs}
        self.worker = WorkerProcess(self.settings.home, pool, self.stopping)

    def run(self, stack: ExitStack) -> None:
        """Start everything and watch over it until told to stop; never raises.

        ``error`` then says why the service could not be started.
        """
        try:
            database = open_database(self.settings.resolved_database_url)
            stack.callback(database.dispose)
            queue = WorkQueue(database, max_attempts=self.settings.queue.max_attempts)
            api = self._enter_server(stack)
            server_pid = None if self.server is None else self.server.pid
            if not self.stopping.is_set():
                self._prepare(api, queue, database)
            begin_telling(self.settings, database, queue, api, self.announce, self.stopping)
            with ServerPulse(api.url, server_pid, look_seconds=PULSE_SECONDS) as pulse:
                self.worker.start()
                caretaker = Caretaker(self.tell, queue, database, pulse, self.server, self.worker)
                if not self.stopping.is_set():
                    self.tell(f"ready: {api.ui_url} shows what runs; Ctrl-C stops")
                    self.manager.tell_ready()
                    # This line is printed but not logged, because its address may let people in.
                    self.announce(invite(self.settings, api.url))
                self._watch(api, caretaker)
        except BaseException as error:
            if not self.stopping.is_set():  # else the error is only that parts are being stopped
                self.error = error
        finally:
            self.stopping.set()

    def stop(self) -> None:
        """End the worker, whose flow runs give their items back, and then the server."""
        self.worker.stop()
        if self.server is not None:
            self.server.stop()

    def send_kill(self) -> None:
        """Kill everything without waiting, so that a signal handler may call this."""
        self.worker.send_kill()
        if self.server is not None and self.server.pid is not None:
            kill_tree(self.server.pid)

    def _watch(self, api: PrefectApi, caretaker: Caretaker) -> None:
        """Keep the parts alive, the schedules right and the dashboard true, until told to stop."""
        clock = ClockKeeper(self.tell, self.jobs, api, caretaker)
        with closing(DatabaseNews(caretaker.database)) as changes:
            due_work = DueWork(
                self.settings,
                caretaker.database,
                caretaker.queue,
                self.tell,
                call_worker=self.worker.call,
                version=changes.version,
                # A server that is not our own may have other machines, which take up runs too.
                machine=None if self.server is not None else name_machine(self.settings.home),
            )
            board = JobsBoard(self.settings, api, caretaker, due_work)

            def look() -> None:
                caretaker.look()
                clock.look()
                if caretaker.pulse.silent_seconds:
                    return  # any request would only have to wait now
                due_work.look(api)
                board.refresh()
                self._give_sign(caretaker)
                self._bound_logs()

            keep_looking(look, lambda: self._wait(due_work), self.tell, self.stopping)

    def _wait(self, due_work: DueWork) -> bool:
        """Wait for the next turn, which comes sooner if a wish does; whether we are to stop."""
        ends_at, was_still = time.monotonic() + WATCH_SECONDS, due_work.is_still
        while (left := ends_at - time.monotonic()) > 0 and was_still == due_work.is_still:
            if self.stopping.wait(min(left, NEWS_SECONDS)):
                return True
        return self.stopping.is_set()

    def _give_sign(self, caretaker: Caretaker) -> None:
        """Give systemd a sign of life if the server, the worker and the database are alive."""
        if self.manager.is_sign_due and caretaker.is_all_well:
            caretaker.queue.overview.counts()  # if the database does not answer, we end here
            self.manager.tell_alive()

    def _enter_server(self, stack: ExitStack) -> PrefectApi:
        given = os.environ.get("PREFECT_API_URL")
        if given:
            check_named_server(given)
            self.tell(f"using the Prefect server at {given}")
            stack.enter_context(using_server(self.settings, given))
            news_path(self.settings.home).unlink(missing_ok=True)  # that server tells us none
            return PrefectApi(given)
        self._wait_for_predecessor()
        if not is_free(self.host, self.port):
            raise ServerError(f"port {self.port} is in use; choose another with --port")
        self.tell("starting the Prefect server (6 s)")
        server = self.server = Server(
            self.settings, self.host, self.port, should_stop=self.stopping.is_set
        )
        server.start()
        stack.enter_context(using_server(self.settings, server.api_url))
        return PrefectApi(server.api_url)

    def _wait_for_predecessor(self) -> None:
        """Give the server of a killed service the moment that it takes to end."""
        home = self.settings.home
        deadline = time.monotonic() + PREDECESSOR_SECONDS
        while time.monotonic() < deadline and not self.stopping.is_set():
            if known_server_pid(home) is None or find_occupant(lock_path(home)) is not None:
                return
            self.stopping.wait(WATCH_SECONDS / 4)

    def _prepare(self, api: PrefectApi, queue: WorkQueue, database: Database) -> None:
        """Register the jobs, and clear up after a service that was killed."""
        self.tell(f"registering {count_of(len(self.jobs), 'job')}")
        rescued = rescue(queue, Catalog(database), database)
        # If the server is our own, no run that it shows as begun can be alive without a lease.
        grace = timedelta(0) if self.server is not None else timedelta(minutes=2)
        crashed = prepare(self.settings.home, grace, self.stopping)
        if self.stopping.is_set():
            return
        missed = drop_missed_runs(api)
        if rescued or crashed:
            self.tell(_describe_rescue(rescued, crashed))
        if missed:
            verb = "was" if missed == 1 else "were"
            self.tell(f"{count_of(missed, 'run')} {verb} missed while Shanty was down")

    def _bound_logs(self) -> None:
        bound_log(self.worker.log_path)
        if self.server is not None:
            bound_log(self.server.log_path)


def _describe_rescue(items: int, runs: int) -> str:
    """What was found of a service that was killed: ``2 earlier runs had died; …``."""
    died = f"{count_of(runs, 'earlier run')} had died"
    if not items:
        return f"{died}; nothing of it was left" if runs == 1 else f"{died}; nothing was left"
    return f"{died}; {count_of(items, 'item')} of their work taken up again"


def serve(
    settings: Settings,
    *,
    host: str,
    port: int,
    announce: Callable[[str], None],
    pages: AbstractContextManager[str] | None = None,
) -> None:
    """Run the service until Ctrl-C or SIGTERM.

    ``pages`` are served meanwhile: entered before anything else is started, so that they answer
    whatever the server does. What entering gives is told.

    Raises:
        ConfigError: a setting is wrong, or the server would be open to others without a password.
        AlreadyRunningError: a service runs for this home already.
        ServerError: the port is in use, or the server does not start.
        DatabaseError: the database cannot be used.
    """
    check_settings(settings)
    require_password(settings, host)
    jobs = load_jobs(settings.scheduling)
    if any(isinstance(job.schedule, Cron) for job in jobs):
        name_zone()  # its error is better raised now than when the server is up

    manager = ServiceManager.take(os.environ)

    def tell(line: str) -> None:
        announce(line)
        logger.info("%s", line)
        manager.tell_status(line)

    service = Service(settings, announce, tell, jobs, host, port, manager)
    with only_service(settings.home), ExitStack() as stack:
        stack.enter_context(signals_stop(service.stopping, service.send_kill))
        stack.enter_context(own_place(settings.home))
        stack.callback(stop_writing, write_events_to_file(settings))
        if pages is not None:
            tell(stack.enter_context(pages))
        thread = threading.Thread(target=service.run, args=(stack,), name="service", daemon=True)
        thread.start()
        while not service.stopping.wait(WATCH_SECONDS):
            continue
        manager.tell_stopping()
        thread.join(LEAVE_SECONDS)  # not for long: it may wait for a silent server
        if service.error is None:
            tell("stopping: what is under way is given back to the queue")
        drop_unsent()
        service.stop()
        if service.error is not None:
            raise service.error
