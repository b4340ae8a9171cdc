"""The process that takes up scheduled runs: ``python -m deployments.worker_process POOL``.

A Prefect process worker: each flow run is a process of its own below it. It ends, with all of
them, when its standard input ends, which it does when the process that started it is gone.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading

from deployments.processes import end_children

GIVE_BACK_SECONDS = 6


def main() -> None:
    """Work for the pool that is the only argument, until told to stop."""
    threading.Thread(target=_end_with_owner, daemon=True).start()
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)

    from deployments.worker import JobWorker

    worker = JobWorker(work_pool_name=sys.argv[1], name=socket.gethostname())
    asyncio.run(worker.start())


def _stop(*_: object) -> None:
    """Let the flow runs give their items back, and go; Prefect's own way waits for them to end."""
    end_children(GIVE_BACK_SECONDS)
    os._exit(0)


def _end_with_owner() -> None:
    os.read(0, 1)  # nobody ever writes: it returns when the other end is gone
    _stop()


if __name__ == "__main__":
    main()
