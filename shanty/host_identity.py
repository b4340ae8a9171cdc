"""Which machine this is, as far as process ids go.

Owns one question: do two processes see the same process ids? A host name does not answer it: two
containers may share a name without seeing each other, and each would take the other for dead. A
machine's id does not answer it either, because images are shipped with one. The answer is the id of
the boot, which no two machines share, together with the namespace of process ids.
"""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PID_NAMESPACE = Path("/proc/self/ns/pid")


def identify_host() -> str:
    """``name/digest``: equal for two processes if and only if each can look the other up by pid.

    On a system without boot ids and namespaces, only the name counts.
    """
    name = socket.gethostname()
    known = "\n".join((name, _read_boot_id(), _read_pid_namespace()))
    return f"{name}/{hashlib.sha256(known.encode()).hexdigest()[:12]}"


def _read_boot_id() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _read_pid_namespace() -> str:
    try:
        return str(_PID_NAMESPACE.readlink())
    except OSError:
        return ""
