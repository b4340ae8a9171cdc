"""The previews that somebody listens to at this moment: a few, in memory, for some minutes.

Owns how many are prepared at once, who waits for them, and when they are forgotten. A preview for
which nobody waits any longer is given up, so that the source is not asked in vain.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from shanty.errors import ShantyError, TransientError, WaitError
from shanty.models import Candidate

MOST_KEPT = 6
KEPT_SECONDS = 600.0
TOLD_SECONDS = 10.0
"""So long a failure is told without another try: a player asks twice, to learn the reason."""
AT_ONCE = 2
MOST_WAITING = 6
_LOOK_SECONDS = 0.1


class Preparer(Protocol):
    """What makes a preview."""

    def prepare(self, candidate: Candidate, *, should_stop: Callable[[], bool]) -> bytes:
        """The clip of a candidate."""


@dataclass(eq=False)
class Preview:
    """A preview that is made, and then there: a clip, or why there is none."""

    listeners: int = 0
    made_at: float = 0.0
    clip: bytes = b""
    error: ShantyError | None = None
    has_ended: threading.Event = field(default_factory=threading.Event)

    def take(self) -> bytes:
        """The clip. Call it after the end.

        Raises:
            ShantyError: there is none; the sentence says why.
        """
        if self.error is not None:
            raise self.error
        return self.clip


class Previews:
    """The previews of one process."""

    def __init__(self, preparer: Preparer):
        self._preparer = preparer
        self._lock = threading.Lock()
        self._turns = threading.Semaphore(AT_ONCE)
        self._known: OrderedDict[int, Preview] = OrderedDict()

    def listen(self, candidate: Candidate) -> Preview:
        """The preview of a stored candidate, for one more listener, who calls :meth:`leave` later.

        Raises:
            WaitError: too many are being made.
        """
        assert candidate.id is not None, "it is stored"
        with self._lock:
            self._forget_old()
            preview = self._known.get(candidate.id)
            is_new = preview is None
            if preview is None:
                if sum(not one.has_ended.is_set() for one in self._known.values()) >= MOST_WAITING:
                    raise WaitError("too many previews are being fetched; try it again in a moment")
                preview = self._known[candidate.id] = Preview()
            self._known.move_to_end(candidate.id)
            preview.listeners += 1
        if is_new:
            work = (candidate, preview)
            threading.Thread(target=self._make, args=work, name="preview", daemon=True).start()
        return preview

    def leave(self, preview: Preview) -> None:
        """Note that a listener has got it, or no longer waits."""
        with self._lock:
            preview.listeners -= 1
            if preview.listeners <= 0 and not preview.has_ended.is_set():
                self._forget(preview)  # it is given up: the next listener begins anew

    def _make(self, candidate: Candidate, preview: Preview) -> None:
        def should_stop() -> bool:
            return preview.listeners <= 0

        try:
            while not self._turns.acquire(timeout=_LOOK_SECONDS):
                if should_stop():
                    raise TransientError("nobody waited for the preview any longer")
            try:
                preview.clip = self._preparer.prepare(candidate, should_stop=should_stop)
            finally:
                self._turns.release()
        except ShantyError as error:
            preview.error = error
        except Exception as error:  # a site's page that nobody has foreseen
            preview.error = TransientError(f"the preview cannot be made: {type(error).__name__}")
        with self._lock:
            preview.made_at = time.monotonic()
            preview.has_ended.set()

    def _forget(self, preview: Preview) -> None:
        for key in [key for key, one in self._known.items() if one is preview]:
            del self._known[key]

    def _forget_old(self) -> None:
        made = [key for key, one in self._known.items() if one.has_ended.is_set()]
        now = time.monotonic()
        for number, key in enumerate(made, start=1):
            one = self._known[key]
            is_old = now - one.made_at > (TOLD_SECONDS if one.error else KEPT_SECONDS)
            if is_old or number <= len(made) - MOST_KEPT:
                del self._known[key]
