"""The door's own answers, and what it adds to the answers of the application behind it."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from shanty.access.login_page import LoginPage
from shanty.access.request import Message, Send

_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


def with_headers(send: Send) -> Send:
    """Add headers to every answer that tell browsers to keep it from other sites' pages."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = [*message.get("headers", ())]
            names = {bytes(name).lower() for name, _ in own}
            own += [pair for pair in _ALWAYS if pair[0] not in names]
            message = {**message, "headers": own}
        await send(message)

    return send_with_headers


async def send_login(
    send: Send,
    login: LoginPage,
    status: HTTPStatus,
    next_path: str,
    message: str,
    headers: Iterable[tuple[bytes, bytes]] = (),
) -> None:
    """Answer with the page that asks for the secret."""
    policy = (b"content-security-policy", login.policy.encode())
    more = [policy, (b"cache-control", b"no-store"), *headers]
    page = login.render(next_path, message)
    await send_answer(send, status, page, b"text/html; charset=utf-8", more)


async def send_text(send: Send, status: HTTPStatus, text: str) -> None:
    """Answer with plain text."""
    await send_answer(send, status, text.encode(), b"text/plain; charset=utf-8", ())


async def send_answer(
    send: Send,
    status: HTTPStatus,
    content: bytes,
    kind: bytes,
    headers: Iterable[tuple[bytes, bytes]],
) -> None:
    """Answer with some content of a kind."""
    own = [(b"content-type", kind), (b"content-length", b"%d" % len(content)), *headers]
    await send({"type": "http.response.start", "status": int(status), "headers": own})
    await send({"type": "http.response.body", "body": content})
