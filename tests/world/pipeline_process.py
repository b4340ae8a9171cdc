"""One pipeline pass in a separate process, for tests that kill it.

``SHANTY_TEST_KILL`` says where it kills itself (kill -9, so that nothing can clean up):
``STAGE:MOMENT:NUMBER``, at the NUMBER-th item that reaches the moment. The moments:

- ``before``: the item is claimed, its stage has not begun
- ``inside``: a random moment after the stage has begun, at most ``INSIDE_SECONDS`` later
- ``uncommitted``: the stage has done its work, the queue does not know yet
- ``after``: the queue knows
- ``syncing``, ``moving``: in the middle of the stage's file work, at an fsync, or a rename or link

``SHANTY_TEST_HOST`` makes the process believe that it is on a machine of that name.
``SHANTY_TEST_MEET`` names a folder in which two processes wait for each other after claiming their
first items. ``SHANTY_TEST_LOG`` names a file that gets a line for each stage that was begun.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

from shanty.demo import ytdlp_plugin_dir

INSIDE_SECONDS = {"download": 0.5}
DEFAULT_INSIDE_SECONDS = 0.02


def kill() -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


class KillPoint:
    """Kills at the chosen moment of the chosen stage."""

    def __init__(self, text: str):
        self.stage, self.moment, number = text.split(":")
        self._left = int(number)
        self._lock = threading.Lock()
        self._in_stage = threading.local()

    def reached(self, stage: str, moment: str) -> bool:
        """Count the moment; returns whether it is the chosen one."""
        if (stage, moment) != (self.stage, self.moment):
            return False
        with self._lock:
            self._left -= 1
            return self._left == 0

    def watch_files(self) -> None:
        """Kill around the file operations of the stage, in the thread that runs it."""
        moments = {"syncing": ("fsync",), "moving": ("rename", "replace", "link", "unlink")}
        for name in moments.get(self.moment, ()):
            setattr(os, name, self._watched(getattr(os, name)))

    def _watched(self, operation: Any) -> Any:
        def watched(*args: Any, **kwargs: Any) -> Any:
            if getattr(self._in_stage, "name", None) != self.stage:
                return operation(*args, **kwargs)
            if random.random() < 0.5 and self.reached(self.stage, self.moment):
                kill()
            result = operation(*args, **kwargs)
            if self.reached(self.stage, self.moment):
                kill()
            return result

        return watched

    def run(self, stage: str, function: Any, *args: Any) -> Any:
        """Run a stage, and kill the process if the chosen moment comes."""
        if self.reached(stage, "before"):
            kill()
        if self.reached(stage, "inside"):
            seconds = INSIDE_SECONDS.get(stage, DEFAULT_INSIDE_SECONDS)
            threading.Timer(random.uniform(0, seconds), kill).start()
        self._in_stage.name = stage
        try:
            result = function(*args)
        finally:
            self._in_stage.name = None
        if self.reached(stage, "uncommitted"):
            kill()
        return result


def watch_stages(point: KillPoint | None, log_path: Path | None, meeting_dir: Path | None) -> None:
    """Put the kill point, the log and the meeting around every stage."""
    from tasks import stages as stage_tasks

    functions = stage_tasks.load_stages()
    execute = stage_tasks.execute

    def watched(stage: Any, function: Any) -> Any:
        def run(item: Any, services: Any) -> Any:
            if meeting_dir is not None:
                meet(meeting_dir)
            if log_path is not None:
                with log_path.open("a") as log:
                    log.write(f"{item.id} {stage} {item.attempt}\n")
            if point is None:
                return function(item, services)
            return point.run(stage.value, function, item, services)

        return run

    def execute_and_maybe_die(item: Any, *args: Any) -> Any:
        outcome = execute(item, *args)
        if point is not None and point.reached(item.stage.value, "after"):
            kill()
        return outcome

    wrapped = {stage: watched(stage, function) for stage, function in functions.items()}
    stage_tasks.load_stages = lambda: wrapped
    stage_tasks.execute = execute_and_maybe_die


def meet(folder: Path, number: int = 2) -> None:
    """Wait until all processes have come here."""
    (folder / str(os.getpid())).touch()
    while len(list(folder.iterdir())) < number:
        time.sleep(0.01)


def run_once() -> None:
    """Run the pipeline once, with the settings in the environment."""
    sys.path.insert(0, str(ytdlp_plugin_dir()))
    if host := os.environ.get("SHANTY_TEST_HOST"):
        socket.gethostname = lambda: host
    text = os.environ.get("SHANTY_TEST_KILL")
    log = os.environ.get("SHANTY_TEST_LOG")
    meeting = os.environ.get("SHANTY_TEST_MEET")
    point = KillPoint(text) if text else None
    watch_stages(point, Path(log) if log else None, Path(meeting) if meeting else None)
    if point is not None:
        point.watch_files()

    from deployments.local import run_pipeline

    print(run_pipeline()["message"])
