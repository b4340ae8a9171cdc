"""What the event log says of tracks, as it is written: for the output of the service.

The runs are processes of their own, so the log that all of them write is where they meet.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path

from shanty.models import Stage

# As `event_log` writes a line; a stage's verdict on a track is `stage · Artist – Title: …`.
_VERDICT = re.compile(
    r"\S+ \S+ (?P<level>[A-Z]+) +(?P<text>(?P<stage>" + "|".join(Stage) + r") · .+)"
)

_LOOK_SECONDS = 1.0


class EventTail:
    """Follows a log from its present end, also when it is begun anew."""

    def __init__(self, path: Path):
        self._path = path
        self._inode, self._offset = self._look()

    def read_news(self) -> list[str]:
        """What has become of tracks since the last call: each that was filed, and all trouble.

        A line that is not complete yet is left for the next call.
        """
        inode, size = self._look()
        if inode != self._inode or size < self._offset:
            self._inode, self._offset = inode, 0  # the log was begun anew
        if size == self._offset:
            return []
        try:
            with self._path.open("rb") as log:
                log.seek(self._offset)
                text = log.read(size - self._offset)
        except OSError:
            return []
        whole = text[: text.rfind(b"\n") + 1]
        self._offset += len(whole)
        lines = whole.decode("utf-8", "replace").split("\n")
        return [said for line in lines if (said := _find_news(line))]

    def _look(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except OSError:
            return 0, 0
        return found.st_ino, found.st_size


def keep_printing(path: Path, announce: Callable[[str], None], stopping: threading.Event) -> None:
    """Announce what a log says of tracks until ``stopping``, in a thread of its own."""
    tail = EventTail(path)
    while not stopping.wait(_LOOK_SECONDS):
        for line in tail.read_news():
            announce(line)


def _find_news(line: str) -> str:
    found = _VERDICT.fullmatch(line)
    if found is None:
        return ""
    is_news = found["level"] != "INFO" or found["stage"] == Stage.ORGANIZE
    return found["text"] if is_news else ""
