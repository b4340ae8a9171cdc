"""Programs that hang, and the processes below them."""

from __future__ import annotations

from pathlib import Path

import psutil

REPORT = "frame=1\nout_time_us=5000000\nout_time=00:00:05\nspeed=0x\nprogress=continue\n"
STUCK = {
    "it has stopped": "kill -STOP $$",
    "it waits for its child": "sleep 300 & wait",
    "it waits for its child, which has stopped": "(kill -STOP $BASHPID; sleep 300) & wait",
    "it turns in a circle": "while :; do :; done",
    # "read" waits without starting a process, which would count as progress.
    "it reports that it has not got on": f"while :; do printf '{REPORT}'; read -t 0.1 <&3; done",
    "it complains": "while :; do echo no >&2; read -t 0.1 <&3; done",
    "it has closed all that it had": "exec >&- 2>&- <&-; sleep 300",
}


def below(pid: int) -> list[psutil.Process]:
    """The live processes of a group. A zombie counts as dead."""
    own = [one for one in psutil.process_iter() if pid in (one.pid, _group(one))]
    return [one for one in own if one.status() != psutil.STATUS_ZOMBIE]


def _group(process: psutil.Process) -> int:
    try:
        return int(Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[2])
    except OSError:
        return 0
