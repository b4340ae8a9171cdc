"""Every request ends: whatever trickles, floods, or makes no sense, on real sockets."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
import requests

from flows.server.api import PrefectApi
from shanty.errors import PermanentError, ServerError, StageError, TransientError
from shanty.providers import http_transport
from shanty.providers.fingerprint import AcoustId
from shanty.providers.http_bounds import Bounds, BrokenBoundError, Spending
from shanty.providers.http_session import BoundedSession, Reply, fetch, make_session
from shanty.providers.lrclib import LrcLib
from shanty.providers.musicbrainz import MusicBrainz
from tests.world.raw_server import Script, serving, trickling

TIGHT = Bounds(total_seconds=0.6, answer_seconds=0.25, stall_seconds=0.15)
ENDS_WITHIN_SECONDS = 5.0
"""Of a request with these bounds, on a busy machine."""
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def ask(url: str, bounds: Bounds = TIGHT, max_bytes: int = 100_000) -> Reply:
    session = make_session(home_url=url, bounds=bounds)
    return fetch(session, url, service="the service", source="it", max_bytes=max_bytes)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


TRICKLES: dict[str, Script] = {
    "nothing at all": lambda connection: time.sleep(1),
    "the status line": trickling(b"HTTP/1.1 2", b"0"),
    "a header": trickling(OK + b"X-Endless: ", b"x"),
    "headers": trickling(OK, b"X-One: more\r\n", 0.03),
    "provisional answers": trickling(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.0),
    "a body": trickling(OK + b"Content-Length: 90000\r\n\r\n", b"x"),
    "a body without a length": trickling(OK + b"\r\n", b"x"),
    "chunks": trickling(CHUNKED, b"1\r\nx\r\n"),
    "the size of a chunk": trickling(CHUNKED, b"0"),
    "an extension of a chunk": trickling(CHUNKED + b"1;", b"x"),
    "trailers": trickling(CHUNKED + b"0\r\n", b"X-One: more\r\n", 0.03),
    "packed data": trickling(
        OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"x" * 99)[:20], b"\0"
    ),
}


@pytest.mark.parametrize("what", TRICKLES)
def test_what_trickles_is_cut(what: str) -> None:
    began = time.monotonic()
    with serving(TRICKLES[what]) as server, pytest.raises(TransientError) as caught:
        ask(server.url)
    assert time.monotonic() - began < ENDS_WITHIN_SECONDS
    assert "the service cannot be reached: it " in str(caught.value)


def test_a_header_that_trickles_over_redirects_is_cut() -> None:
    """Each of them is quick enough by itself."""

    def redirect(connection: socket.socket) -> None:
        time.sleep(0.1)
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /on\r\nContent-Length: 0\r\n\r\n")

    with serving(redirect) as server, pytest.raises(TransientError, match="not answer in time"):
        ask(server.url)
    assert 1 < len(server.asked) < 8


def test_a_name_that_is_not_found_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    wake_up = threading.Event()

    def getaddrinfo(*args: Any, **options: Any) -> Any:
        wake_up.wait(60)
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(http_transport.socket, "getaddrinfo", getaddrinfo)
    began = time.monotonic()
    try:
        with pytest.raises(TransientError, match="not answer in time"):
            ask("http://slow.example")
    finally:
        wake_up.set()
    assert time.monotonic() - began < ENDS_WITHIN_SECONDS


FLOODS: dict[str, Script] = {
    "a body": trickling(OK + b"\r\n", bytes(65536), 0.0),
    "a longer body than it says": trickling(OK + b"Content-Length: 4\r\n\r\n", bytes(65536), 0.0),
    "chunks": trickling(CHUNKED, chunk(bytes(65536)), 0.0),
    "the extension of a chunk": trickling(CHUNKED + b"1;", b"x" * 65536, 0.0),
    "headers": trickling(OK, b"X-One: " + b"x" * 1000 + b"\r\n", 0.0),
    "a redirect's body": trickling(b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", bytes(65536), 0.0),
}


@pytest.mark.parametrize("what", FLOODS)
def test_what_floods_is_cut(what: str) -> None:
    began = time.monotonic()
    with serving(FLOODS[what]) as server:
        try:
            reply = ask(server.url, Bounds(total_seconds=20))
        except StageError:
            pass
        else:
            assert len(reply.body) == 4
    assert time.monotonic() - began < ENDS_WITHIN_SECONDS


def test_what_unpacks_to_more_than_it_may_is_not_unpacked() -> None:
    """A thousand times its size: what comes is small, and what it would be is not."""
    bomb = gzip.compress(bytes(30_000_000))
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    with serving(head + bomb) as server, pytest.raises(PermanentError, match="more than 100000"):
        ask(server.url)


def test_packed_answers_are_unpacked() -> None:
    body = gzip.compress(b"words " * 1000)
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    with serving(head + body) as server:
        assert ask(server.url).body == b"words " * 1000


NONSENSE = {
    "an unknown packing": OK + b"Content-Encoding: br\r\n\r\nxx",
    "two packings": OK + b"Content-Encoding: gzip, gzip\r\n\r\n" + gzip.compress(b"x"),
    "what is not packed": OK + b"Content-Encoding: gzip\r\n\r\nplain",
    "half of what is packed": OK
    + b"Content-Encoding: gzip\r\n\r\n"
    + gzip.compress(b"x" * 99)[:-9],
    "another packing": OK + b"Content-Encoding: gzip\r\n\r\n" + zlib.compress(b"x"),
    "a chunk of no size": CHUNKED + b"zz\r\nxx\r\n0\r\n\r\n",
    "a chunk of a negative size": CHUNKED + b"-5\r\nxx\r\n0\r\n\r\n",
    "half a chunk": CHUNKED + b"64\r\nxx",
    "two lengths": OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nxxxxxx",
    "a shorter body": OK + b"Content-Length: 500\r\n\r\nxx",
    "no HTTP": b"220 mail.example ESMTP\r\n",
    "no status": b"HTTP/1.1 abc Odd\r\n\r\n",
    "nothing": b"",
    "zeros": bytes(100),
    "letters that are none": b"HTTP/1.1 302 F\xffound\r\nLocation: http://\xff\xfe/\r\n\r\n",
}


@pytest.mark.parametrize("what", NONSENSE)
def test_nonsense_is_an_ordinary_failure(what: str) -> None:
    with serving(NONSENSE[what]) as server, pytest.raises(StageError, match="the service"):
        ask(server.url)


def test_odd_headers_do_no_harm() -> None:
    odd = b"no colon at all\r\nX-\xff\xfe: \xff\r\nSet-Cookie: \xff=;;;\r\nRetry-After: \xb2\r\n"
    with serving(OK + odd + b"Content-Length: 2\r\n\r\nok") as server:
        assert ask(server.url).body in (b"ok", b"")


def test_a_slow_answer_is_waited_for() -> None:
    """Slower than any single read may be, and faster than what is next to nothing."""

    def send(connection: socket.socket) -> None:
        connection.sendall(OK + b"Content-Length: 20000\r\n\r\n")
        for _ in range(20):
            time.sleep(0.04)
            connection.sendall(bytes(1000))

    with serving(send) as server:
        assert len(ask(server.url, Bounds(20, 10, 0.5)).body) == 20_000


def test_only_what_is_waited_for_is_judged() -> None:
    now = [0.0]
    spending = Spending(Bounds(100, 40, 20, 1024), 10_000_000, lambda: now[0])
    spending.note(10, 30.0)  # the headers: their speed is no matter
    spending.begin_body()
    spending.note(10, 19.0)
    spending.note(30_000, 1.5)
    now[0] = 60.0
    assert spending.left_seconds() == 20
    with pytest.raises(BrokenBoundError, match="10 bytes in 20 s"):
        spending.note(10, 20.0)
    assert spending.broken
    now[0] = 100.0
    with pytest.raises(BrokenBoundError, match="in time"):
        spending.left_seconds()


@pytest.mark.parametrize("script", [TRICKLES["a body"], TRICKLES["headers"]], ids=["body", "head"])
def test_no_client_of_ours_waits_for_ever(script: Script, tmp_path: Path) -> None:
    with serving(script) as server:
        began = time.monotonic()
        musicbrainz = MusicBrainz(server.url)
        lyrics = LrcLib(server.url)
        acoustid = AcoustId(server.url, "key")
        for client in (musicbrainz, lyrics, acoustid):
            client._session.bounds = TIGHT
        with pytest.raises(TransientError):
            musicbrainz.get_artist("9c2c3c3a-0000-4000-8000-000000000000")
        with pytest.raises(TransientError):
            lyrics.find(artist="a", title="b", album="c", seconds=1)
        with pytest.raises(TransientError):
            acoustid.look_up("AQAA", 10)
        api = PrefectApi(f"{server.url}/api")
        api._session.bounds = TIGHT
        with pytest.raises(ServerError, match="does not answer"):
            api.get("/health")
    assert time.monotonic() - began < 4 * ENDS_WITHIN_SECONDS


def test_what_is_asked_without_fetch_is_bounded_too() -> None:
    bomb = gzip.compress(bytes(5_000_000))
    with (
        serving(OK + b"Content-Encoding: gzip\r\n\r\n" + bomb) as server,
        BoundedSession(server.url, TIGHT) as session,
        pytest.raises(requests.RequestException),
    ):
        session.get(server.url)
