"""What opens the door of a home: its secret, its password, sessions and tickets.

A browser keeps a session after somebody has logged in. A link brings a ticket, which works once.
Both are signed with keys that are derived from the secret, and nobody can find the secret from
them. A session survives a restart. Both end when the secret changes. Knows nothing of HTTP.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
import time
from collections.abc import Callable

from shanty.access.secret import USER

SESSION_SECONDS = 30 * 24 * 3600
TICKET_SECONDS = 5 * 60
LONG_TICKET_SECONDS = 24 * 3600
_NONCE_BYTES = 16
_SIGNED = re.compile(r"(([0-9]{1,12})\.([0-9]{1,12})\.[0-9a-f]{32})\.([0-9a-f]{64})", re.ASCII)


class Credentials:
    """The credentials of one home. ``clock`` gives seconds since 1970."""

    def __init__(
        self, secret: str, password: str | None = None, *, clock: Callable[[], float] = time.time
    ):
        self._secret = secret.encode()
        self._password = None if password is None else password.encode()
        self._clock = clock
        self._made_at = int(clock())
        self._spent: dict[str, int] = {}
        self._spending = threading.Lock()
        # A changed password ends the sessions too. A ticket is made without the password.
        self._session_key = _derive(self._secret, b"session " + (self._password or b""))
        self._ticket_key = _derive(self._secret, b"ticket")
        self.cookie_name = f"shanty-{_derive(self._secret, b'name').hex()[:8]}"
        """The name of this home's cookie: all homes on one host share a browser's cookies."""

    def is_secret(self, given: bytes) -> bool:
        """Whether this is the secret."""
        return _is_same(given, self._secret)

    def is_password(self, given: bytes) -> bool:
        """Whether this is the password."""
        return self._password is not None and _is_same(given, self._password)

    def make_session(self) -> str:
        """A new session, for thirty days."""
        return _sign(self._session_key, self._clock(), SESSION_SECONDS)

    def is_session(self, given: str) -> bool:
        """Whether this is a session that has not ended."""
        _, ends_at = _verify(self._session_key, given)
        return self._clock() < ends_at

    def spend_ticket(self, given: str) -> bool:
        """Whether this is a valid ticket that was not used before; this call uses it up."""
        made_at, ends_at = _verify(self._ticket_key, given)
        now = self._clock()
        # Only the process before this one knew which older tickets were used: refuse them all.
        if made_at < self._made_at or not now < ends_at:
            return False
        with self._spending:
            self._spent = {one: end for one, end in self._spent.items() if end > now}
            if given in self._spent:
                return False
            self._spent[given] = ends_at
            return True


def make_ticket(
    secret: str, seconds: int = TICKET_SECONDS, *, clock: Callable[[], float] = time.time
) -> str:
    """A ticket for the server of the home that has this secret: it works once, within the time."""
    return _sign(_derive(secret.encode(), b"ticket"), clock(), seconds)


def split_user(given: bytes) -> bytes | None:
    """The secret in ``user:secret``; None if the user is not ours."""
    user, colon, secret = given.partition(b":")
    return secret if colon and user == USER.encode() else None


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return hmac.digest(secret, b"shanty 1 " + purpose, "sha256")


def _sign(key: bytes, now: float, seconds: int) -> str:
    text = f"{int(now)}.{int(now) + seconds}.{secrets.token_hex(_NONCE_BYTES)}"
    return f"{text}.{_signature(key, text)}"


def _verify(key: bytes, given: str) -> tuple[int, int]:
    """From when until when a signed text holds; ``(0, 0)`` if the signature is wrong."""
    match = _SIGNED.fullmatch(given)
    if match is None:
        return 0, 0
    text, made_at, ends_at, signature = match.groups()
    if not hmac.compare_digest(signature, _signature(key, text)):
        return 0, 0
    return int(made_at), int(ends_at)


def _signature(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode(), "sha256").hex()


def _is_same(given: bytes, right: bytes) -> bool:
    # Digests are compared, so that the time taken does not reveal the length either.
    return hmac.compare_digest(hashlib.sha256(given).digest(), hashlib.sha256(right).digest())
