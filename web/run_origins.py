"""Who has begun Prefect's runs: asked of the server in the background, and kept.

A page never waits for a server that is just being started again; it is told of the answer.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection

from flows.server.api import PrefectApi
from flows.server.run_origins import read_origins
from shanty.errors import ServerError

MOST_KEPT = 10_000
REST_SECONDS = 5.0
"""So long the server is left alone after it was asked."""


class RunOrigins:
    """What one process knows of runs. ``announce`` is called when more is known."""

    def __init__(self, connect: Callable[[], PrefectApi], announce: Callable[[], None]):
        self._connect = connect
        self._announce = announce
        self._known: dict[str, str] = {}
        self._lock = threading.Lock()
        self._asked_at = -REST_SECONDS
        self._is_asking = False

    def of(self, run_ids: Collection[str]) -> dict[str, str]:
        """What is known of these runs, empty if the server knows nothing; asks for the rest."""
        unknown = [run_id for run_id in run_ids if run_id not in self._known]
        with self._lock:
            is_rested = time.monotonic() - self._asked_at >= REST_SECONDS
            if unknown and is_rested and not self._is_asking:
                self._is_asking = True
                threading.Thread(
                    target=self._ask, args=(unknown,), name="runs of the page", daemon=True
                ).start()
        return {run_id: self._known[run_id] for run_id in run_ids if run_id in self._known}

    def _ask(self, run_ids: list[str]) -> None:
        found: dict[str, str] = {}
        try:
            found = dict.fromkeys(run_ids[:200], "")
            found |= read_origins(self._connect(), list(found))
        except ServerError:
            found = {}  # it is asked again when somebody looks again
        finally:
            with self._lock:
                if len(self._known) > MOST_KEPT:
                    self._known.clear()
                self._known |= found
                self._asked_at = time.monotonic()
                self._is_asking = False
        if any(found.values()):
            self._announce()
