"""Many clients of a Prefect server at once: they make, change and look up runs."""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter

import requests


class Burst:
    """A number of clients that work for a number of seconds; ``answers`` counts the answers."""

    def __init__(self, api_url: str, auth: tuple[str, str], clients: int, seconds: float):
        self._url = api_url
        self._auth = auth
        self._ends_at = time.monotonic() + seconds
        self._lock = threading.Lock()
        self.answers: Counter[str] = Counter()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(clients)]
        for thread in self._threads:
            thread.start()

    def wait(self) -> None:
        """Wait until the last client has ended."""
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            session.auth = self._auth
            flow_id = self._ask(session, "/flows/", name=f"load-{uuid.uuid4().hex[:2]}")
            while time.monotonic() < self._ends_at:
                run_id = self._ask(
                    session,
                    "/flow_runs/",
                    flow_id=flow_id,
                    state={"type": "PENDING"},
                )
                for state in ("RUNNING", "COMPLETED"):
                    self._ask(session, f"/flow_runs/{run_id}/set_state", state={"type": state})
                self._ask(session, "/logs/", [_line(run_id) for _ in range(20)])
                self._ask(session, "/flow_runs/filter", sort="START_TIME_DESC", limit=50)
                self._ask(session, "/flow_runs/history", **_hour())

    def _ask(
        self, session: requests.Session, path: str, items: object = None, **body: object
    ) -> str:
        """Make one request; returns the id in the answer, if there is one."""
        try:
            answer = session.post(f"{self._url}{path}", json=items or body, timeout=60)
            told = str(answer.status_code)
            content = answer.json() if answer.ok and answer.content else {}
        except (requests.RequestException, ValueError) as error:
            told, content = type(error).__name__, {}
        with self._lock:
            self.answers[told] += 1
        return str(content.get("id", uuid.uuid4())) if isinstance(content, dict) else ""


def _line(run_id: str) -> dict[str, object]:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {
        "name": "load",
        "level": 20,
        "message": "a line of the log of a run",
        "timestamp": now,
        "flow_run_id": run_id,
    }


def _hour() -> dict[str, object]:
    now = time.time()
    begin, end = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)) for at in (now - 3600, now))
    return {"history_start": begin, "history_end": end, "history_interval_seconds": 60}
