"""Tries to get into a running ``shanty up`` without being its owner, in every way we know.

    python -m tests.world.attack_service http://127.0.0.1:4200 --home ~/.local/share/shanty

Prints one line for each attempt; the exit code is 1 if one of them succeeds. With ``--home``, run
by the owner, it also tries what must be refused *with* the secret, and what must work. With
``--user``, run as root, another user of this machine tries to read the secret. It needs what the
tests need. If Chromium is there, another site's page tries too. Nothing is changed: the job that
it would run is ours.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import pwd
import socket
import sys
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from tests.world.browser import CHROMIUM
from tests.world.foreign_page import come_with_a_page

PATHS = (
    "/", "/docs", "/openapi.json", "/ui-settings", "/runs", "/assets/x.js", "/login/",
    "/login/../api/version", "/api/docs", "/api/openapi.json", "/api/admin/version",
    "/api/admin/settings", "/api/ready", "/api/version", "/api/deployments/filter",
    "/api/block_documents/filter", "/api/artifacts/filter", "/api/logs/filter", "/api/health/",
    "//api/health", "/api/health/../admin/version", "/api/health%2f..%2fadmin/version",
    "/API/health",
)  # fmt: skip
SOCKETS = (
    "/api/events/in", "/api/events/out", "/api/logs/out", "/api/task_runs/subscriptions/scheduled",
    "/api/work_pools/shanty/workers/connect",
)  # fmt: skip
FOREIGN = (
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://localhost"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
    {"Host": "evil.example"},
    {"Host": "127.0.0.1.evil.example:4200"},
    {"Host": "0.0.0.0"},
)
WRONG = (
    "",
    "Basic",
    "Basic !",
    "Basic c2hhbnR5Og==",
    "Basic c2hhbnR5Omdyw7bDn2U=",  # "größe" in UTF-8, and as a browser of old writes it
    "Basic c2hhbnR5Omdy9t9l",
    "Bearer gr\xf6\xdfe",
)
REFUSED = (400, 401, 403, 404, 405, 429)
PREFECT = Subprotocol("prefect")


@dataclass
class Attack:
    """A service under attack, and the result of each attempt."""

    url: str
    secret: str | None = None
    failures: list[str] = field(default_factory=list)
    attempts: int = 0

    def report(self, what: str, is_refused: bool, detail: object = "") -> None:
        """Print and remember the result of an attempt."""
        self.attempts += 1
        print(f"{'refused' if is_refused else 'SUCCEEDED':9}  {what}  {detail}".rstrip())
        if not is_refused:
            self.failures.append(what)

    def ask(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> tuple[int, HTTPResponse, bytes]:
        """Make one request with the given headers and no others."""
        place = urlsplit(self.url)
        connection = HTTPConnection(place.hostname or "", place.port, timeout=30)
        connection.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, answer, content

    @property
    def right(self) -> dict[str, str]:
        """The owner's header."""
        token = base64.b64encode(f"shanty:{self.secret}".encode()).decode()
        return {"Authorization": f"Basic {token}"}


def ask_without_the_secret(attack: Attack) -> None:
    """Ask as `curl` does: with and without headers, with each method, with and without a type."""
    for path in PATHS:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"):
            status, answer, content = attack.ask(
                method, path, {}, b"{}" if method != "GET" else None
            )
            is_refused = (
                status in REFUSED and answer.getheader("Access-Control-Allow-Origin") is None
            )
            attack.report(f"{method} {path}", is_refused, status)
            assert b"Traceback" not in content
    for header in WRONG:
        status, *_ = attack.ask("POST", "/api/deployments/filter", {"Authorization": header}, b"{}")
        attack.report(f"a guess: {header!r}", status in (401, 429), status)


