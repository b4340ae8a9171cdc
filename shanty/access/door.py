"""The door: ASGI middleware that lets no stranger through, and no foreign page.

It first checks that a request is for our host, and not from another place's page. If that fails,
the request is refused even with the secret. Then it asks for the secret or the password
(``Authorization``: Basic or Bearer), or for a session (a cookie). Owns how these look in HTTP and
on WebSockets. Knows nothing of the application behind it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, MutableMapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from shanty.access.addresses import OwnPlaces, is_from_elsewhere
from shanty.access.answers import send_answer, send_login, send_text, with_headers
from shanty.access.credentials import SESSION_SECONDS, Credentials, split_user
from shanty.access.guesses import SECONDS_PER_GUESS, Guesses
from shanty.access.login_page import PATH, PLAIN, LoginPage, own_path
from shanty.access.request import App, Message, Receive, Request, Send

_FETCH = ("sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest")
_SINGLE = ("host", "origin", "authorization", *_FETCH)
_MAX_FORM_BYTES = 16 * 1024
_FIRST_MESSAGE_SECONDS = 10.0
_MAX_STRANGERS = 256
_REFUSED = 1008  # WebSocket: policy violation
_SUBPROTOCOL = "prefect"


class Door:
    """Stands before an ASGI application. ``open_paths`` can be read without the secret.

    ``login`` is the page that asks for the secret. ``root_path`` is the path that a proxy in front
    has removed from each address.
    """

    def __init__(
        self,
        app: App,
        credentials: Credentials,
        places: OwnPlaces,
        *,
        open_paths: Iterable[str] = (),
        login: LoginPage = PLAIN,
        root_path: str = "",
    ):
        self._app = app
        self._credentials = credentials
        self._places = places
        self._open_paths = frozenset(open_paths)
        self._login = login
        self._root_path = root_path
        self._guesses = Guesses()
        self._strangers = 0  # WebSockets that have not said yet who they are

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Let a connection through, or answer it here."""
        if scope["type"] == "http":
            await self._answer(Request(scope), receive, with_headers(send))
        elif scope["type"] == "websocket":
            await self._connect(Request(scope), receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, request: Request, receive: Receive, send: Send) -> None:
        if why := self._why_foreign(request):
            await send_text(send, HTTPStatus.FORBIDDEN, f"refused: {why}\n")
        elif request.path == PATH:
            await self._log_in(request, receive, send)
        elif self._is_open(request):
            await self._app(request.scope, receive, send)
        elif self._has_session(request):
            await self._answer_session(request, receive, send)
        elif (guess := request.credential) is None:
            await self._ask(request, send, HTTPStatus.UNAUTHORIZED)
        elif (verdict := await self._judge(request.client, guess)) is HTTPStatus.OK:
            await self._app(request.scope, receive, send)
        else:
            await self._ask(request, send, verdict)

    async def _answer_session(self, request: Request, receive: Receive, send: Send) -> None:
        """Let somebody who has logged in look; and act, if it is one of our pages that asks.

        A cookie alone says nothing of that: a browser sends it along whoever asks.
        """
        is_own_page = bool(request.all("origin")) or request.get(_FETCH[0]) == "same-origin"
        if request.is_reading or is_own_page:  # whose origin it is has been looked at
            await self._app(request.scope, receive, send)
            return
        why = "a session acts from our own pages only; a program sends the secret instead"
        await send_text(send, HTTPStatus.FORBIDDEN, f"refused: {why}\n")

    def _why_foreign(self, request: Request) -> str:
        """Say why a request is foreign, as the end of a sentence; empty if it is not."""
        # If a header came twice, the application behind might read the one we did not check.
        for name in _SINGLE:
            if len(request.all(name)) > 1:
                return f"it has more than one {name}"
        host, origin = request.get("host"), request.get("origin")
        if not self._places.is_own_host(host, request.local_host):
            return "it is for another host; SHANTY_SERVER__HOSTS lists further names of this one"
        if request.all("origin") and not self._places.is_own_origin(origin, host):
            return "it comes from a page of another place"
        site, mode, destination = map(request.get, _FETCH)
        if is_from_elsewhere(site, mode, destination, request.method):
            return "it comes from a page of another place; type or paste the address instead"
        return ""

    def _is_open(self, request: Request) -> bool:
        return request.is_reading and request.path in self._open_paths

    def _has_session(self, request: Request) -> bool:
        return any(
            map(self._credentials.is_session, request.cookies(self._credentials.cookie_name))
        )

    async def _judge(self, client: str, guess: bytes) -> HTTPStatus:
        """Judge a credential: OK if it opens the door, else the status to answer with."""
        if self._credentials.is_secret(guess):
            return HTTPStatus.OK
        if not await self._guesses.take_turn(client):
            return HTTPStatus.TOO_MANY_REQUESTS
        if self._credentials.is_password(guess):
            return HTTPStatus.OK
        self._guesses.add(client)
        return HTTPStatus.UNAUTHORIZED

    async def _judge_ticket(self, client: str, ticket: str) -> HTTPStatus:
        if self._credentials.spend_ticket(ticket):
            return HTTPStatus.OK
        if not await self._guesses.take_turn(client):
            return HTTPStatus.TOO_MANY_REQUESTS
        self._guesses.add(client)
        return HTTPStatus.UNAUTHORIZED

    async def _ask(self, request: Request, send: Send, status: HTTPStatus) -> None:
        """Say that a secret is needed: a person gets a page, a program gets JSON."""
        # Not Basic: browsers would ask for a user, and send the answer along from then on.
        headers = [(b"www-authenticate", b'Bearer realm="shanty"')]
        if status is HTTPStatus.TOO_MANY_REQUESTS:
            headers = [(b"retry-after", b"%d" % SECONDS_PER_GUESS)]
        if request.is_reading and "text/html" in request.get("accept"):
            told = "Log in to see this page."
            await send_login(send, self._login, status, request.address, told, headers)
            return
        told = "send the secret of this home, or its password, as a Bearer token"
        if status is HTTPStatus.TOO_MANY_REQUESTS:
            told = "there were too many wrong guesses; wait a minute"
        error = {"type": status.name.lower(), "message": told}
        # The first is what Prefect's clients look for.
        content = json.dumps({"exception_message": status.phrase, "error": error}).encode()
        await send_answer(send, status, content, b"application/json", headers)

    async def _log_in(self, request: Request, receive: Receive, send: Send) -> None:
        if request.is_reading:
            told = "Log in to see the pages."
            await send_login(send, self._login, HTTPStatus.OK, "/", told)
            return
        if request.method != "POST":
            await send_text(send, HTTPStatus.METHOD_NOT_ALLOWED, "GET or POST\n")
            return
        form = _read_form(await _read_body(receive))
        next_path = own_path(form.get("next", "/"))
        if ticket := form.get("ticket"):
            verdict = await self._judge_ticket(request.client, ticket)
            wrong = "This link was used already, or is too old: `shanty open` gives a new one."
        else:
            typed = form.get("secret", "").strip().encode(errors="replace")
            verdict = await self._judge(request.client, split_user(typed) or typed)
            wrong = "That is neither the secret nor the password."
        if verdict is HTTPStatus.TOO_MANY_REQUESTS:
            wrong = "There were too many wrong guesses. Wait a minute, or use `shanty open`."
        if verdict is not HTTPStatus.OK:
            await send_login(send, self._login, verdict, next_path, wrong)
            return
        cookie = (
            f"{self._credentials.cookie_name}={self._credentials.make_session()}; "
            f"Path=/; Max-Age={SESSION_SECONDS}; HttpOnly; SameSite=Strict"
        )
        if request.get("origin").startswith("https://"):
            cookie += "; Secure"
        headers = [
            (b"location", f"{self._root_path}{next_path}".encode(errors="replace")),
            (b"set-cookie", cookie.encode()),
            (b"cache-control", b"no-store"),
        ]
        await send_answer(send, HTTPStatus.SEE_OTHER, b"", b"text/plain", headers)

    async def _connect(self, request: Request, receive: Receive, send: Send) -> None:
        """Let a WebSocket through: its request brings the credential, or its first message does.

        Prefect's own clients send it in the first message.
        """
        await receive()  # the connect message
        if not self._why_foreign(request):
            guess = request.credential
            if self._has_session(request) or (
                guess is not None and await self._judge(request.client, guess) is HTTPStatus.OK
            ):
                await self._app(request.scope, _replayed([_CONNECT], receive), send)
                return
            if guess is None and _SUBPROTOCOL in request.subprotocols:
                await self._connect_by_message(request, receive, send)
                return
        await send({"type": "websocket.close", "code": _REFUSED})

    async def _connect_by_message(self, request: Request, receive: Receive, send: Send) -> None:
        if self._strangers >= _MAX_STRANGERS:
            await send({"type": "websocket.close", "code": _REFUSED})
            return
        await send({"type": "websocket.accept", "subprotocol": _SUBPROTOCOL})
        self._strangers += 1
        try:
            message = await asyncio.wait_for(receive(), _FIRST_MESSAGE_SECONDS)
        except TimeoutError:
            message = {}
        finally:
            self._strangers -= 1
        guess = _read_token(message)
        if guess is None or await self._judge(request.client, guess) is not HTTPStatus.OK:
            with suppress(OSError):  # the client may have gone
                await send({"type": "websocket.close", "code": _REFUSED, "reason": "Invalid token"})
            return
        messages = [_CONNECT, message]
        await self._app(request.scope, _replayed(messages, receive), _without_accept(send))


