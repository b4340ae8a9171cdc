"""MPD, the Music Player Daemon: it updates the folders that have changed.

Source: https://mpd.readthedocs.io/en/stable/protocol.html. Its paths are relative to its own
music directory.
"""

from __future__ import annotations

import socket
from pathlib import PurePosixPath

from shanty.errors import ConfigError, PermanentError, UnreachableError
from shanty.providers.media_servers.address import ServerAddress
from shanty.providers.media_servers.contract import Changes

_PORT = 6600
_SECONDS = 10.0
_MOST_LINES, _LONGEST_LINE = 1_000_000, 16 * 1024
_NOT_THERE = "ACK [50@"  # ACK_ERROR_NO_EXIST


class _NotThereError(PermanentError):
    """MPD does not know what was named."""


class MusicPlayerDaemon:
    """``mpd://password@host:6600``. ``?library=sub/folder`` if the library is not all its music."""

    def __init__(self, address: ServerAddress) -> None:
        """Keep how it is reached.

        Raises:
            ConfigError: it should be encrypted, which MPD cannot.
        """
        if address.is_encrypted:
            raise ConfigError("setting 'media_servers.urls': MPD has no mpds://, only mpd://")
        self._address = address

    @property
    def label(self) -> str:
        """What it is and where."""
        return self._address.label

    def tell(self, changes: Changes, library: PurePosixPath) -> None:
        """Let it update each folder."""
        where = (self._address.host, self._address.port or _PORT)
        above = PurePosixPath(self._address.library or ".")
        try:
            with socket.create_connection(where, timeout=_SECONDS) as connection:
                talk = _Talk(self.label, connection)
                if self._address.secret:
                    talk.do("password", self._address.secret)
                for path in dict.fromkeys(talk.known(above / one) for one in changes.folders):
                    talk.do("update", *([str(path)] if path.name else []))
        except OSError as error:
            reason = error.strerror or "it does not answer in time"
            raise UnreachableError(f"{self.label} cannot be reached: {reason}") from error


class _Talk:
    """One connection: a line for each command, and lines until ``OK`` or ``ACK`` for its answer."""

    def __init__(self, label: str, connection: socket.socket) -> None:
        self._label = label
        self._connection = connection
        self._lines = connection.makefile("rb")
        if not self._read().startswith("OK MPD"):
            raise UnreachableError(f"{label} is no MPD")

    def known(self, path: PurePosixPath) -> PurePosixPath:
        """The path, or the highest one above it whose own folder MPD does not know yet.

        MPD 0.23 looks for deeper ones in the wrong place.
        """
        while path.parent.name:
            try:
                self.do("lsinfo", str(path.parent))
                break
            except _NotThereError:
                path = path.parent
        return path

    def do(self, command: str, *arguments: str) -> None:
        """Send a command, and wait for the end of its answer."""
        line = " ".join([command, *map(_quoted, arguments)])
        self._connection.sendall(line.encode("utf-8", "surrogateescape") + b"\n")
        for _ in range(_MOST_LINES):
            said = self._read()
            if said == "OK":
                return
            if said.startswith("ACK "):
                kind = _NotThereError if said.startswith(_NOT_THERE) else PermanentError
                raise kind(f"{self._label} refuses: {said.partition('} ')[2]}")
        raise UnreachableError(f"{self._label} talks without an end")

    def _read(self) -> str:
        line = self._lines.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise UnreachableError(f"{self._label} has hung up")
        return line.decode("utf-8", "replace").strip()


def _quoted(text: str) -> str:
    """An argument as the protocol wants it. It cannot hold the end of a line."""
    if "\n" in text:
        raise PermanentError("MPD cannot be told of a name with a line break")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
