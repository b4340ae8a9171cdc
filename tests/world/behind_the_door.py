"""A door on a real server. The application behind it records what got through."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn

from shanty.access.addresses import own_places
from shanty.access.credentials import Credentials
from shanty.access.door import Door
from shanty.access.request import Receive, Send

SECRET = "the-secret-of-this-home-0123456789"
PASSWORD = "a long password"


def basic(text: str, encoding: str = "utf-8") -> str:
    return f"Authorization: Basic {base64.b64encode(text.encode(encoding)).decode()}"


RIGHT = basic(f"shanty:{SECRET}")


@dataclass
class Behind:
    """The server's port, its credentials, and each path that got through the door."""

    port: int
    credentials: Credentials
    seen: list[str] = field(default_factory=list)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            while (message := await receive())["type"] != "lifespan.shutdown":
                await send({"type": f"{message['type']}.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        self.seen.append(scope["path"])
        if scope["type"] == "websocket":
            await receive()
            await send(
                {"type": "websocket.accept", "subprotocol": next(iter(scope["subprotocols"]))}
            )
            message = await receive()
            await send({"type": "websocket.send", "text": f"heard {message.get('text')}"})
            await send({"type": "websocket.close"})
            return
        content = json.dumps(scope["path"]).encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": content})

    def ask(
        self, path: str = "/api/x", *lines: str, method: str = "GET", host: str | None = None
    ) -> tuple[int, dict[str, str], str]:
        """Send header lines as they are; returns status, headers and text of the answer."""
        first = [] if host == "" else [f"Host: {host or f'127.0.0.1:{self.port}'}"]
        head = "\r\n".join([f"{method} {path} HTTP/1.1", *first, "Connection: close", *lines])
        return self.send(f"{head}\r\n\r\n".encode("latin-1"))

    def send(self, content: bytes) -> tuple[int, dict[str, str], str]:
        """Send bytes as they are; returns status, headers and text of the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(content)
            answer = b""
            while part := connection.recv(65536):
                answer += part
        head, _, text = answer.decode("latin-1").partition("\r\n\r\n")
        status, *lines = head.split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        return int(status.split()[1]), headers, text


@contextmanager
def served(*, password: str | None = None, hosts: tuple[str, ...] = ()) -> Iterator[Behind]:
    """A server with a door, in a thread of this process."""
    listener = socket.create_server(("127.0.0.1", 0))
    behind = Behind(listener.getsockname()[1], Credentials(SECRET, password))
    places = own_places("127.0.0.1", hosts)
    door = Door(behind, behind.credentials, places, open_paths=["/api/health"])
    config = uvicorn.Config(door, log_level="warning", proxy_headers=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield behind
    finally:
        server.should_exit = True
        thread.join(10)
