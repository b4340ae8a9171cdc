"""``shanty worker``: one of several machines that work for a Prefect server elsewhere.

Takes up the server's runs, and asks for one of its own while there is work that the others do not
take up. The jobs, their schedules and the pages are somebody else's.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from deployments.caretaker import Caretaker
from deployments.due_work import DueWork
from deployments.looking import keep_looking
from deployments.meant_for import name_machine
from deployments.own_place import own_place
from deployments.processes import bound_log
from deployments.server import check_named_server, using_server
from deployments.server_news import news_path
from deployments.server_pulse import ServerPulse
from deployments.service_lock import only_service
from deployments.service_manager import ServiceManager
from deployments.service_worker import WorkerProcess
from deployments.stopping import signals_stop
from deployments.telling import begin_telling
from deployments.timetable import load_jobs
from flows.server.api import PrefectApi
from shanty.config.settings import Settings
from shanty.db import open_database
from shanty.diagnosis.event_log import stop_writing, write_events_to_file
from shanty.errors import ServerError
from shanty.naming.settings_check import check_settings
from shanty.workqueue import WorkQueue

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
LEAVE_SECONDS = 1.0
PULSE_SECONDS = 5.0


@dataclass
class Machine:
    """The parts that run on one of several machines. ``error`` says why they cannot be started."""

    settings: Settings
    api: PrefectApi
    announce: Callable[[str], None]
    """Prints a line for a person."""
    tell: Callable[[str], None]
    """Prints a line and logs it."""
    manager: ServiceManager
    stopping: threading.Event = field(default_factory=threading.Event)
    error: BaseException | None = None

    def __post_init__(self) -> None:
        (pool,) = {job.work_pool for job in load_jobs({})}
        self.worker = WorkerProcess(self.settings.home, pool, self.stopping)

    def run(self) -> None:
        """Start the worker and watch over it until told to stop; never raises."""
        try:
            database = open_database(self.settings.resolved_database_url)
            with ExitStack() as stack:
                stack.callback(database.dispose)
                queue = WorkQueue(database, max_attempts=self.settings.queue.max_attempts)
                begin_telling(
                    self.settings, database, queue, self.api, self.announce, self.stopping
                )
                pulse = ServerPulse(self.api.url, look_seconds=PULSE_SECONDS)
                stack.enter_context(pulse)
                self.worker.start()
                caretaker = Caretaker(self.tell, queue, database, pulse, None, self.worker)
                self.tell(f"ready: working for {self.api.url}; Ctrl-C stops")
                self.manager.tell_ready()
                self._watch(caretaker)
        except BaseException as error:
            if not self.stopping.is_set():  # else the error is only that parts are being stopped
                self.error = error
        finally:
            self.stopping.set()

    def _watch(self, caretaker: Caretaker) -> None:
        """Keep the worker alive, and put it to work if work is left, until told to stop."""
        due_work = DueWork(
            self.settings,
            caretaker.database,
            caretaker.queue,
            self.tell,
            call_worker=self.worker.call,
            machine=name_machine(self.settings.home),
        )

        def look() -> None:
            caretaker.look()
            if caretaker.pulse.silent_seconds:
                return  # any request would only have to wait now
            due_work.look(self.api)
            if self.manager.is_sign_due and caretaker.is_all_well:
                self.manager.tell_alive()
            bound_log(self.worker.log_path)

        keep_looking(look, lambda: self.stopping.wait(LOOK_SECONDS), self.tell, self.stopping)


def work_for_server(settings: Settings, *, announce: Callable[[str], None]) -> None:
    """Work for the server of ``PREFECT_API_URL`` until Ctrl-C or SIGTERM.

    Raises:
        ConfigError: a setting is wrong.
        AlreadyRunningError: a service or a worker runs for this home already.
        ServerError: no server is named, or it does not answer.
        DatabaseError: the database cannot be used.
    """
    check_settings(settings)
    url = os.environ.get("PREFECT_API_URL")
    if not url:
        raise ServerError(
            "PREFECT_API_URL names no Prefect server to work for; `shanty up` brings its own"
        )
    check_named_server(url)
    manager = ServiceManager.take(os.environ)

    def tell(line: str) -> None:
        announce(line)
        logger.info("%s", line)
        manager.tell_status(line)

    with only_service(settings.home), ExitStack() as stack:
        stack.enter_context(own_place(settings.home))
        stack.callback(stop_writing, write_events_to_file(settings))
        stack.enter_context(using_server(settings, url))
        news_path(settings.home).unlink(missing_ok=True)  # that server tells us none
        machine = Machine(settings, PrefectApi(url), announce, tell, manager)
        stack.enter_context(signals_stop(machine.stopping, machine.worker.send_kill))
        thread = threading.Thread(target=machine.run, name="machine", daemon=True)
        thread.start()
        while not machine.stopping.wait(LOOK_SECONDS):
            continue
        manager.tell_stopping()
        if machine.error is None:
            tell("stopping: what is under way is given back to the queue")
        machine.worker.stop()
        thread.join(LEAVE_SECONDS)
        if machine.error is not None:
            raise machine.error
