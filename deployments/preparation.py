"""What the service does with Prefect once, at its start: ``python -m deployments.preparation``.

Registers the jobs, and marks as crashed what Prefect shows as running and nobody works on. It is a
process of its own because whoever imports Prefect stays 50 MB larger for as long as it runs, and
the service runs for months. Nothing in the service imports Prefect.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

from deployments.processes import kill_owned, last_line, start_owned
from shanty.errors import ServerError

_MODULE = "deployments.preparation"
_LOOK_SECONDS = 0.2


def prepare(home: Path, grace: timedelta, stopping: threading.Event) -> int:
    """Prepare the server of the environment in a process; returns how many runs had died.

    A run may be without a lease for as long as ``grace``. If the service is stopping, nothing more
    is done.

    Raises:
        ServerError: the jobs could not be registered; the message has the process's last line.
    """
    log_path = home / "prefect" / "preparation.log"
    log_path.unlink(missing_ok=True)
    seconds = str(grace.total_seconds())
    process = start_owned(_MODULE, seconds, log_path=log_path, stdout=subprocess.PIPE)
    while process.poll() is None:
        if stopping.wait(_LOOK_SECONDS):
            kill_owned(process)
            return 0
    assert process.stdin is not None and process.stdout is not None, "both are pipes"
    with process.stdin, process.stdout:
        said = process.stdout.read().split()
    if process.returncode or not said:
        raise ServerError(f"the jobs could not be registered: {last_line(log_path)}")
    return int(said[-1])


def main() -> None:
    """Prepare the server; print how many runs had died. The argument is the grace in seconds."""
    threading.Thread(target=_end_with_owner, daemon=True).start()

    from deployments.registration import register
    from deployments.timetable import load_jobs
    from flows.runs.orphans import mark_crashed
    from shanty.config.settings import load_settings
    from shanty.db import open_database
    from shanty.workqueue import WorkQueue

    settings = load_settings()
    register(load_jobs(settings.scheduling), settings)
    database = open_database(settings.resolved_database_url)
    queue = WorkQueue(database, max_attempts=settings.queue.max_attempts)
    marked = mark_crashed(queue, grace=timedelta(seconds=float(sys.argv[1])))
    sys.stdout.write(f"{marked}\n")


def _end_with_owner() -> None:
    os.read(0, 1)  # nobody ever writes: this returns when the other end is gone
    os._exit(1)


if __name__ == "__main__":
    main()
