"""One request to a media server's HTTP interface, and what its answer means."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from shanty.errors import PermanentError, TransientError
from shanty.providers.http_bounds import Bounds
from shanty.providers.http_session import describe_status, fetch, make_session
from shanty.providers.media_servers.address import ServerAddress

_BOUNDS = Bounds(total_seconds=60.0, answer_seconds=30.0)
_MOST_BYTES = 4 * 1024 * 1024
SOURCE = "media server"


class WebInterface:
    """The HTTP interface of one server. ``headers`` are sent with each request to it."""

    def __init__(
        self, address: ServerAddress, port: int, headers: Mapping[str, str] | None = None
    ) -> None:
        self.label = address.label
        self._url = address.web(port)
        self._session = make_session(home_url=self._url, bounds=_BOUNDS)
        self._session.trust_env = False
        self._session.headers["Accept"] = "application/json"
        self._session.home_headers.update(headers or {})

    def log_in(self, user: str, password: str) -> None:
        """Send a name and a password with each request: RFC 7617."""
        if user or password:
            both = f"{user}:{password}".encode()
            basic = base64.b64encode(both).decode()
            self._session.home_headers["Authorization"] = f"Basic {basic}"

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """Ask; returns what the answer says, or None if it is no JSON.

        Raises:
            TransientError: it cannot be reached, or has trouble.
            WaitError: it asks us to wait.
            PermanentError: it refuses.
        """
        return self._ask(f"{path}?{urlencode(query, errors='surrogateescape')}" if query else path)

    def post(self, path: str, document: Mapping[str, Any]) -> Any:
        """Send a JSON document; otherwise as :meth:`get`."""
        return self._ask(path, document)

    def _ask(self, path: str, document: Mapping[str, Any] | None = None) -> Any:
        reply = fetch(
            self._session,
            f"{self._url}{path}",
            service=self.label,
            source=SOURCE,
            max_bytes=_MOST_BYTES,
            document=document,
        )
        if not HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
            raise PermanentError(f"{self.label} refuses ({describe_status(reply.status)})")
        try:
            return json.loads(reply.body)
        except (ValueError, RecursionError):
            return None

    def nonsense(self) -> TransientError:
        """The error if an answer is not what the interface promises."""
        return TransientError(f"{self.label} sends something else than its interface promises")
