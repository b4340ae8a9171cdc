"""What the client of Prefect's REST API does with servers that behave in unusual ways."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from flows.server.api import PrefectApi


class _OneAnswerEach(BaseHTTPRequestHandler):
    """Keeps a connection, and hangs up without a word when the next request comes on it.

    A busy server does so when its patience with a silent connection ends at that instant.
    """

    protocol_version = "HTTP/1.1"
    has_answered = False

    def answer(self) -> None:
        if self.has_answered:
            self.close_connection = True
            return
        self.has_answered = True
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"[]")

    do_GET = do_POST = answer

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hangs_up() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _OneAnswerEach) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/api"
        server.shutdown()


def test_a_connection_that_the_server_has_given_up_costs_no_request(hangs_up: str) -> None:
    api = PrefectApi(hangs_up)
    for _ in range(3):
        assert api.get("/flows/any") == []
        assert api.post("/deployments/any/create_flow_run", name="one") == []
