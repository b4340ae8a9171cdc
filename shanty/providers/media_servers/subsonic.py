"""Navidrome and every other server with the Subsonic API: it looks through the whole library.

Source: https://opensubsonic.netlify.app/docs/endpoints/startscan/ and …/docs/api-reference/.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import PurePosixPath
from typing import Any

from shanty.errors import PermanentError
from shanty.providers.media_servers.address import ServerAddress
from shanty.providers.media_servers.contract import Changes
from shanty.providers.media_servers.http_interface import WebInterface

_PORT = 4533
_VERSION = "1.15.0"  # the first with startScan
_TAKES_NO_TOKEN = (10, 41, 42)
"""A parameter is missing (Supysonic: it wants the password), or tokens are not supported.

Source: https://opensubsonic.netlify.app/docs/responses/error/
"""


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
        """Start a scan; a server that scans already goes on with that.

        The password itself is sent only to a server that takes no tokens: one that stores a hash
        of the password cannot check a token.
        """
        address = self._address
        salt = secrets.token_hex(8)
        token = hashlib.md5(  # the API wants it so, and the salt is used once
            (address.password + salt).encode(), usedforsecurity=False
        ).hexdigest()
        error = self._start_scan({"u": address.user, "t": token, "s": salt})
        if error is not None and error.get("code") in _TAKES_NO_TOKEN:
            hidden = address.password.encode().hex()
            error = self._start_scan({"u": address.user, "p": f"enc:{hidden}"})
        if error is not None:
            why = error.get("message") or "it does not say why"
            raise PermanentError(f"{self.label} refuses: {why}")

    def _start_scan(self, who: dict[str, str]) -> dict[str, Any] | None:
        """Ask for a scan; returns the server's error, or None if it scans."""
        which = {"v": _VERSION, "c": "shanty", "f": "json"}
        answer = self._web.get("/rest/startScan.view", who | which)
        said = answer.get("subsonic-response") if isinstance(answer, dict) else None
        if not isinstance(said, dict):
            raise self._web.nonsense()
        if said.get("status") == "ok":
            return None
        error = said.get("error")
        return error if isinstance(error, dict) else {}