def ask_to_run_something(attack: Attack) -> None:
    """The two requests by which any page once ran a command."""
    for headers in ({}, {"Content-Type": "text/plain"}, {"Content-Type": "application/json"}):
        for foreign in ({}, *FOREIGN):
            for own in ({}, attack.right) if attack.secret and foreign else ({},):
                given = {**headers, **foreign, **own}
                status, _, content = attack.ask("POST", "/api/deployments/filter", given, b"{}")
                found = json.loads(content) if status == 200 else []
                what = f"POST from {foreign or 'a program'}{' with the secret' if own else ''}"
                attack.report(what, status in REFUSED, status)
                for one in found[:1]:
                    path = f"/api/deployments/{one['id']}/create_flow_run"
                    body = json.dumps({"state": {"type": "SCHEDULED"}}).encode()
                    attack.report("a run was made", attack.ask("POST", path, given, body)[0] != 201)


def ask_for_permission(attack: Attack) -> None:
    """Send preflight requests, as a browser does for another site's page."""
    for origin in ("http://evil.example", "null", "http://127.0.0.1:1"):
        headers = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,authorization",
        }
        status, answer, _ = attack.ask("OPTIONS", "/api/deployments/filter", headers)
        allowed = answer.getheader("Access-Control-Allow-Origin")
        attack.report(f"a preflight from {origin}", status in REFUSED and not allowed, status)


def open_sockets(attack: Attack) -> None:
    """Open WebSockets without the secret, and from other sites with it."""
    address = attack.url.replace("http", "ws", 1)
    ways: list[tuple[str, dict[str, str], str | None, str]] = [
        ("nothing", {}, None, ""),
        ("a foreign origin", {}, "http://evil.example", ""),
        ("a wrong token", {}, None, "shanty:wrong"),
        ("a token that is no text", {}, None, "shanty:größe"),
    ]
    if attack.secret:
        ways += [
            ("the secret and a foreign origin", attack.right, "http://evil.example", ""),
            ("the secret and no origin of anybody's", attack.right, "null", ""),
            ("a token and a foreign origin", {}, "http://127.0.0.1:1", f"shanty:{attack.secret}"),
        ]
    for path in SOCKETS:
        for what, headers, origin, token in ways:
            got = _talk(f"{address}{path}", headers, origin, token)
            attack.report(f"a WebSocket to {path} with {what}", got is None, got or "")


def _talk(address: str, headers: dict[str, str], origin: str | None, token: str) -> str | None:
    """What a WebSocket answers to one of Prefect's clients; None if it is closed."""
    try:
        with connect(
            address,
            additional_headers=headers,
            origin=None if origin is None else Origin(origin),
            subprotocols=[PREFECT],
            proxy=None,
        ) as opened:
            opened.send(json.dumps({"type": "auth", "token": token or None}))
            return str(opened.recv(timeout=15))
    except (WebSocketException, TimeoutError, ConnectionError):
        return None


def ask_in_odd_ways(attack: Attack) -> None:
    """Send requests that no client sends: without a host, with two, with a foreign first line."""
    place = urlsplit(attack.url)
    for lines in (
        "GET /api/version HTTP/1.0",
        "GET /api/version HTTP/1.1\r\nHost:",
        "GET /api/version HTTP/1.1\r\nHost: localhost\r\nHost: evil.example",
        "GET http://localhost/api/version HTTP/1.1\r\nHost: evil.example",
        "GET /api/version HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: localhost",
        "GET /api/version HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\nOrigin: http://localhost",
        "GET /api/version HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 127.0.0.1\r\n"
        "X-Forwarded-User: shanty\r\nX-Original-URL: /api/health\r\nX-Rewrite-URL: /api/health",
    ):
        more = "".join(f"\r\n{name}: {value}" for name, value in attack.right.items())
        is_foreign = "evil" in lines or "null" in lines
        sent = f"{lines}{more if attack.secret and is_foreign else ''}\r\nConnection: close\r\n\r\n"
        with socket.create_connection((place.hostname or "", place.port or 80), 30) as opened:
            opened.sendall(sent.encode())
            status = opened.recv(65536).split(b" ")[1:2]
        attack.report(lines.replace("\r\n", " | "), status not in ([b"200"], []), status)


