"""What the client of Prefect's REST API does with servers that behave in unusual ways."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from flows.server.api import PrefectApi


class _OneAnswerEach(BaseHTTPRequestHandler):
    """Keeps a connection, and hangs up without a word when the next request comes on it.

    A busy server does so when its patience with a silent connection ends at that instant.
    """

    protocol_version = "HTTP/1.1"
    busy_times = 0
    says_so = False
    has_answered = False

    def answer(self) -> None:
        is_asked_to = self.close_connection
        if self.has_answered:
            self.close_connection = True
            return
        self.has_answered = True
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        kind = type(self)
        is_busy = kind.busy_times > 0
        kind.busy_times -= is_busy
        self.send_response(HTTPStatus.SERVICE_UNAVAILABLE if is_busy else HTTPStatus.OK)
        if self.says_so and is_asked_to:
            self.send_header("Connection", "close")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"[]")

    do_GET = do_POST = answer

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(handler: type[_OneAnswerEach]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/api"
        server.shutdown()


def test_a_connection_that_the_server_has_given_up_costs_no_request() -> None:
    with served(_OneAnswerEach) as url:
        api = PrefectApi(url)
        for _ in range(3):
            assert api.get("/flows/any") == []
            assert api.post("/deployments/any/create_flow_run", name="one") == []


def test_a_busy_server_that_hangs_up_is_asked_again() -> None:
    class Busy(_OneAnswerEach):
        """Answers 503 and hangs up, as uvicorn does after an error of the application."""

        busy_times = 2
        says_so = True

    with served(Busy) as url:
        assert PrefectApi(url).post("/deployments/any/create_flow_run", name="one") == []
        assert Busy.busy_times == 0
