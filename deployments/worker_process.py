"""Takes up scheduled runs: ``python -m deployments.worker_process POOL TURNS_PATH``.

This is a Prefect process worker: each flow run is a process of its own below it. When its starter
is gone, its standard input closes, and the worker ends with all its flow runs. With every turn of
its polling loop, it touches the file of the second argument.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from deployments.processes import end_children

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun

GIVE_BACK_SECONDS = 5


def main() -> None:
    """Work for the pool that is the first argument, until told to stop."""
    pool, turns_path = sys.argv[1], Path(sys.argv[2])
    threading.Thread(target=_end_with_owner, daemon=True).start()
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)

    from deployments.worker import JobWorker

    worker = JobWorker(work_pool_name=pool, name=socket.gethostname())
    take_turn = worker.get_and_submit_flow_runs

    async def get_and_submit_flow_runs() -> list[FlowRun]:
        with suppress(OSError):
            os.utime(turns_path)
        return await take_turn()

    vars(worker)["get_and_submit_flow_runs"] = get_and_submit_flow_runs
    asyncio.run(worker.start())


def _stop(*_: object) -> None:
    """End the flow runs, which give their items back, and exit. Prefect would let them finish."""
    end_children(GIVE_BACK_SECONDS)
    os._exit(0)


def _end_with_owner() -> None:
    os.read(0, 1)  # nobody ever writes: this returns when the other end is gone
    _stop()


if __name__ == "__main__":
    main()
