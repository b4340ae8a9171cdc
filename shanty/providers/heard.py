"""What was just heard of a file, so that it is not decoded a second time for the next question.

Owns for which file an answer still holds: for the very file that was decoded, while nobody has
written to it. Each answer is given once, so nothing old is ever believed.
"""

from __future__ import annotations

import threading
from pathlib import Path

from shanty.providers.ffmpeg_log import Measured

_MOST_KEPT = 64  # whoever notes an answer asks for it soon, unless the work is given up

_Stamp = tuple[int, int, int, int, int]


class Heard:
    """The latest answers, of all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[Path, tuple[_Stamp, Measured]] = {}

    def note(self, path: Path, sound: Measured) -> None:
        """Keep what decoding the whole file has shown a moment ago; nothing if the file is gone."""
        try:
            stamp = _stamp(path)
        except OSError:
            return  # whoever wants the file says so
        with self._lock:
            self._answers.pop(path, None)
            self._answers[path] = stamp, sound
            while len(self._answers) > _MOST_KEPT:
                del self._answers[next(iter(self._answers))]

    def take(self, path: Path) -> Measured | None:
        """What was noted of this file, if it is still the same; None if it has to be decoded."""
        with self._lock:
            stamp, sound = self._answers.pop(path, (None, None))
        try:
            return sound if stamp == _stamp(path) else None
        except OSError:
            return None


def _stamp(path: Path) -> _Stamp:
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
