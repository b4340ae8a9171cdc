"""What a page tells a person once, after they have done something: kept here for a moment.

Not in the address, which anybody could make up, and not in a cookie.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass

MOST_KEPT = 256


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence, whether it tells of trouble, and the path that takes back what it tells of."""

    text: str
    is_trouble: bool = False
    undo_path: str = ""


class Notices:
    """The notices that have not been shown yet, as many as are bearable."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Notice] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, notice: Notice) -> str:
        """Keep a notice; returns what :meth:`take` gives it out for."""
        key = secrets.token_urlsafe(8)
        with self._lock:
            self._kept[key] = notice
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return key

    def take(self, key: str) -> Notice | None:
        """The notice of a key, the first time."""
        with self._lock:
            return self._kept.pop(key, None)
