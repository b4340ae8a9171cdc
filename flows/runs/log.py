"""Where the events of a flow run go: the run's log in the Prefect UI, and the file in our home."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from prefect.context import TaskRunContext
from prefect.logging.handlers import APILogHandler

from shanty.config.settings import Settings
from shanty.diagnosis.event_log import (
    SecretFreeFormatter,
    add_handler,
    secrets_of,
    stop_writing,
    write_events_to_file,
)


@contextmanager
def logging_events(settings: Settings, flow_run_id: str) -> Iterator[None]:
    """Log the events of our own packages for the length of the block."""
    to_file = write_events_to_file(settings)
    to_server = APILogHandler()
    to_server.addFilter(_OfRun(flow_run_id))
    add_handler(to_server, SecretFreeFormatter("%(message)s", secrets_of(settings)))
    engine = logging.getLogger("prefect.task_runs")
    engine.addFilter(_is_news)
    try:
        yield
    finally:
        engine.removeFilter(_is_news)
        stop_writing(to_server)
        stop_writing(to_file)


_ENDS = ("Finished in state", "Task run failed with state")


def _is_news(record: logging.LogRecord) -> bool:
    """Drop Prefect's line on how a task run ended: our own line says that, and names the track."""
    return not str(record.msg).startswith(_ENDS)


class _OfRun(logging.Filter):
    """Tells Prefect's handler the run: our own threads have no context in which it could look."""

    def __init__(self, flow_run_id: str):
        super().__init__()
        self._flow_run_id = flow_run_id

    def filter(self, record: logging.LogRecord) -> bool:
        record.flow_run_id = self._flow_run_id
        context = TaskRunContext.get()
        record.task_run_id = None if context is None else context.task_run.id
        return True
