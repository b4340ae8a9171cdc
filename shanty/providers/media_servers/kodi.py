"""Kodi: it looks at one folder, or at all its music.

Source: https://kodi.wiki/view/JSON-RPC_API (AudioLibrary.Scan, AudioLibrary.Clean).
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from shanty.errors import PermanentError
from shanty.providers.media_servers.address import ServerAddress
from shanty.providers.media_servers.contract import Changes
from shanty.providers.media_servers.http_interface import WebInterface

_PORT = 8080


class Kodi:
    """``kodi://user:password@host:8080``; control over HTTP must be allowed in its settings."""

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
        """Start one scan, and let it forget what is gone."""
        if changes.is_less:
            self._call("AudioLibrary.Clean", {"showdialogs": False})
        which: dict[str, Any] = {"showdialogs": False}
        if len(changes.folders) == 1 and changes.folders[0].name:
            # A folder's path ends with a slash there.
            which["directory"] = f"{self._address.there(changes.folders[0], library)}/"
        self._call("AudioLibrary.Scan", which)

    def _call(self, method: str, params: dict[str, Any]) -> None:
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = self._web.post("/jsonrpc", call)
        if not isinstance(answer, dict):
            raise self._web.nonsense()
        if error := answer.get("error"):
            why = error.get("message") if isinstance(error, dict) else error
            raise PermanentError(f"{self.label} refuses: {why}")
