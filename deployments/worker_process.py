"""Takes up scheduled runs: ``python -m deployments.worker_process POOL TURNS_PATH``.

A Prefect process worker: each flow run is a process of its own below it. It ends, with all of
them, when its standard input ends, which it does when the process that started it is gone. With
every turn of its polling loop it touches the file of the second argument.
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
    """Let the flow runs give their items back, and go; Prefect's own way waits for them to end."""
    end_children(GIVE_BACK_SECONDS)
    os._exit(0)


def _end_with_owner() -> None:
    os.read(0, 1)  # nobody ever writes: it returns when the other end is gone
    _stop()


if __name__ == "__main__":
    main()
