"""Which machine this is, as far as process ids go.

Owns one question: do two processes see the same process ids? A host name does not answer it:
containers may share one and not see each other, so that each would take the other for dead. Nor
does the machine's id, which images are shipped with. What answers it is the boot, which no two
machines have in common, together with the namespace of process ids.
"""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PID_NAMESPACE = Path("/proc/self/ns/pid")


def identify_host() -> str:
    """``name/digest``: equal for two processes if and only if each can look the other up by pid.

    Where the system has neither boot ids nor namespaces, it is the name alone that counts.
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
