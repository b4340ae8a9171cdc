"""The HTTP session of the outside services that are plain HTTP: MusicBrainz and cover art.

Owns the User-Agent, timeouts, the bound on an answer's size, and what a status or a broken
connection means to us. Refuses to know what an answer says. (yt-dlp brings its own HTTP.)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from shanty import __version__
from shanty.errors import PermanentError, TransientError, WaitError

CONNECT_TIMEOUT_SECONDS = 10.0
READ_TIMEOUT_SECONDS = 30.0
_CONNECT_RETRIES = 2
_CHUNK_BYTES = 64 * 1024
_LONGEST_WAIT = timedelta(days=1)


def is_loopback(host: str) -> bool:
    """Whether a host's name or address means this machine, to itself only."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of a service: 2xx, or a 4xx that it is up to the caller to judge."""

    status: int
    body: bytes
    content_type: str = ""


def user_agent(contact: str = "") -> str:
    """How we introduce ourselves, in the form that MusicBrainz asks for.

    Source: https://musicbrainz.org/doc/MusicBrainz_API/Rate_Limiting#Provide_meaningful_User-Agent_strings
    """
    product = f"shanty/{__version__}"
    return f"{product} ( {contact} )" if contact else product


def make_session(contact: str = "") -> requests.Session:
    """A session that keeps connections open; may be used by several threads.

    Only a connection that could not be opened is tried again: everything else has reached the
    service, and how often it may be asked is not for a retry in here to decide.
    """
    session = requests.Session()
    session.headers["User-Agent"] = user_agent(contact)
    retry = Retry(
        total=None, connect=_CONNECT_RETRIES, read=0, status=0, other=0, backoff_factor=0.1
    )
    adapter = HTTPAdapter(max_retries=retry)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    # No cookies: they would be the only state that threads share.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


def fetch(
    session: requests.Session,
    url: str,
    *,
    service: str,
    source: str,
    max_bytes: int,
) -> Reply:
    """GET ``url``, following redirects.

    ``service`` names it for people (``MusicBrainz at https://…``), ``source`` for the queue.

    Raises:
        WaitError: 429 or 503; ``retry_at`` from ``Retry-After``.
        TransientError: unreachable, too slow, cut off, or another 5xx.
        PermanentError: the answer is larger than ``max_bytes``.
    """
    timeout = (CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS)
    try:
        with session.get(url, timeout=timeout, stream=True) as response:
            raise_for_status(response.status_code, response.headers, service=service, source=source)
            body = bytearray()
            for chunk in response.iter_content(_CHUNK_BYTES):
                body += chunk
                if len(body) > max_bytes:
                    raise PermanentError(f"{service} answers with more than {max_bytes} bytes")
            kind = response.headers.get("Content-Type", "")
            return Reply(response.status_code, bytes(body), kind)
    except requests.RequestException as error:
        raise TransientError(f"{service} cannot be reached: {_reason(error)}") from error


def raise_for_status(status: int, headers: Mapping[str, str], *, service: str, source: str) -> None:
    """Raise what 429, 503 and other 5xx mean to us; anything else is left to the caller.

    Raises:
        WaitError: 429 or 503.
        TransientError: another 5xx.
    """
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        retry_at = parse_retry_after(headers.get("Retry-After"), datetime.now(UTC))
        raise WaitError(
            f"{service} asks us to wait ({describe_status(status)})",
            source=source,
            retry_at=retry_at,
            why=f"asked us to wait ({describe_status(status)})",
        )
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise TransientError(f"{service} has trouble ({describe_status(status)})")


def parse_retry_after(value: str | None, now: datetime) -> datetime | None:
    """When a ``Retry-After`` of seconds or an HTTP date says to come back; None if it says nothing.

    A time that has passed is ``now``; one that is more than a day off is a day. Source: RFC 9110,
    10.2.3.
    """
    if not value:
        return None
    latest = now + _LONGEST_WAIT
    try:
        seconds = float(value)
    except ValueError:
        pass
    else:
        if not math.isfinite(seconds):
            return None
        return min(max(now, now + timedelta(seconds=min(seconds, 1e9))), latest)
    try:
        at = parsedate_to_datetime(value)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return min(max(now, at), latest)


def describe_status(status: int) -> str:
    """``HTTP 404 Not Found``."""
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"


def _reason(error: BaseException) -> str:
    """The innermost cause in a few words: the wrappers' own texts are paragraphs."""
    if isinstance(error, requests.Timeout):
        return "it does not answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection was cut"
    if isinstance(error, requests.TooManyRedirects):
        return "it redirects in circles"
    if isinstance(error, requests.exceptions.InvalidURL):
        return "the address is not valid"
    cause: BaseException | None = error
    found = ""
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            found = cause.strerror
        nested = getattr(cause, "reason", None)
        if not isinstance(nested, BaseException):
            nested = next((arg for arg in cause.args if isinstance(arg, BaseException)), None)
        cause = nested or cause.__cause__ or cause.__context__
    if not found and isinstance(error, requests.ConnectionError):
        return "the connection was cut"
    return found or type(error).__name__
