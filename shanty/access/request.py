"""What an ASGI connection says about itself, as far as the door looks at it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from shanty.access.credentials import split_user

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


class Request:
    """What a request says about itself, as far as the door looks at it."""

    def __init__(self, scope: MutableMapping[str, Any]):
        self.scope = scope
        self.method = str(scope.get("method", "GET"))
        self.path = str(scope["path"])
        self.client = str((scope.get("client") or ("",))[0])
        self.local_host = str((scope.get("server") or ("",))[0])
        self.is_reading = self.method in ("GET", "HEAD")
        self.subprotocols: list[str] = scope.get("subprotocols") or []

    def all(self, name: str) -> list[str]:
        """All values of a header."""
        wanted = name.encode()
        return [value.decode("latin-1") for key, value in self.scope["headers"] if key == wanted]

    def get(self, name: str) -> str:
        """A header's first value, or an empty text."""
        return next(iter(self.all(name)), "").strip()

    def cookies(self, name: str) -> list[str]:
        """All values of a cookie: a page of another port may have set one of the same name."""
        parts = ";".join(self.all("cookie")).split(";")
        pairs = (part.strip().partition("=") for part in parts)
        return [value for key, _, value in pairs if key == name]

    @property
    def address(self) -> str:
        """The path and the query, as the client sent them."""
        raw = self.scope.get("raw_path") or self.path.encode()
        query = self.scope.get("query_string", b"")
        return str((raw + (b"?" + query if query else b"")).decode("latin-1"))

    @property
    def credential(self) -> bytes | None:
        """The secret that ``Authorization`` brings, right or wrong; None without that header."""
        header = self.get("authorization")
        if not header:
            return None
        scheme, _, rest = header.partition(" ")
        if scheme.lower() == "bearer":
            return rest.strip().encode("latin-1")
        if scheme.lower() != "basic":
            return b""
        try:
            given = base64.b64decode(rest.strip().encode("latin-1"), validate=True)
        except (binascii.Error, ValueError):
            return b""
        return split_user(given) or b""
