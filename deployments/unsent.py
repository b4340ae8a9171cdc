"""What Prefect's clients in this process have queued for the server and not sent yet.

Prefect's own threads send events and log lines. For every single one they may wait for the server
for minutes, even when the interpreter ends. The truth is in our own database, so if the server is
gone, the unsent rest is dropped.
"""

from __future__ import annotations

import logging
import math
import queue
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from typing import Any

STUCK_SECONDS = 20.0
_LOOK_SECONDS = 0.2


def quieten_senders() -> None:
    """Keep Prefect's senders from printing: they would print whatever they cannot send."""
    logging.getLogger("prefect._internal").setLevel(logging.CRITICAL)
    logging.raiseExceptions = False  # Prefect's log sender writes to stderr itself if it is set


def settle_unsent(is_lost: Callable[[], bool], within: float = math.inf) -> bool:
    """Wait until the server has all that is queued for it; returns whether it has.

    The rest is dropped if ``is_lost`` says that the server is gone, if nothing was sent for 20
    seconds, if ``within`` seconds have passed, or if the wait is interrupted. The end of the
    process then does not wait for it.
    """
    from prefect._internal.concurrency.services import _QueueServiceBase

    senders: list[Any] = list(_QueueServiceBase._instances.values())  # type: ignore[misc]
    tasks = [sender._task for sender in senders]  # read first: a sender told to end forgets it
    unfinished: set[Future[bool]] = {sender._drain(at_exit=True) for sender in senders}
    left, moved_at = _count(senders), time.monotonic()
    ends_at = moved_at + within
    try:
        while unfinished:
            _, unfinished = wait(unfinished, _LOOK_SECONDS)
            now = time.monotonic()
            if (now_left := _count(senders)) != left:
                left, moved_at = now_left, now
            if is_lost() or now > ends_at or now - moved_at > STUCK_SECONDS:
                break
    finally:
        if unfinished:
            for sender, task in zip(senders, tasks, strict=True):
                _abandon(sender, task)
    return not unfinished


def drop_unsent() -> None:
    """Drop what Prefect's clients have not sent, if this process has any."""
    if "prefect" in sys.modules:
        quieten_senders()
        settle_unsent(lambda: True)


def _count(senders: list[Any]) -> int:
    return sum(sender._queue.qsize() for sender in senders)


def _abandon(sender: Any, task: Any) -> None:
    """Empty the queue of a sender, and end every wait for it."""
    with suppress(queue.Empty):
        while True:
            sender._queue.get_nowait()
    with suppress(RuntimeError):  # its event loop has ended already
        sender._loop.call_soon_threadsafe(sender._done_event.set)
        if task is not None:
            sender._loop.call_soon_threadsafe(task.cancel)
