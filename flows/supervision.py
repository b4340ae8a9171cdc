"""The direct line between a flow run and whoever started it in this process.

Prefect's engine asks its server before a flow begins and after it has ended, and waits for the
answer. If the server is gone, whoever started the run could not learn through the engine that the
work is done, and could not stop it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from prefect.client.schemas.objects import State


@dataclass
class Supervision:
    """One run, as seen by both sides.

    ``stop`` asks the run to end. ``begun`` says that its work has begun, ``left`` that everything
    it held is given back. ``state`` is how the work ended, ``error`` is why it failed.
    """

    stop: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    left: threading.Event = field(default_factory=threading.Event)
    state: State[Any] | None = None
    error: BaseException | None = None

    def check(self) -> None:
        """End the run if that was asked for.

        Raises:
            KeyboardInterrupt: the run was asked to end.
        """
        if self.stop.is_set():
            raise KeyboardInterrupt

    @contextmanager
    def working(self) -> Iterator[None]:
        """The run's work, from before its lease to after it."""
        self.begun.set()
        try:
            self.check()
            yield
        except BaseException as error:
            self.error = error
            raise
        finally:
            self.left.set()


_CURRENT: ContextVar[Supervision | None] = ContextVar("supervision", default=None)


def supervise(supervision: Supervision) -> None:
    """Supervise the flow runs that this thread starts."""
    _CURRENT.set(supervision)


def current_supervision() -> Supervision:
    """The supervision of this flow run; an unused one if nobody supervises it."""
    return _CURRENT.get() or Supervision()
