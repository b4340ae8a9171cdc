"""A child process that dies at its n-th step on the disk or the database, as by `kill -9`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from sqlalchemy import event
from sqlalchemy.engine import Engine

_KILLED = 137
_STEPS = ("open", "os.", "shutil.", "sqlite3.", "subprocess.")


def killed_at(step: int, act: Callable[[], object]) -> bool:
    """Do it in a child that dies at its n-th step on disk or database; return whether it died."""
    if pid := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == _KILLED
    left = step

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os._exit(_KILLED)

    code = 1
    try:
        sys.addaudithook(lambda name, _: count() if name.startswith(_STEPS) else None)
        event.listen(Engine, "before_cursor_execute", count)
        act()
        code = 0
    finally:
        os._exit(code)
    raise AssertionError
