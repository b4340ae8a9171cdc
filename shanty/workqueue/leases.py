"""A worker's registration, as a context manager with its own heartbeat."""

from __future__ import annotations

import logging
import threading
from types import TracebackType
from typing import Protocol

from shanty.errors import LeaseLostError, ShantyError
from shanty.workqueue.transitions import Transitions
from shanty.workqueue.workers import BEAT_SECONDS, Workers

logger = logging.getLogger(__name__)


class LeasingQueue(Protocol):
    """What a lease needs of a queue."""

    @property
    def items(self) -> Transitions:
        """The work items. A lease gives back those that it holds."""

    @property
    def workers(self) -> Workers:
        """The workers. A lease registers one."""


class Lease:
    """Registers a worker, beats for it, and at exit gives its items back and unregisters it.

    ``is_lost`` becomes true if the worker was taken for dead. Then stop claiming. Work under way
    ends by itself, with :class:`LeaseLostError` at its guarded transition.
    """

    def __init__(
        self,
        queue: LeasingQueue,
        flow_run_id: str | None = None,
        *,
        job: str = "pipeline",
        home: str = "",
        beat_seconds: float = BEAT_SECONDS,
    ):
        self._queue = queue
        self._flow_run_id = flow_run_id
        self._job = job
        self._home = home
        self._beat_seconds = beat_seconds
        self._stopped = threading.Event()
        self._lost = threading.Event()
        self._thread: threading.Thread | None = None
        self.worker_id = ""

    @property
    def is_lost(self) -> bool:
        """Whether the worker's row is gone."""
        return self._lost.is_set()

    def __enter__(self) -> Lease:
        self.worker_id = self._queue.workers.register(self._flow_run_id, self._job, self._home)
        self._thread = threading.Thread(
            target=self._beat, name=f"heartbeat-{self.worker_id[:8]}", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        try:
            self._queue.items.give_back(self.worker_id)
            self._queue.workers.unregister(self.worker_id)
        except ShantyError as error:
            # This must not hide why the block ended. A rescue does the same half a minute later.
            logger.warning("items could not be given back: %s", error)

    def _beat(self) -> None:
        while not self._stopped.wait(self._beat_seconds):
            try:
                self._queue.workers.heartbeat(self.worker_id)
            except LeaseLostError as error:
                # Only noted here: whoever uses this lease again is refused with a sentence.
                logger.info("%s", error)
                self._lost.set()
                return
            except Exception as error:
                # Go on beating after a missed beat: the database may be back by the next one.
                logger.warning("missed a heartbeat: %s", error)
