"""What receives notices on loopback: any HTTP service, and a mail server that wants a password.

Each can be made to refuse. What was received is read back as the service would have seen it.
"""

from __future__ import annotations

import base64
import email
import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Received:
    """One request, with its body read as JSON if it is some."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: Any


@dataclass
class HttpReceiver:
    """A service that takes every request, answers with ``answer``, or refuses with ``status``."""

    port: int = 0
    status: int = 200
    answer: bytes = b"{}"
    received: list[Received] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextmanager
def http_receiver() -> Iterator[HttpReceiver]:
    receiver = HttpReceiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            try:
                body = json.loads(raw)
            except ValueError:
                body = raw.decode("utf-8", "replace")
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.received.append(
                Received(self.command, parts.path, parse_qs(parts.query), headers, body)
            )
            self.send_response(receiver.status)
            self.send_header("Content-Length", str(len(receiver.answer)))
            self.end_headers()
            self.wfile.write(receiver.answer)

        do_GET = do_PUT = do_POST

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    with _serving(server):
        yield receiver


@dataclass
class LineServer:
    """A server that greets, and answers each line as its client wants; ``lines`` came in."""

    port: int = 0
    lines: list[str] = field(default_factory=list)


@contextmanager
def line_server(greeting: str, answer: Callable[[str], str]) -> Iterator[LineServer]:
    made = LineServer()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(f"{greeting}\n".encode())
            while line := self.rfile.readline().decode().removesuffix("\n"):
                made.lines.append(line)
                self.wfile.write(f"{answer(line)}\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server, _serving(server):
        made.port = server.server_address[1]
        yield made


@dataclass
class MailServer:
    """A mail server that takes a mail only after the right password."""

    port: int = 0
    password: str = "let me in"
    mails: list[Any] = field(default_factory=list)


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """The commands of RFC 5321 and RFC 4954 that a sender needs."""
    mailbox = MailServer()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 loopback ESMTP")
            is_known = False
            while line := self.rfile.readline().decode().strip():
                command = line.split()[0].upper()
                if command == "EHLO":
                    self._say("250-loopback", "250 AUTH PLAIN LOGIN")
                elif command == "AUTH":
                    is_known = self._authenticate(line)
                    self._say("235 welcome" if is_known else "535 wrong password")
                elif command == "DATA" and is_known:
                    self._say("354 go on")
                    mailbox.mails.append(self._read_mail())
                    self._say("250 taken")
                elif command == "QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250 fine" if is_known or command == "RSET" else "530 who are you?")

        def _authenticate(self, line: str) -> bool:
            _, how, *given = line.split()
            if how.upper() == "PLAIN":
                text = given[0] if given else self._ask("")
                return base64.b64decode(text).split(b"\0")[-1].decode() == mailbox.password
            if not given:
                self._ask("VXNlcm5hbWU6")
            return base64.b64decode(self._ask("UGFzc3dvcmQ6")).decode() == mailbox.password

        def _ask(self, question: str) -> str:
            self._say(f"334 {question}")
            return self.rfile.readline().decode().strip()

        def _read_mail(self) -> Any:
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            return email.message_from_bytes(b"".join(lines), policy=policy.default)

        def _say(self, *lines: str) -> None:
            self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    with (
        socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server,
        _serving(server),
    ):
        mailbox.port = server.server_address[1]
        yield mailbox


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
