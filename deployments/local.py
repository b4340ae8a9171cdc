"""One pipeline pass in this process, for ``shanty run`` and ``shanty demo``."""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any

from deployments.server_pulse import ServerPulse
from deployments.unsent import quieten_senders, settle_unsent
from shanty.errors import ServerError

if TYPE_CHECKING:
    from flows.supervision import Supervision

GIVE_BACK_SECONDS = 8.0
UNSENT_SECONDS = 3.0
"""How long a run that was asked to end waits until the server has received everything."""
SERVER_GONE = (
    "the Prefect server went away during the run; the work is done, "
    "only its pages do not show how the run ended"
)
_LOOK_SECONDS = 0.2


def run_pipeline(limit: int | None = None) -> dict[str, Any]:
    """Run the pipeline flow now, against the Prefect server in the environment.

    Returns what the run achieved: ``message``, the counts behind it, ``began_at`` and
    ``ended_at``, and in ``notice`` what else a person should know, or None. Ctrl-C and SIGTERM end
    the run and give the work under way back. If the server goes away, the work goes on, and does
    not wait for the server at the end.

    Raises:
        ServerError: the server went away before the work had begun.
        ShantyError: the flow raised it.
    """
    # Imported here: Prefect takes seconds, and reads its settings from the environment then.
    from prefect.settings import PREFECT_API_URL

    from flows.readiness import let_heartbeats_end_alone
    from flows.supervision import Supervision

    let_heartbeats_end_alone()
    quieten_senders()
    supervision = Supervision()
    within = math.inf
    with ServerPulse(str(PREFECT_API_URL.value())) as pulse:
        try:
            with _interrupted_by_sigterm():
                engine = _Engine(limit, supervision)
                engine.follow(pulse)
                result = engine.result(pulse)
        except KeyboardInterrupt:
            within = UNSENT_SECONDS
            raise
        finally:
            # The server may be ours and about to be stopped: it must receive everything first.
            has_heard_all = settle_unsent(lambda: pulse.is_lost, within)
    if not has_heard_all:
        result["notice"] = SERVER_GONE
    return result


class _Engine:
    """Prefect's engine at work on the flow, in a thread of its own.

    The engine waits for its server before and after the flow, for minutes if need be. Thanks to the
    thread, nobody has to wait with it.
    """

    def __init__(self, limit: int | None, supervision: Supervision):
        self._limit = limit
        self._supervision = supervision
        self._state: Any = None
        self._error: BaseException | None = None
        # With the caller's context: Prefect keeps there which server is meant.
        run = partial(copy_context().run, self._run)
        self._thread = threading.Thread(target=run, name="pipeline run", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        from flows.pipeline import pipeline
        from flows.supervision import supervise

        supervise(self._supervision)
        try:
            self._state = pipeline(limit=self._limit, return_state=True)
        except BaseException as error:
            self._error = error

    def follow(self, pulse: ServerPulse) -> None:
        """Wait until the flow run has ended; if the server is gone, until its work has ended.

        Raises:
            KeyboardInterrupt: a person or the system ended it; the work has been given back.
        """
        at_work = self._supervision
        try:
            while self._thread.is_alive():
                self._thread.join(_LOOK_SECONDS)
                if pulse.is_lost and (at_work.left.is_set() or not at_work.begun.is_set()):
                    return
        except KeyboardInterrupt:
            at_work.stop.set()
            if at_work.begun.is_set():
                at_work.left.wait(GIVE_BACK_SECONDS)
            raise

    def result(self, pulse: ServerPulse) -> dict[str, Any]:
        """What the run achieved.

        Raises:
            ServerError: the server went away before the work had begun.
            ShantyError: the flow raised it.
        """
        from shanty.clock import utc_now

        if self._state is not None:
            achieved: dict[str, Any] = self._state.result()
            ended_at = self._state.timestamp
            return {
                "message": self._state.message,
                **achieved,
                "ended_at": ended_at,
                "notice": None,
            }
        state, error = self._supervision.state, self._supervision.error or self._error
        if state is not None:
            achieved = state.result()
            return {
                "message": state.message,
                **achieved,
                "ended_at": utc_now(),
                "notice": SERVER_GONE,
            }
        self._supervision.stop.set()  # in case the engine reaches its server after all
        if error is not None and not pulse.silent_seconds:
            raise error
        raise ServerError(
            "the Prefect server went away before the work had begun; run it again"
        ) from error


@contextmanager
def _interrupted_by_sigterm() -> Iterator[None]:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
