"""How often the embedded server looks for what hardly ever happens in a home.

Prefect's own pace is that of a server for hundreds of machines. Only what nobody waits for is
slowed: the scheduler keeps its pace, and what is asked for at once is done at once.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

_RARE = (
    "CANCELLATION_CLEANUP",
    "CLEANUP_RECONCILER",
    "FOREMAN",
    "PAUSE_EXPIRATIONS",
    "REPOSSESSOR",
)
PACE = {
    "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "30",
    **{f"PREFECT_SERVER_SERVICES_{service}_LOOP_SECONDS": "60" for service in _RARE},
}
"""Variables for the server's process: its services begin every 5 to 20 seconds without them."""
_TURN = timedelta(seconds=1)


def slow_down() -> None:
    """Let the server's own queue of tasks look for new ones, and for due ones, once a second.

    It does both four times a second by itself. A new task wakes it meanwhile. Call this before the
    server starts.
    """
    from docket import Worker
    from prefect.server.api import background_workers

    vars(background_workers)["Worker"] = partial(
        Worker, minimum_check_interval=_TURN, scheduling_resolution=_TURN
    )
