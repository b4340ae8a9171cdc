"""A process that is ready to become a flow run.

Started as ``python -m deployments.ready_process prefect.engine``, it imports what a run needs
before anybody knows which run it will be. Then it reads one line from its standard input, which
names the run, and becomes that run. If its starter is gone, or wants no run any longer, the input
closes, and the process ends. The word in its command line is how the caretaker knows a flow run.
"""

from __future__ import annotations

import json
import os
import runpy
import sys

ENGINE = "prefect.engine"


def main() -> None:
    """Get ready, and run what the line says: its environment and its folder."""
    from flows.readiness import get_ready, let_heartbeats_end_alone
    from shanty.config.settings import load_settings

    get_ready(load_settings().home)
    let_heartbeats_end_alone()
    line = sys.stdin.readline()
    if not line:
        return
    told = json.loads(line)
    os.environ.clear()
    os.environ.update(told["environment"])
    os.chdir(told["folder"])
    del sys.argv[1:]  # else the engine would take the word for its run
    sys.modules.pop(ENGINE, None)  # imported with Prefect; it is the program now
    runpy.run_module(ENGINE, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
