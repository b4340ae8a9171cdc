"""Whether a Prefect server answers, asked again and again in a thread of its own.

A server is alive if it answers, not if its process exists: a stopped server, or one whose event
loop waits for a lock, exists for ever.
"""

from __future__ import annotations

import os
import threading
from types import TracebackType
from typing import Self

import requests

from deployments.silence import Patience, Silence
from flows.server.api import open_session
from shanty.providers.http_bounds import Bounds

PATIENCE = Patience(idle_seconds=45.0, busy_seconds=120.0)
LOST_SECONDS = 6.0
"""After this long without an answer, the end of a run no longer waits for the server."""
_LOOK_SECONDS = 2.0
_BOUNDS = Bounds(total_seconds=5.0, answer_seconds=5.0, stall_seconds=5.0)


class ServerPulse:
    """Asks one server again and again while the ``with`` block lasts.

    ``pid`` is the server's process, if it runs on this machine. Call :meth:`begin_anew` if another
    process takes its place. ``look_seconds`` is how long the server is left alone between two
    questions.
    """

    def __init__(
        self, api_url: str, pid: int | None = None, *, look_seconds: float = _LOOK_SECONDS
    ):
        self._address = f"{api_url.rstrip('/')}/ready"
        self._session = open_session(api_url, bounds=_BOUNDS)
        if auth := os.environ.get("PREFECT_API_AUTH_STRING"):
            user, _, password = auth.partition(":")
            self._session.auth = (user, password)
        self._look_seconds = look_seconds
        self._pid = pid
        self._silence = Silence(PATIENCE)
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._feel, name="server pulse", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()

    @property
    def silent_seconds(self) -> float:
        """How long the server has not answered; 0 if the last request was answered."""
        with self._lock:
            return self._silence.seconds

    @property
    def is_lost(self) -> bool:
        """Whether the end of a run need not wait for the server."""
        return self.silent_seconds >= LOST_SECONDS

    @property
    def is_hung(self) -> bool:
        """Whether the server has been silent for longer than a busy one ever is."""
        with self._lock:
            return self._silence.is_too_long

    def begin_anew(self, pid: int | None) -> None:
        """Forget the silence, because the server is another process now."""
        with self._lock:
            self._pid = pid
            self._silence.end()

    def _feel(self) -> None:
        while not self._ended.wait(self._look_seconds):
            does_answer = self._ask()
            with self._lock:
                if does_answer:
                    self._silence.end()
                else:
                    self._silence.go_on(self._pid)

    def _ask(self) -> bool:
        try:
            return self._session.get(self._address).ok
        except requests.RequestException:
            return False
