"""Where notices go: one address as Apprise writes it, which may hold a password.

Owns Apprise. Its addresses are never shown whole, nor is what it says about a failure, as far as
that repeats a part of one.
"""

from __future__ import annotations

import hashlib
import logging
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from shanty.errors import ConfigError

if TYPE_CHECKING:
    from apprise import Apprise

_LEAST_SECRET = 3


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: a title, lines of plain text, and whether it is about trouble."""

    title: str
    body: str
    is_trouble: bool = False


class Channel:
    """One address."""

    def __init__(self, url: str):
        """Read an address.

        Raises:
            ConfigError: Apprise does not understand it.
        """
        self._url = url
        # Imported here, because it takes a second and most homes have no channel.
        with _silent() as said:
            from apprise import Apprise

            self._apprise: Apprise = Apprise()
            is_known = bool(self._apprise.add(url))
        if not is_known:
            scheme = url.partition("://")[0]
            raise ConfigError(
                f"setting 'notify.urls': Apprise does not understand the address that begins with "
                f"{scheme}://{said.text(url)}"
            )

    @property
    def key(self) -> str:
        """What tells this channel from others in the database."""
        return hashlib.sha256(self._url.encode()).hexdigest()[:16]

    @property
    def label(self) -> str:
        """The service and the host, for people."""
        parts = urlsplit(self._url)
        return f"{parts.scheme}://{parts.hostname or '…'}"

    def send(self, message: Message) -> str:
        """Send; returns what went wrong, without any secret, or an empty text."""
        with _silent() as said:
            is_sent = self._apprise.notify(
                title=message.title,
                body=message.body,
                notify_type="warning" if message.is_trouble else "info",
                body_format="text",
            )
        return "" if is_sent else f"{self.label}: it was not taken{said.text(self._url)}"


class _Said(logging.Handler):
    """What Apprise says while something is done, instead of in anybody's log.

    What Python warns of meanwhile is Apprise's own matter, also where a warning is an error.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._lines: list[str] = []
        self._log = logging.getLogger("apprise")
        self._warnings = warnings.catch_warnings()

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record.getMessage())

    def __enter__(self) -> _Said:
        self._warnings.__enter__()
        warnings.simplefilter("ignore")
        self._log.addHandler(self)
        self._propagated, self._log.propagate = self._log.propagate, False
        return self

    def __exit__(self, *_: Any) -> None:
        self._log.removeHandler(self)
        self._log.propagate = self._propagated
        self._warnings.__exit__(None, None, None)

    def text(self, url: str) -> str:
        """The last line, for a person, without a part of the address that may be secret."""
        if not self._lines:
            return ""
        line = self._lines[-1]
        for secret in sorted(_secrets_of(url), key=len, reverse=True):
            line = line.replace(secret, "***")
        return f": {line}"


_silent = _Said


def _secrets_of(url: str) -> set[str]:
    """Every part of an address but its scheme and its host."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    rest = url.partition("://")[2]
    pieces = {rest, *re.split(r"[/:@?&=#,]", rest)}
    pieces |= {unquote(piece) for piece in pieces}
    return {one for one in pieces if len(one) >= _LEAST_SECRET and one != host}
