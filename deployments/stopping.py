"""How what runs until Ctrl-C or SIGTERM is told to stop: once with care, a second time at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def signals_stop(stopping: threading.Event, send_kill: Callable[[], None]) -> Iterator[None]:
    """Let the first signal set ``stopping``; a second one calls ``send_kill``, which may not wait.

    Whatever a kill leaves behind, the next start rescues.
    """

    def stop(*_: object) -> None:
        if stopping.is_set():
            send_kill()
        stopping.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
