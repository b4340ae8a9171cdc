"""Who gets through the door: over real HTTP and WebSockets, with whatever headers there may be."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from shanty.access import guesses
from shanty.access.addresses import Place, own_places
from tests.world.behind_the_door import RIGHT, SECRET, Behind, basic, served

PREFECT = Subprotocol("prefect")


@pytest.fixture(scope="module")
def door() -> Iterator[Behind]:
    with served() as made:
        yield made


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guesses, "SECONDS_PER_GUESS", 0.001)


@pytest.mark.parametrize(
    "header", [RIGHT, f"Authorization: Bearer {SECRET}", RIGHT.replace("Basic", "basic")]
)
def test_the_secret_opens(door: Behind, header: str) -> None:
    assert door.ask("/api/x", header)[0] == 200
    assert door.ask("/api/x", header, method="DELETE")[0] == 200


@pytest.mark.parametrize(
    "header",
    [
        "X-Nothing: at all",
        "Authorization: Basic",
        "Authorization: Basic !!!",
        "Authorization: Basic \xff\xfe",
        f"Authorization: {SECRET}",
        f"Authorization: Digest {SECRET}",
        "Authorization: Bearer",
        f"Authorization: Bearer {SECRET[:-1]}",
        f"Authorization: Bearer {SECRET}x",
        f"Authorization: Bearer {SECRET.upper()}",
        "Authorization: Bearer gr\xf6\xdfe",
        basic(SECRET),
        basic(f":{SECRET}"),
        basic(f"admin:{SECRET}"),
        basic("shanty:"),
        basic("shanty:größe"),
        basic("shanty:größe", "latin-1"),
        basic("shanty:\x00"),
        f"Cookie: shanty={SECRET}",
        "X-Forwarded-User: shanty\r\nX-Forwarded-For: 127.0.0.1\r\nForwarded: for=127.0.0.1",
    ],
)
def test_nothing_else_opens_and_nothing_is_a_traceback(
    door: Behind, header: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = list(door.seen)
    with caplog.at_level(logging.WARNING):
        for path in ("/", "/api/x", "/api/health/", "//api/health", "/api/health/../x"):
            assert door.ask(path, header)[0] == 401
        assert door.ask("/api/health", header, method="POST")[0] == 401
    assert not caplog.records
    assert door.seen == before


def test_whether_it_lives_is_told_to_anybody_here(door: Behind) -> None:
    assert door.ask("/api/health")[0] == 200
    assert door.ask("/api/health", host="evil.example")[0] == 403
    assert door.ask("/api/health", "Origin: http://evil.example")[0] == 403


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil.example#127.0.0.1",
        "evil.example@127.0.0.1",
        "127.0.0.1@evil.example",
        "0.0.0.0",
        "10.0.0.1",
        "[fe80::1]",
        "[::]",
        "0x7f.1",
        "2130706433",
        "127.1",
        "localhost:0",
        "a b",
        "localhost:99999",
        "localhost:",
        "localhost,evil.example",
        "xn--localhst-7be",
        ".",
        "localhost/evil.example",
        "[127.0.0.1]x",
        "lοcalhost".encode().decode("latin-1"),
    ],
)
def test_a_foreign_host_is_refused_also_with_the_secret(door: Behind, host: str) -> None:
    before = list(door.seen)
    host = host.format(port=door.port)
    for path in ("/", "/api/x", "/api/health", "/login"):
        assert door.ask(path, RIGHT, host=host)[0] in (400, 403)
    assert door.seen == before


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:{port}",
        "localhost.",
        "127.0.0.1",
        "127.0.0.1.:{port}",
        "[::1]:80",
        "127.8.9.1",
        "[::ffff:127.0.0.1]:{port}",
        "[0:0:0:0:0:0:0:1]",
    ],
)
def test_our_own_host_is_known_in_each_way_to_write_it(door: Behind, host: str) -> None:
    assert door.ask("/api/x", RIGHT, host=host.format(port=door.port))[0] == 200


def test_a_request_without_a_host_or_with_two_is_refused(door: Behind) -> None:
    for lines in ("", "Host: \r\n", "Host: localhost\r\nHost: localhost\r\n"):
        for version in ("1.0", "1.1"):
            sent = f"GET /api/x HTTP/{version}\r\n{lines}{RIGHT}\r\nConnection: close\r\n\r\n"
            assert door.send(sent.encode())[0] in (400, 403)
    assert door.ask("/api/x", RIGHT, "X-Forwarded-Host: evil.example")[0] == 200
    assert door.ask("/api/x", RIGHT, "X-Forwarded-Host: localhost", host="evil.example")[0] == 403


FOREIGN = [
    "Origin: http://evil.example",
    "Origin: null",
    "Origin:",
    "Origin: http://127.0.0.1:1",
    "Origin: http://127.0.0.1",
    "Origin: http://localhost:{port}",  # another name than the request's: another origin
    "Origin: https://127.0.0.1:{port}@evil.example",
    "Origin: ws://127.0.0.1:{port}",
    "Origin: file://",
    "Origin: chrome-extension://127.0.0.1:{port}",
    "Origin: 127.0.0.1:{port}",
    "Origin: http://127.0.0.1:{port}/",
    "Origin: http://127.0.0.1:{port} http://evil.example",
    "Origin: http://127.0.0.1:{port}\r\nOrigin: http://evil.example",
    "Origin: http://127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}",
    "Sec-Fetch-Site: cross-site",
    "Sec-Fetch-Site: Cross-Site",
    "Sec-Fetch-Site: same-site",
    "Sec-Fetch-Site: something-new",
    "Sec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site",
    "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document",
    "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe",
    "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: script",
]


@pytest.mark.parametrize("lines", FOREIGN)
def test_a_page_of_another_place_is_refused_also_with_the_secret(door: Behind, lines: str) -> None:
    before = list(door.seen)
    session = f"Cookie: {door.credentials.cookie_name}={door.credentials.make_session()}"
    lines = lines.format(port=door.port)
    for proof in (RIGHT, session):
        for method in ("GET", "POST", "OPTIONS", "DELETE"):
            assert door.ask("/api/x", proof, lines, method=method)[0] == 403
        assert door.ask("/login", proof, lines)[0] == 403
        assert door.ask("/api/health", proof, lines)[0] == 403
    assert door.seen == before


@pytest.mark.parametrize(
    "lines",
    [
        "Origin: http://127.0.0.1:{port}",
        "Origin: HTTP://127.0.0.1:{port}",
        "Sec-Fetch-Site: same-origin",
        "Sec-Fetch-Site: none",
        "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document",
    ],
)
def test_our_own_pages_and_a_typed_address_are_not(door: Behind, lines: str) -> None:
    assert door.ask("/", RIGHT, lines.format(port=door.port))[0] == 200


def test_names_that_a_setting_lists_are_ours_too() -> None:
    with served(hosts=("music.example", "other.example:8443")) as door:
        assert door.ask("/", RIGHT, host="music.example")[0] == 200
        assert door.ask("/", RIGHT, "Origin: https://music.example", host="Music.Example")[0] == 200
        # A proxy may hand on another Host than the browser has asked for.
        assert door.ask("/", RIGHT, "Origin: https://music.example")[0] == 200
        assert door.ask("/", RIGHT, "Origin: https://other.example:8443")[0] == 200
        assert door.ask("/", RIGHT, "Origin: https://other.example")[0] == 403
        assert door.ask("/", RIGHT, "Origin: https://music.example:8443")[0] == 403
        assert door.ask("/", RIGHT, host="sub.music.example")[0] == 403


def test_what_listens_to_more_than_loopback_has_the_machines_name_and_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "NAS.example.org")
    everywhere = own_places("0.0.0.0", ())
    for host in ("nas", "nas.local", "nas.example.org:4200", "192.168.1.5:4200", "localhost"):
        assert everywhere.is_own_host(host, "192.168.1.5"), host
    for host in ("0.0.0.0:4200", "192.168.1.6", "nas.evil.example", "example.org"):
        assert not everywhere.is_own_host(host, "192.168.1.5"), host
    assert everywhere.is_own_host("192.168.1.5", "::ffff:192.168.1.5")
    assert not own_places("127.0.0.1", ()).is_own_host("nas", "127.0.0.1")
    assert own_places("music.example", ()).is_own_host("music.example:4200", "192.0.2.1")
    assert own_places("::", ()).is_own_host("[2001:db8::5]:4200", "2001:db8::5")
    assert Place.parse("[2001:DB8:0::5]:1") == Place("2001:db8::5", 1)


def address(door: Behind) -> str:
    return f"ws://127.0.0.1:{door.port}/api/events/out"


def test_a_websocket_opens_by_header_by_session_and_by_first_message(door: Behind) -> None:
    session = f"{door.credentials.cookie_name}={door.credentials.make_session()}"
    own = Origin(f"http://127.0.0.1:{door.port}")
    for headers, origin in (
        ({"Authorization": RIGHT.partition(": ")[2]}, None),
        ({"Cookie": session}, own),
    ):
        with connect(
            address(door), additional_headers=headers, origin=origin, subprotocols=[PREFECT]
        ) as socket:
            socket.send("hello")
            assert socket.recv() == "heard hello"
    with connect(address(door), subprotocols=[PREFECT]) as socket:
        first = json.dumps({"type": "auth", "token": f"shanty:{SECRET}"})
        socket.send(first)
        assert socket.recv() == f"heard {first}"


@pytest.mark.parametrize(
    ("headers", "origin"),
    [
        ({}, None),
        ({"Authorization": "Basic wrong"}, None),
        ({"Authorization": RIGHT.partition(": ")[2]}, "http://evil.example"),
        ({"Authorization": RIGHT.partition(": ")[2]}, "null"),
        ({"Authorization": RIGHT.partition(": ")[2], "Sec-Fetch-Site": "cross-site"}, None),
        ({"Authorization": RIGHT.partition(": ")[2], "Host": "evil.example"}, None),
    ],
)
def test_any_other_websocket_is_refused_before_it_opens(
    door: Behind, headers: dict[str, str], origin: str | None
) -> None:
    before = list(door.seen)
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(address(door), additional_headers=headers, origin=origin and Origin(origin)),
    ):
        pass
    assert refused.value.response.status_code in (400, 403)
    assert door.seen == before


@pytest.mark.parametrize(
    "message",
    [
        "",
        "hello",
        "[]",
        '"x"',
        "{}",
        '{"type": "auth"}',
        '{"type": "auth", "token": null}',
        '{"type": "auth", "token": 1}',
        '{"type": "auth", "token": "shanty:größe"}',
        "[" * 90000,
        f'{{"type": "auth", "token": "{SECRET}"}}',
        '{"type": "auth", "token": "\\ud800"}',
        f'{{"type": "subscribe", "token": "shanty:{SECRET}"}}',
        b"\xff\xfe\x00",
    ],
)
def test_a_wrong_first_message_closes_a_websocket(
    door: Behind, message: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    before = list(door.seen)
    with caplog.at_level(logging.WARNING), connect(address(door), subprotocols=[PREFECT]) as socket:
        socket.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=15)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
    assert door.seen == before
    assert not caplog.records
