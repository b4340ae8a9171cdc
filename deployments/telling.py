"""Tells people how things stand, and media servers what has changed, while the service runs.

It never holds up anything else.

Owns what there is to tell of jobs, which only the Prefect server knows.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from flows.server.api import PrefectApi
from flows.server.jobs import JobView, list_jobs
from shanty.clock import describe_span, utc_now
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.diagnosis.event_log import log_path
from shanty.diagnosis.event_tail import keep_printing
from shanty.diagnosis.notices.events import Event
from shanty.diagnosis.notices.notifier import Notifier
from shanty.errors import ConfigError, ServerError, ShantyError
from shanty.sources.media_servers import MediaServers
from shanty.workqueue import WorkQueue

logger = logging.getLogger(__name__)

LOOK_SECONDS = 30.0
LATE = timedelta(hours=1)
"""A run that has not begun for so long after its time is told of."""
_BAD_ENDS = ("Failed", "Crashed", "TimedOut")


def begin_telling(
    settings: Settings,
    database: Database,
    queue: WorkQueue,
    api: PrefectApi,
    announce: Callable[[str], None],
    stopping: threading.Event,
) -> None:
    """Begin to tell whoever wants to know, in threads of their own: any of them may hang.

    What becomes of tracks is announced: `docker logs` and `journalctl` show nothing else of it.
    """
    threads: dict[str, tuple[Callable[..., None], tuple[object, ...]]] = {
        "event tail": (keep_printing, (log_path(settings.home), announce, stopping)),
        "notices": (keep_telling, (settings, database, queue, api, stopping)),
        "media servers": (keep_telling_media_servers, (settings, database, stopping)),
    }
    for name, (action, given) in threads.items():
        threading.Thread(target=action, args=given, name=name, daemon=True).start()


def keep_telling(
    settings: Settings,
    database: Database,
    queue: WorkQueue,
    api: PrefectApi,
    stopping: threading.Event,
) -> None:
    """Look and tell until ``stopping``, in a thread of its own: a channel may hang for a while."""
    notifier = Notifier(settings, database, queue)
    while notifier.is_in_use and not stopping.wait(LOOK_SECONDS):
        try:
            notifier.look(_events_of_jobs(api))
        except ShantyError as error:
            logger.warning("nobody could be told how things stand: %s", error)
        except Exception:
            # People are told of the rest next time, whatever was wrong with this.
            logger.exception("while telling people how things stand")


def keep_telling_media_servers(
    settings: Settings, database: Database, stopping: threading.Event
) -> None:
    """Tell media servers what has changed until ``stopping``, in a thread of its own."""
    try:
        servers = MediaServers(settings, database)
    except ConfigError as error:
        logger.warning("%s", error)
        return
    while servers.is_in_use and not stopping.wait(LOOK_SECONDS):
        try:
            servers.look()
        except Exception:
            # They are told next time, whatever was wrong now.
            logger.exception("while telling media servers what has changed")


def _events_of_jobs(api: PrefectApi) -> list[Event] | None:
    try:
        return list(find_job_events(list_jobs(api), utc_now()))
    except ServerError:
        return None


def find_job_events(jobs: Iterable[JobView], now: datetime) -> Iterator[Event]:
    """What there is to tell of jobs: whose last run has failed, and which do not run in time."""
    for job in jobs:
        if job.is_stopped:
            continue
        if job.last_run is not None and job.last_run.state in _BAD_ENDS:
            yield Event("job failed", job.name, f"{job.name}: {job.last_run.message}")
        due = job.next_run or job.due
        if job.status != "running" and due is not None and now - due >= LATE:
            late = describe_span((now - due).total_seconds())
            yield Event("job late", job.name, f"{job.name} should have run {late} ago")
