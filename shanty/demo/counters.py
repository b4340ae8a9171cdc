"""How often the offline world was asked for each thing.

Owns the counters, by which a test proves that nothing was fetched twice, and the times, by which it
proves that no service was asked more often than agreed.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

MEDIA_COMPLETE = "media_complete"
_SETTLING_SECONDS = 2.0


class RequestCounters:
    """Counts by kind and id. Safe to use from several threads.

    Kinds are the names of the services (``catalogue``, ``search``, ``music``, ``watch``, ``media``,
    ``coverart``) and ``media_complete``: answers that brought the last byte of a file, so that a
    download resumed after a cut counts once. Refused requests are counted too, under their service.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: dict[str, Counter[str]] = {}
        self._times: dict[str, list[float]] = {}
        self._lock = threading.Condition()
        self._unfinished = 0

    def add(self, kind: str, identifier: str = "") -> None:
        """Count one more."""
        with self._lock:
            self._times.setdefault(kind, []).append(self._clock())
            self._counts.setdefault(kind, Counter())[identifier] += 1

    @contextmanager
    def count_when_done(self, kind: str, identifier: str) -> Iterator[None]:
        """Count one more if the block ends without an error.

        Whoever reads the counts meanwhile waits for the block: a client that has just received the
        last byte must find its download counted.
        """
        with self._lock:
            self._unfinished += 1
        is_done = False
        try:
            yield
            is_done = True
        finally:
            with self._lock:
                self._unfinished -= 1
                if is_done:
                    self._counts.setdefault(kind, Counter())[identifier] += 1
                self._lock.notify_all()

    def of(self, kind: str, identifier: str) -> int:
        """How often this one was asked for."""
        with self._lock:
            self._wait_until_settled()
            return self._counts.get(kind, Counter())[identifier]

    def total(self, kind: str) -> int:
        """How often anything of this kind was asked for."""
        with self._lock:
            self._wait_until_settled()
            return self._counts.get(kind, Counter()).total()

    def times(self, *kinds: str) -> list[float]:
        """When requests of these kinds came, in order: seconds of a monotonic clock."""
        with self._lock:
            return sorted(at for kind in kinds for at in self._times.get(kind, ()))

    def most_within(self, seconds: float, kinds: Collection[str]) -> int:
        """The greatest number of requests of these kinds within any span of ``seconds``."""
        times = self.times(*kinds)
        most = first = 0
        for last, at in enumerate(times):
            while at - times[first] >= seconds:
                first += 1
            most = max(most, last - first + 1)
        return most

    def complete_media(self) -> dict[str, int]:
        """How often each upload was downloaded to its last byte, by its id."""
        return self.as_dict().get(MEDIA_COMPLETE, {})

    def as_dict(self) -> dict[str, dict[str, int]]:
        """All counts, for JSON."""
        with self._lock:
            self._wait_until_settled()
            return {kind: dict(counter) for kind, counter in sorted(self._counts.items())}

    def reset(self) -> None:
        """Start again from nothing."""
        with self._lock:
            self._counts.clear()
            self._times.clear()

    def _wait_until_settled(self) -> None:
        # The wait is bounded: a client that stopped reading must not block the reader.
        self._lock.wait_for(lambda: not self._unfinished, timeout=_SETTLING_SECONDS)
