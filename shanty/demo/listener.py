"""The loopback HTTP server of the offline world. It knows sockets, and nothing about music.

Owns turning bytes into a :class:`~shanty.demo.answers.Request`, and sending an
:class:`~shanty.demo.answers.Answer` as slowly and as broken as the answer says.
"""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

from shanty.demo.answers import Answer, Request

_LOOK_UP_SECONDS = 0.1
_log = logging.getLogger(__name__)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # The default of 5 turns away connections when a few dozen clients come at once.
    request_queue_size = 128

    def __init__(self, port: int, answer: Callable[[Request], Answer]) -> None:
        self.answer = answer
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        # HTTPServer asks the resolver for its own name here. That may take seconds offline.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        # A killed client resets its connections. Some tests kill clients on purpose.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            _log.exception("the offline world failed with %s", client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body are two writes: with Nagle's algorithm each answer would take 40 ms.
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._serve()

    def do_HEAD(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None:
        _log.debug(format, *args)

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=unquote(parts.path),
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
        )
        try:
            answer = self.server.answer(request)
        except Exception:
            _log.exception("the offline world failed at %s", self.path)
            answer = Answer(500, b"the offline world failed, see its log\n")
        with contextlib.suppress(ConnectionError):
            self._send(answer)

    def _send(self, answer: Answer) -> None:
        if answer.silent_seconds and answer.cut_after is None:
            self._say_nothing(answer.silent_seconds)
            self.close_connection = True
            return
        self.send_response(answer.status)
        if answer.status != 204:
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        if answer.cut_after is not None and answer.cut_after < len(answer.body):
            self._send_slowly(answer.body[: answer.cut_after], answer)
            self._say_nothing(answer.silent_seconds)
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        # The last byte goes alone: if the client has gone by then, this write fails.
        self._send_slowly(answer.body[:-1], answer)
        with answer.finishing():
            self.wfile.write(answer.body[-1:])

    def _say_nothing(self, seconds: float) -> None:
        """Keep the connection open and silent until the client leaves or the time is up."""
        until = time.monotonic() + seconds
        with selectors.DefaultSelector() as ears:
            ears.register(self.connection, selectors.EVENT_READ)
            while time.monotonic() < until:
                if ears.select(_LOOK_UP_SECONDS) and not self.connection.recv(1, socket.MSG_PEEK):
                    return

    def _send_slowly(self, body: bytes, answer: Answer) -> None:
        seconds = answer.seconds
        pieces = answer.pieces if seconds else 1
        size = max(1, -(-len(body) // pieces))
        started = time.monotonic()
        for start in range(0, len(body), size):
            piece = body[start : start + size]
            due = started + seconds * (start + len(piece)) / len(body)
            time.sleep(max(0.0, due - time.monotonic()))
            self.wfile.write(piece)


class Listener:
    """Serves one answering function on a loopback port while its ``with`` block lasts.

    ``port`` 0 takes a free one. Entering raises OSError if the port is in use.
    """

    def __init__(self, answer: Callable[[Request], Answer], port: int = 0) -> None:
        self._answer = answer
        self._port = port
        self._server: _Server | None = None

    @property
    def base_url(self) -> str:
        """``http://127.0.0.1:PORT``, without a slash at the end."""
        if self._server is None:
            raise RuntimeError("the listener is not running")
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def host(self) -> str:
        """``127.0.0.1:PORT``, the form that ``musicbrainzngs.set_hostname`` takes."""
        return self.base_url.removeprefix("http://")

    def __enter__(self) -> Self:
        self._server = _Server(self._port, self._answer)
        threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="offline-world", daemon=True
        ).start()
        return self

    @contextlib.contextmanager
    def closed(self) -> Iterator[None]:
        """A block in which nothing listens; afterwards the server listens at the same port."""
        if self._server is None:
            raise RuntimeError("the listener is not running")
        port, self._port = self._port, self._server.server_port
        self.__exit__(None, None, None)
        try:
            yield
        finally:
            self.__enter__()
            self._port = port

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
