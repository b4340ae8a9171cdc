"""How often the embedded server looks for what hardly ever happens in a home, and how it records.

Prefect's own pace is that of a server for hundreds of machines. Only what nobody waits for is
slowed: the scheduler keeps its pace, and what is asked for at once is done at once. The states of
task runs are recorded together, up to a second later. By itself, the server commits each alone,
which a run with many tracks then waited for at its end.
"""

from __future__ import annotations

from datetime import timedelta

_RARE = (
    "CANCELLATION_CLEANUP",
    "CLEANUP_RECONCILER",
    "FOREMAN",
    "PAUSE_EXPIRATIONS",
    "REPOSSESSOR",
)
PACE = {
    "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "30",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "50",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",  # in whole seconds
    **{f"PREFECT_SERVER_SERVICES_{service}_LOOP_SECONDS": "60" for service in _RARE},
    # Automations that wait for something that does not come: by default, looked at every 5 s.
    "PREFECT_SERVER_EVENTS_PROACTIVE_GRANULARITY": "PT30S",
    # A job whose schedule was changed: all jobs are planned every minute anyway.
    "PREFECT_SERVER_SERVICES_SCHEDULER_RECENT_DEPLOYMENTS_LOOP_SECONDS": "15",
}
"""Variables for the server's process: most of its services begin every 5 to 20 s without them."""


_AUTOMATIONS = timedelta(seconds=30)
"""How often the server looks at what its automations keep: by default, every 5 s."""


def slow_down() -> None:
    """Let the server's own queue of tasks sleep until there is one. Call this before it starts."""
    from prefect.server.api import background_workers
    from prefect.server.events import triggers

    from deployments.calm_docket import CalmWorker, begin_later

    used = vars(background_workers)  # the names by which the server's start knows what it uses
    used["Worker"] = CalmWorker
    begin = "register_and_schedule_perpetual_services"
    used[begin] = begin_later(used[begin])
    look = triggers.evaluate_periodically
    vars(triggers)["evaluate_periodically"] = lambda _: look(_AUTOMATIONS)
