"""A server on loopback that sends raw bytes, as broken and as slowly as a test wants."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Script = Callable[[socket.socket], None]


class RawServer:
    """Runs a script on each connection after the head of a request has come."""

    def __init__(self, script: Script):
        self.asked: list[str] = []
        """The first lines of the requests."""
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            while True:
                head = b""
                while b"\r\n\r\n" not in head:
                    more = connection.recv(65536)
                    if not more:
                        return
                    head += more
                self.asked.append(head.split(b"\r\n")[0].decode("latin-1"))
                self._script(connection)

    def close(self) -> None:
        """Close every connection."""
        # Wake the thread up and wait for it: otherwise it would take the guests of the next
        # listener, which may get the same descriptor.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def serving(script: Script | bytes) -> Iterator[RawServer]:
    """A server that runs a script, or sends these bytes and closes the connection."""

    def send(connection: socket.socket) -> None:
        assert isinstance(script, bytes)
        connection.sendall(script)
        connection.shutdown(socket.SHUT_RDWR)

    server = RawServer(send if isinstance(script, bytes) else script)
    try:
        yield server
    finally:
        server.close()


def trickling(head: bytes, piece: bytes, every_seconds: float = 0.02) -> Script:
    """Send a beginning, and then a piece now and then for ever, so that no read waits long."""

    def send(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(piece)
            time.sleep(every_seconds)

    return send
