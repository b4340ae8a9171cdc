"""Which machine a run is meant for, if several machines take up the runs of one server.

A machine that joins the work of others asks for a run of its own. If another machine took that run,
which works already, nobody would have joined. Does not import Prefect.
"""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

_PREFIX = "for "
FREE_AFTER = timedelta(seconds=60)
"""A run that its machine has not begun for so long is anybody's: that machine may be gone."""


def name_machine(home: Path) -> str:
    """The name of this machine, as the one with this home: two homes work like two machines."""
    return f"{socket.gethostname()}/{hashlib.sha256(str(home).encode()).hexdigest()[:6]}"


def tag_for(machine: str) -> str:
    """The tag of a run that is meant for a machine."""
    return f"{_PREFIX}{machine}"


def is_meant_for(machine: str, tags: Iterable[str], due_at: datetime | None, now: datetime) -> bool:
    """Whether a machine may take up a run with these tags, which is due at ``due_at``."""
    meant = [tag for tag in tags if tag.startswith(_PREFIX)]
    is_free = due_at is not None and now - due_at > FREE_AFTER
    return not meant or tag_for(machine) in meant or is_free
