"""One pipeline pass in this process, for ``shanty run`` and ``shanty demo``."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

DRAIN_SECONDS = 10


def run_pipeline(limit: int | None = None) -> dict[str, Any]:
    """Run the pipeline flow now, against the Prefect server in the environment.

    Returns what the run achieved: ``message``, the counts behind it, ``began_at`` and
    ``ended_at``. Ctrl-C and SIGTERM end it and give the work under way back.

    Raises:
        ShantyError: as the flow raised it.
    """
    # Imported here: Prefect takes seconds, and reads its settings from the environment then.
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    from flows.pipeline import pipeline

    try:
        with _interrupted_by_sigterm():
            state = pipeline(limit=limit, return_state=True)
            result: dict[str, Any] = state.result()
        return {"message": state.message, **result, "ended_at": state.timestamp}
    finally:
        # The server may be ours and about to be stopped: it must have heard everything first.
        # It may also be gone already: then nobody is to wait for it.
        APILogWorker.drain_all(timeout=DRAIN_SECONDS)
        EventsWorker.drain_all(timeout=DRAIN_SECONDS)


@contextmanager
def _interrupted_by_sigterm() -> Iterator[None]:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
