"""What the service tells systemd, which has started it: that it is ready, well, or about to end.

Owns the protocol (https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html). Refuses
to know what it means to be well. Without systemd, all of this does nothing.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable, MutableMapping

logger = logging.getLogger(__name__)

_SHARE_OF_TIMEOUT = 0.25  # so that three signs may be late before systemd takes us for dead
_MAX_STATUS = 500


class ServiceManager:
    """Tells things to whatever listens at ``address``; without one, to nobody.

    ``watchdog_seconds`` is how long it waits for the next sign of life; None if it needs none.
    """

    def __init__(
        self,
        address: str = "",
        watchdog_seconds: float | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ):
        # A name that begins with @ is none of a file: it is in Linux's abstract namespace.
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._interval = watchdog_seconds and watchdog_seconds * _SHARE_OF_TIMEOUT
        self._clock = clock
        self._fed_at = clock()

    @classmethod
    def take(cls, environment: MutableMapping[str, str]) -> ServiceManager:
        """The manager that an environment names. It is taken out: no child is to speak for us."""
        address = environment.pop("NOTIFY_SOCKET", "")
        microseconds = environment.pop("WATCHDOG_USEC", "")
        pid = environment.pop("WATCHDOG_PID", "")
        is_meant = microseconds.isdecimal() and pid in ("", str(os.getpid()))
        return cls(address, int(microseconds) / 1_000_000 if is_meant else None)

    @property
    def is_sign_due(self) -> bool:
        """Whether the next sign of life is due."""
        return bool(self._interval) and self._clock() - self._fed_at >= (self._interval or 0.0)

    def tell_ready(self) -> None:
        """Tell that everything runs."""
        self._send("READY=1")

    def tell_alive(self) -> None:
        """Give a sign of life."""
        self._fed_at = self._clock()
        self._send("WATCHDOG=1")

    def tell_stopping(self) -> None:
        """Tell that the service is about to end."""
        self._send("STOPPING=1")

    def tell_status(self, line: str) -> None:
        """Tell in a sentence what goes on, for ``systemctl status``."""
        self._send(f"STATUS={' '.join(line.split())[:_MAX_STATUS]}")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.setblocking(False)
                sender.sendto(message.encode("utf-8", "backslashreplace"), self._address)
        except OSError as error:
            logger.debug("systemd cannot be told %s: %s", message, error.strerror)
