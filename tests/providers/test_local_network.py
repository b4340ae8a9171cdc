"""Nobody outside sends us into the local network, and what a person has set works there."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from shanty.demo.answers import Answer, Request, json_answer
from shanty.demo.listener import Listener
from shanty.errors import PermanentError, StageError, TransientError
from shanty.providers import http_transport, local_network
from shanty.providers.artist_art import ArtistArt
from shanty.providers.coverart import CoverArt
from shanty.providers.http_session import fetch, make_session
from shanty.providers.http_transport import Home, RefusedAddressError
from shanty.providers.local_network import is_local
from tests.world.raw_server import RawServer, serving

JPEG = b"\xff\xd8\xff\xe0" + b"picture" * 50
PICTURE = Answer(200, JPEG, "image/jpeg")


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1"),
        *("172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.1.1"),
        *("224.0.0.251", "240.0.0.1", "255.255.255.255", "192.0.0.1", "198.18.0.1"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1"),
        *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::10.0.0.1", "64:ff9b:1::1"),
        *("2002:7f00:1::1", "2002:c0a8:101::", "2001:0:a00:1::1", "2001:db8::1"),
        *("", "example.org", "2130706433"),
    ],
)
def test_what_is_local(address: str) -> None:
    assert is_local(address)


@pytest.mark.parametrize(
    "address",
    [
        *("1.1.1.1", "207.241.224.2", "172.15.0.1", "172.32.0.1", "100.128.0.1", "192.167.1.1"),
        *("2606:4700::1111", "64:ff9b::101:101", "::ffff:1.1.1.1", "2002:101:101::1"),
    ],
)
def test_what_is_not(address: str) -> None:
    assert not is_local(address)


def test_a_neighbour_with_a_public_address_is_local(monkeypatch: pytest.MonkeyPatch) -> None:
    """With IPv6 all of a household have such; a tunnel to everywhere makes nobody a neighbour."""
    from psutil._ntuples import snicaddr

    six, four = socket.AF_INET6, socket.AF_INET
    interfaces = {
        "eth0": [
            snicaddr(six, "2a00:1450:4001:800::2%eth0", "ffff:ffff:ffff:ffff::", None, None),
            snicaddr(four, "80.1.2.3", "255.255.255.0", None, None),
        ],
        "tun0": [
            snicaddr(four, "81.1.2.3", "128.0.0.0", None, None),
            snicaddr(six, "2a00:1111::5", None, None, None),
        ],
    }
    monkeypatch.setattr(local_network.psutil, "net_if_addrs", lambda: interfaces)
    local_network._neighbourhood.cache_clear()
    try:
        local = ["2a00:1450:4001:800::77", "80.1.2.200", "81.1.2.3", "2a00:1111::5"]
        assert [one for one in local if not is_local(one)] == []
        away = ["2a00:1450:4001:801::77", "80.1.3.200", "81.1.2.4", "2a00:1111::6"]
        assert [one for one in away if is_local(one)] == []
    finally:
        local_network._neighbourhood.cache_clear()


@contextmanager
def names(monkeypatch: pytest.MonkeyPatch, **known: list[str]) -> Iterator[None]:
    """Names of the internet, each with the addresses that it stands for in turn."""
    ask = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *args: Any, **options: Any) -> Any:
        name = host.replace(".", "_")
        if name not in known:
            return ask(host, port, *args, **options)
        answers = known[name]
        where = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (where, port))]

    monkeypatch.setattr(http_transport.socket, "getaddrinfo", getaddrinfo)
    yield


@contextmanager
def a_neighbour() -> Iterator[RawServer]:
    """A router's page, say: whoever asks it anything has gone too far."""
    with serving(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n" + JPEG) as server:
        yield server


FORMS = [
    "http://127.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://[::1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://127.0.0.2:{port}/",
    "//127.0.0.1:{port}/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/",
    "http://１２７.0.0.1:{port}/",
    "http://127。0。0。1:{port}/",
    "http:\\\\127.0.0.1:{port}\\",
    "http://public.example@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/",
    "http://169.254.169.254/latest/meta-data/",
    "http://192.168.1.1/",
]
IMPOSSIBLE = [
    "http://[",
    "http://[::1",
    "http://[gggg::1]/",
    "http://" + "a" * 64 + ".example/",
    "http://" + ".".join(["abcdefgh"] * 40) + "/",
    "http://a..example/",
    "http://.example/",
    "http://a b.example/",
    "http://a_\x00.example/",
    "http://\udcff.example/",
    "http://xn--a.example/",
    "http://münchen\u200d.example/",
    "http://example:99999/",
    "http://example:-1/",
    "http://example:port/",
    "http://:80/",
    "http:///path",
    "http:",
    "//",
    "file:///etc/passwd",
    "ftp://example/",
    "gopher://example/",
    "data:image/png;base64,AAAA",
    "javascript:alert(1)",
    "HTTP+UNIX://%2Frun%2Fdocker.sock/",
]


@pytest.mark.parametrize("location", [*FORMS, *IMPOSSIBLE])
def test_a_redirect_leads_nowhere_near(location: str) -> None:
    with a_neighbour() as neighbour:
        address = location.format(port=neighbour.port).encode("utf-8", "surrogateescape")
        head = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: "
        with serving(head + address + b"\r\n\r\n") as server, pytest.raises(StageError) as caught:
            CoverArt(server.url).front("", "r")
    assert neighbour.asked == []
    if location.startswith("http://") and location in FORMS:
        assert isinstance(caught.value, PermanentError)
    assert len(str(caught.value)) < 300


def test_each_of_several_redirects_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that stands for loopback, behind one that is out in the internet for all we know."""
    with a_neighbour() as neighbour, ExitStack() as stack:
        stack.enter_context(names(monkeypatch, archive_example=["127.0.0.1"]))
        there = f"http://archive.example:{neighbour.port}/picture.jpg"
        answers = {"/one": Answer(302, headers={"Location": there})}
        first = Answer(302, headers={"Location": "/one"})
        served = Listener(lambda request: answers.get(request.path, first))
        base = stack.enter_context(served).base_url
        with pytest.raises(PermanentError, match=r"archive\.example, which is in the local"):
            CoverArt(base).front("", "r")
    assert neighbour.asked == []


def test_what_a_name_stands_for_when_it_is_connected_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """First for an address in the internet, and at the next look for one of ours."""
    looked: list[str] = []
    monkeypatch.setattr(http_transport, "is_local", lambda a: bool(looked.append(a)) or is_local(a))
    with a_neighbour() as neighbour, names(monkeypatch, turns_example=["127.0.0.1", "1.1.1.1"]):
        session = make_session(home_url="http://public.example")
        with pytest.raises(RefusedAddressError):
            fetch(
                session,
                f"http://turns.example:{neighbour.port}/",
                service="it",
                source="it",
                max_bytes=9,
            )
    assert looked == ["127.0.0.1"]
    assert neighbour.asked == []


def test_what_a_person_has_set_may_be_anywhere() -> None:
    """A mirror in the house, its own redirects included."""
    there = Answer(307, headers={"Location": "/picture.jpg"})
    with Listener(lambda r: PICTURE if r.path == "/picture.jpg" else there, 0) as mirror:
        assert CoverArt(mirror.base_url).front("", "r") == (JPEG, "image/jpeg")
        by_name = mirror.base_url.replace("127.0.0.1", "localhost")
        assert CoverArt(by_name).front("", "r") == (JPEG, "image/jpeg")


@pytest.mark.parametrize(
    ("base", "host", "port", "is_home"),
    [
        ("http://NAS.local/api/", "nas.local", 80, True),
        ("http://nas.local", "nas.local.", 443, True),
        ("http://nas.local", "nas.local", 8080, False),
        ("https://nas.local", "nas.local", 80, False),
        ("http://[fd00::1]:5000", "[fd00::1]", 5000, True),
        ("http://192.168.1.5:5000/", "192.168.1.5", 5000, True),
        ("http://192.168.1.5:5000/", "192.168.1.6", 5000, False),
        ("", "", 0, True),
        ("http://[", "127.0.0.1", 80, False),
    ],
)
def test_where_home_is(base: str, host: str, port: int, is_home: bool) -> None:
    assert Home.of(base).is_at(host, port) is is_home


def test_an_address_in_an_answer_is_judged_as_a_redirect_is() -> None:
    """The service of artists' pictures says where a picture lies."""
    with a_neighbour() as neighbour:
        for place in FORMS[:4] + IMPOSSIBLE:
            address = place.format(port=neighbour.port)

            def answer(request: Request, address: str = address) -> Answer:
                if request.path == "/own.jpg":
                    return PICTURE
                return json_answer({"artistthumb": [{"url": address, "likes": "1"}]})

            with Listener(answer) as service, pytest.raises((PermanentError, TransientError)):
                ArtistArt(service.base_url).picture("mbid")
        with Listener(lambda r: PICTURE if r.path == "/own.jpg" else json_answer(own)) as service:
            own = {"artistthumb": [{"url": f"{service.base_url}/own.jpg"}]}
            assert ArtistArt(service.base_url).picture("mbid") == (JPEG, "image/jpeg")
    assert neighbour.asked == []


def test_a_proxy_is_not_sent_into_the_local_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """It stands in the same network as we do."""
    with a_neighbour() as proxy, a_neighbour() as neighbour:
        monkeypatch.setenv("http_proxy", proxy.url)
        session = make_session(home_url="http://public.example")
        for address in (neighbour.url, "http://192.168.1.1/"):
            with pytest.raises(RefusedAddressError):
                fetch(session, address, service="it", source="it", max_bytes=9999)
        assert proxy.asked == []
        reply = fetch(session, "http://public.example/a", service="it", source="it", max_bytes=9999)
        assert reply.body == JPEG
        assert proxy.asked == ["GET http://public.example/a HTTP/1.1"]
    assert neighbour.asked == []