def come_with_pages(attack: Attack) -> None:
    """Open another site's page in a real browser, of a stranger and of the logged-in owner."""
    if CHROMIUM is None:
        print("skipped    no chromium: no page has tried it")
        return
    for secret in {None, attack.secret}:
        for attempt in come_with_a_page(attack.url, secret):
            attack.report(*attempt)


def come_as_another_user(attack: Attack, home: Path, name: str) -> None:
    """Try as another user of this machine; only root can become one."""
    user = pwd.getpwnam(name)
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
        read = 0
        for path in (home / "secret", *home.glob("prefect/*"), home / "shanty.log"):
            try:
                read += bool(path.read_bytes())
            except OSError:
                continue
        status, *_ = attack.ask("POST", "/api/deployments/filter", {}, b"{}")
        os._exit(0 if read == 0 and status == 401 else 1)
    _, code = os.waitpid(child, 0)
    attack.report(f"{name} reads the secret, and asks", os.waitstatus_to_exitcode(code) == 0)
    for path in home.rglob("*"):
        if path.is_file() and path.name == "secret":
            attack.report(f"the mode of {path.name}", path.stat().st_mode & 0o077 == 0)


def look_at_processes(attack: Attack) -> None:
    """Look at the command lines of processes, which every user can see."""
    if attack.secret:
        lines = [
            path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if _is_there(path)
        ]
        attack.report(
            "a command line has the secret", not any(attack.secret.encode() in x for x in lines)
        )


def _is_there(path: Path) -> bool:
    try:
        return bool(path.read_bytes())
    except OSError:
        return False


def check_that_the_owner_gets_in(attack: Attack) -> None:
    """Check that the owner gets in: a door that is shut to everybody would pass all the rest."""
    for path, method in (
        ("/api/admin/version", "GET"),
        ("/api/deployments/filter", "POST"),
        ("/", "GET"),
    ):
        status, *_ = attack.ask(method, path, attack.right, b"{}" if method == "POST" else None)
        print(
            f"{'let in' if status == 200 else 'KEPT OUT':9}  the owner: {method} {path}  {status}"
        )
        if status != 200:
            attack.failures.append(f"the owner is kept out: {path}")
    address = attack.url.replace("http", "ws", 1)
    if _talk(f"{address}/api/events/out", {}, None, f"shanty:{attack.secret}") is None:
        attack.failures.append("the owner is kept out of WebSockets")


def main() -> int:
    """Attack the service that the command line names."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("url", help="of the pages, such as http://127.0.0.1:4200")
    parser.add_argument("--home", type=Path, help="the home folder of the service")
    parser.add_argument("--user", help="another user of this machine, such as nobody")
    given = parser.parse_args()
    secret = (given.home / "secret").read_text().strip() if given.home else None
    attack = run(given.url.rstrip("/"), secret, given.home, given.user)
    print(f"\n{attack.attempts} attempts, {len(attack.failures)} of them successful")
    return 1 if attack.failures else 0


def run(url: str, secret: str | None, home: Path | None, user: str | None) -> Attack:
    """Try everything; attempts that succeeded are in ``failures``."""
    attack = Attack(url, secret)
    ask_to_run_something(attack)
    ask_for_permission(attack)
    open_sockets(attack)
    ask_in_odd_ways(attack)
    come_with_pages(attack)
    look_at_processes(attack)
    ask_without_the_secret(attack)
    if home is not None:
        log = (home / "prefect" / "server.log").read_text(errors="replace")
        attack.report("a traceback of what keeps the door", "shanty/access/" not in log)
    if home is not None and user is not None:
        come_as_another_user(attack, home, user)
    if secret is not None:
        check_that_the_owner_gets_in(attack)
    return attack


if __name__ == "__main__":
    sys.exit(main())
