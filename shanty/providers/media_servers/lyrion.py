"""Lyrion Music Server (Logitech Media Server): it looks for what is new, changed or gone.

Source: https://lyrion.org/reference/cli/database/ (rescan) and …/using-the-cli/ (JSON-RPC).
"""

from __future__ import annotations

from pathlib import PurePosixPath

from shanty.providers.media_servers.address import ServerAddress
from shanty.providers.media_servers.contract import Changes
from shanty.providers.media_servers.http_interface import WebInterface

_PORT = 9000


class Lyrion:
    """``lyrion://host:9000``, with ``user:password@`` if it asks for one."""

    def __init__(self, address: ServerAddress) -> None:
        """Keep how it is reached."""
        self._address = address
        self._web = WebInterface(address, _PORT)
        self._web.log_in(address.user, address.password)

    @property
    def label(self) -> str:
        """What it is and where."""
        return self._address.label

    def tell(self, changes: Changes, library: PurePosixPath) -> None:
        """Start a scan of the whole library."""
        call = {"id": 1, "method": "slim.request", "params": ["", ["rescan"]]}
        answer = self._web.post("/jsonrpc.js", call)
        if not isinstance(answer, dict) or "result" not in answer:
            raise self._web.nonsense()
