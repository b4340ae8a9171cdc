"""Processes that begin with everything imported: each is forked from one that has only imported.

Tests that kill process after process would otherwise spend most of their time importing Prefect.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.world.forked_imports"])


class ForkedProcess:
    """A running process, as much like ``subprocess.Popen`` as the tests need."""

    def __init__(self, process: ForkServerProcess, output_path: Path):
        self._process = process
        self._output_path = output_path

    @property
    def returncode(self) -> int | None:
        """None while it runs, negative for the signal that ended it."""
        return self._process.exitcode

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def kill(self) -> None:
        self._process.kill()

    def wait(self, timeout: float) -> int:
        self._process.join(timeout)
        if self.returncode is None:
            os.kill(self.pid, signal.SIGUSR1)  # it writes down where its threads are
            self._process.join(1)
            self.kill()
            raise TimeoutError(f"still running after {timeout:g} s: {self.output}")
        return self.returncode

    @property
    def output(self) -> str:
        """What the process has written so far, errors too."""
        return self._output_path.read_text(errors="replace")


def start_forked(
    main: Callable[..., None],
    *arguments: str,
    environment: Mapping[str, str],
    output_path: Path,
) -> ForkedProcess:
    """Run a module's function in a process of its own, with exactly this environment."""
    process = _CONTEXT.Process(target=_run, args=(main, arguments, dict(environment), output_path))
    process.start()
    return ForkedProcess(process, output_path)


def _run(
    main: Callable[..., None],
    arguments: tuple[str, ...],
    environment: dict[str, str],
    output_path: Path,
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    with output_path.open("wb") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    sys.stdout = os.fdopen(1, "w", buffering=1)
    sys.stderr = os.fdopen(2, "w", buffering=1)
    faulthandler.register(signal.SIGUSR1, file=sys.stderr)
    from prefect.context import refresh_global_settings_context

    refresh_global_settings_context()
    main(*arguments)