_CONNECT: Message = {"type": "websocket.connect"}


def _replayed(messages: list[Message], receive: Receive) -> Receive:
    """A ``receive`` that gives messages which were received here once more."""
    left = list(messages)

    async def receive_or_replay() -> Message:
        return left.pop(0) if left else await receive()

    return receive_or_replay


def _without_accept(send: Send) -> Send:
    """A ``send`` without the accept message: the connection was accepted here already."""

    async def send_but_accept(message: Message) -> None:
        if message["type"] != "websocket.accept":
            await send(message)

    return send_but_accept


def _read_token(message: Message) -> bytes | None:
    """The secret in the first message of a Prefect client's WebSocket; None if there is none."""
    try:
        content = json.loads(message.get("text") or message.get("bytes") or "")
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or content.get("type") != "auth":
        return None
    token = content.get("token")
    return split_user(token.encode(errors="replace")) if isinstance(token, str) else None


def _read_form(body: bytes) -> dict[str, str]:
    try:
        return {key: values[0] for key, values in parse_qs(body.decode(), max_num_fields=8).items()}
    except ValueError:  # it is no text, or has too many fields
        return {}


async def _read_body(receive: Receive) -> bytes:
    """The form that was sent; empty if it is too long for a form."""
    body = b""
    while len(body) <= _MAX_FORM_BYTES:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body
    return b""
