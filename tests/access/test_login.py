"""How a person gets in: by a paste or a ticket, for a session that is not the secret."""

from __future__ import annotations

from collections.abc import Iterator
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest

from shanty.access import guesses
from shanty.access.credentials import SESSION_SECONDS, Credentials, make_ticket
from shanty.access.login_page import own_path
from tests.world.behind_the_door import PASSWORD, SECRET, Behind, basic, served


@pytest.fixture(scope="module")
def door() -> Iterator[Behind]:
    with served() as made:
        yield made


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guesses, "SECONDS_PER_GUESS", 0.001)


def log_in(door: Behind, *lines: str, **form: str) -> tuple[int, dict[str, str], str]:
    body = urlencode(form)
    more = [f"Content-Length: {len(body)}", *lines]
    head = "\r\n".join(["POST /login HTTP/1.1", f"Host: 127.0.0.1:{door.port}", *more])
    return door.send(f"{head}\r\nConnection: close\r\n\r\n{body}".encode())


def session_of(headers: dict[str, str]) -> str:
    cookie = SimpleCookie(headers["set-cookie"])
    (name,) = cookie
    return f"Cookie: {name}={cookie[name].value}"


@pytest.mark.parametrize("typed", [SECRET, f"shanty:{SECRET}", f" {SECRET}\n"])
def test_a_person_logs_in_with_one_paste(door: Behind, typed: str) -> None:
    status, headers, text = door.ask("/runs?page=2&x=%3Cb%3E", "Accept: text/html,*/*")
    assert status == 401
    assert 'value="/runs?page=2&amp;x=%3Cb%3E"' in text
    assert "no-store" in headers["cache-control"]
    status, headers, _ = log_in(door, secret=typed, next="/runs?page=2")
    assert (status, headers["location"]) == (303, "/runs?page=2")
    assert SECRET not in headers["set-cookie"]
    for attribute in ("HttpOnly", "SameSite=Strict", "Path=/"):
        assert attribute in headers["set-cookie"]
    assert "Secure" not in headers["set-cookie"]
    assert door.ask("/runs", session_of(headers))[0] == 200
    tossed = session_of(headers).replace("Cookie: ", f"Cookie: {door.credentials.cookie_name}=x; ")
    assert door.ask("/runs", tossed)[0] == 200, "another port's page has logged the person out"
    assert door.ask("/runs", session_of(headers), basic("shanty:stale"))[0] == 200


def test_behind_a_proxy_with_tls_the_session_is_for_tls_alone() -> None:
    with served(hosts=("music.example",)) as door:
        _, headers, _ = log_in(door, "Origin: https://music.example", secret=SECRET)
    assert "; Secure" in headers["set-cookie"]


def test_a_ticket_logs_in_once(door: Behind) -> None:
    ticket = make_ticket(SECRET)
    status, headers, _ = log_in(door, ticket=ticket)
    assert status == 303
    assert door.ask("/", session_of(headers))[0] == 200
    status, headers, text = log_in(door, ticket=ticket)
    assert status == 401
    assert "set-cookie" not in headers
    assert "`" not in text
    assert "<code>shanty open</code> gives a new one" in text
    for wrong in (ticket[:-1], make_ticket(SECRET, -1), make_ticket("another" * 5), "größe", "."):
        assert log_in(door, ticket=wrong)[0] == 401


@pytest.mark.parametrize("typed", ["", "wrong", "größe", "\ud800", "x" * 10_000])
def test_a_wrong_paste_is_told(door: Behind, typed: str) -> None:
    body = typed.encode("utf-8", "surrogatepass").decode("latin-1")
    status, headers, text = log_in(door, secret=body)
    assert status == 401
    assert "neither the secret nor the password" in text
    assert "set-cookie" not in headers


def test_a_form_that_is_none_is_a_wrong_paste(door: Behind) -> None:
    for body in (b"\xff\xfe", b"secret", b"&" * 50, b"a=1&" * 50, b"x" * 100_000):
        head = f"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        assert door.send(f"{head}Connection: close\r\n\r\n".encode() + body)[0] == 401


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "/\\evil.example",
        "http://evil.example",
        "javascript:alert(1)",
        "",
        "/\t/evil.example",
        "\n//evil.example",
        "/login",
        "x",
        "/a\r\nSet-Cookie: a=b",
    ],
)
def test_nobody_is_led_elsewhere_by_logging_in(door: Behind, path: str) -> None:
    assert own_path(path) == "/"
    assert log_in(door, secret=SECRET, next=path)[1]["location"] == "/"


def test_the_page_that_asks_runs_nothing_but_its_own(door: Behind) -> None:
    _, headers, text = door.ask('/"><script>x</script>', "Accept: text/html")
    assert "<script>x" not in text
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    # A stricter one would make the form's own Origin `null`.
    assert headers["referrer-policy"] == "same-origin"


def test_sessions_hold_across_restarts_and_end_with_secret_and_password() -> None:
    now = [1_800_000_000.0]
    first = Credentials(SECRET, clock=lambda: now[0])
    session = first.make_session()
    assert Credentials(SECRET, clock=lambda: now[0]).is_session(session)
    assert not Credentials("another" * 5, clock=lambda: now[0]).is_session(session)
    assert not Credentials(SECRET, PASSWORD, clock=lambda: now[0]).is_session(session)
    now[0] += SESSION_SECONDS
    assert not first.is_session(session)
    assert not first.is_session(make_ticket(SECRET, 10**8, clock=lambda: now[0]))


def test_a_used_ticket_does_not_come_to_life_with_a_restart() -> None:
    now = [1_800_000_000.0]
    first = Credentials(SECRET, clock=lambda: now[0])
    now[0] += 10
    ticket = make_ticket(SECRET, 3600, clock=lambda: now[0])
    assert first.spend_ticket(ticket)
    now[0] += 10
    assert not Credentials(SECRET, clock=lambda: now[0]).spend_ticket(ticket)
