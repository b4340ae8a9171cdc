"""Waiting for another process's server: says at once for whom, and does not wait for ever."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from deployments.occupant import find_occupant
from deployments.silence import Patience, Silence
from shanty.errors import ServerError

PATIENCE = Patience(idle_seconds=60.0, busy_seconds=300.0)
STOPPED_SECONDS = 2.0


class ServerWait:
    """The wait of one process for the server of another one."""

    def __init__(self, lock_path: Path, announce: Callable[[str], None]):
        self._lock_path = lock_path
        self._announce = announce
        self._silence = Silence(PATIENCE)
        self._stopped = Silence(Patience(STOPPED_SECONDS, STOPPED_SECONDS))
        self._is_announced = False

    def look(self, server_pid: int | None) -> None:
        """Look again at the process we wait for. ``server_pid`` is its server, once it has one.

        Raises:
            ServerError: waiting is of no use.
        """
        occupant = find_occupant(self._lock_path)
        self._silence.go_on(server_pid)
        if occupant is None:
            if server_pid is not None and self._silence.is_too_long:
                raise ServerError(
                    f"the Prefect server (process {server_pid}) does not answer, and nobody looks "
                    f"after it; `kill -KILL {server_pid}` ends it, the next run starts another one"
                )
            return
        if not self._is_announced:
            self._is_announced = True
            self._announce(f"waiting for the Prefect server of {occupant.describe()}")
        if server_pid is None and occupant.is_stopped:
            self._stopped.go_on()
        else:
            self._stopped.end()
        if self._stopped.is_too_long:
            raise ServerError(
                f"{occupant.describe()} is stopped, and has the Prefect server of this home; "
                f"{occupant.remedy}"
            )
        if self._silence.is_too_long:
            raise ServerError(
                f"{occupant.describe()} has the Prefect server of this home, which does not "
                f"answer; {occupant.remedy}"
            )
