"""Navidrome and every other server with the Subsonic API: it looks through the whole library.

Source: https://opensubsonic.netlify.app/docs/endpoints/startscan/ and …/docs/api-reference/.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import PurePosixPath

from shanty.errors import PermanentError
from shanty.providers.media_servers.address import ServerAddress
from shanty.providers.media_servers.contract import Changes
from shanty.providers.media_servers.http_interface import WebInterface

_PORT = 4533
_VERSION = "1.15.0"  # the first with startScan


class Subsonic:
    """``subsonic://user:password@host:4533``. The user must be an administrator."""

    def __init__(self, address: ServerAddress) -> None:
        """Keep how it is reached."""
        self._address = address
        self._web = WebInterface(address, _PORT)

    @property
    def label(self) -> str:
        """What it is and where."""
        return self._address.label

    def tell(self, changes: Changes, library: PurePosixPath) -> None:
        """Start a scan; a server that scans already goes on with that."""
        salt = secrets.token_hex(8)
        token = hashlib.md5(  # the API wants it so, and the salt is used once
            (self._address.password + salt).encode(), usedforsecurity=False
        ).hexdigest()
        who = {"u": self._address.user, "t": token, "s": salt}
        which = {"v": _VERSION, "c": "shanty", "f": "json"}
        answer = self._web.get("/rest/startScan.view", who | which)
        said = answer.get("subsonic-response") if isinstance(answer, dict) else None
        if not isinstance(said, dict):
            raise self._web.nonsense()
        if said.get("status") != "ok":
            error = said.get("error")
            why = error.get("message") if isinstance(error, dict) else None
            raise PermanentError(f"{self.label} refuses: {why or 'it does not say why'}")
