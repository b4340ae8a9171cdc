"""The HTTP session for outside services with plain HTTP: MusicBrainz, cover art, lyrics…

Owns the User-Agent, redirects, and what a status or a broken connection means to us.
:mod:`.http_bounds` owns how long a request may take, :mod:`.http_transport` where it may go.
Refuses to know what an answer says. (yt-dlp brings its own HTTP.)
"""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import requests
import urllib3
from urllib3.util.retry import Retry

from shanty import __version__
from shanty.errors import PermanentError, TransientError, UnreachableError, WaitError
from shanty.providers.http_bounds import Bounds, Spending, current_spending, spending_of
from shanty.providers.http_transport import BoundedAdapter, Home, RefusedAddressError

MOST_REDIRECTS = 10
MAX_PLAIN_BYTES = 64 * 1024 * 1024
"""The largest answer to a request that is made without :func:`fetch`."""
_CONNECT_RETRIES = 2
_CHUNK_BYTES = 64 * 1024
_LONGEST_WAIT = timedelta(days=1)
_GZIP = 16 + zlib.MAX_WBITS
# The errors that nonsense from a server may raise: each of the libraries has its own.
TRANSPORT_ERRORS = (
    OSError,  # all that requests raises, too
    urllib3.exceptions.HTTPError,
    HTTPException,
    ValueError,
    zlib.error,
)


Posted = tuple[bytes, dict[str, str]]
"""The body of a POST, and the headers that go with it."""


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is loopback, which only this machine can reach."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of a service: 2xx, or a 4xx, which the caller has to judge."""

    status: int
    body: bytes
    content_type: str = ""


def user_agent(contact: str = "") -> str:
    """Our User-Agent, in the form that MusicBrainz asks for.

    Source: https://musicbrainz.org/doc/MusicBrainz_API/Rate_Limiting#Provide_meaningful_User-Agent_strings
    """
    product = f"shanty/{__version__}"
    return f"{product} ( {contact} )" if contact else product


class BoundedSession(requests.Session):
    """A session in which every request ends within bounds, and goes only where it may.

    ``home_url`` is the address that a person has set; no other may be in the local network. The
    session does not follow redirects: :func:`fetch` does that.
    """

    def __init__(self, home_url: str, bounds: Bounds | None = None, retry: Retry | None = None):
        super().__init__()
        self.bounds = bounds or Bounds()
        self.home_headers: dict[str, str] = {}
        """What holds a secret: it goes to the home alone, and not where a redirect leads."""
        self._home_url = home_url
        adapter = BoundedAdapter(Home.of(home_url), max_retries=retry or 0)
        self.mount("http://", adapter)
        self.mount("https://", adapter)
        self.hooks["response"].append(_begin_body)

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Make a request ready, with the secrets of the home if it goes there."""
        prepared = super().prepare_request(request)
        if self.home_headers and _is_home(prepared.url or "", self._home_url):
            prepared.headers.update(self.home_headers)
        return prepared

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Give none: ``requests`` would first read that whole answer, and parse the address."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send one request, in the bounds that the caller has set, else in the session's."""
        if current_spending() is not None:
            return super().send(request, **options)
        # `requests` unpacks without a bound, so the server must not pack the answer.
        request.headers["Accept-Encoding"] = "identity"
        with spending_of(self.bounds, MAX_PLAIN_BYTES):
            return super().send(request, **options)


def _is_home(url: str, home_url: str) -> bool:
    """Whether an address is the server's that a person has named, and encrypted if that was."""
    parts, home = urlsplit(url), urlsplit(home_url)
    is_as_safe = parts.scheme == "https" or home.scheme == "http"
    port = Home.of(url).port
    return is_as_safe and Home.of(home_url).is_at(parts.hostname or "", port)


def _begin_body(response: requests.Response, **options: Any) -> None:
    spending = current_spending()
    if spending is not None:
        spending.begin_body()
    is_packed = response.headers.get("Content-Encoding", "identity").lower() != "identity"
    if is_packed and not options.get("stream"):
        raise requests.exceptions.ContentDecodingError("it packs what was to come as it is")


def make_session(
    contact: str = "", *, home_url: str = "", bounds: Bounds | None = None
) -> BoundedSession:
    """A session that keeps connections open. Safe to use from several threads.

    Only opening a connection is tried again. Any other failure has reached the service, and a retry
    here must not decide how often the service is asked.
    """
    retry = Retry(
        total=None, connect=_CONNECT_RETRIES, read=0, status=0, other=0, backoff_factor=0.1
    )
    session = BoundedSession(home_url, bounds, retry)
    session.headers["User-Agent"] = user_agent(contact)
    session.headers["Accept-Encoding"] = "gzip"
    # Cookies are off: they would be the only state that threads share.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


def fetch(
    session: BoundedSession,
    url: str,
    *,
    service: str,
    source: str,
    max_bytes: int,
    form: Mapping[str, Any] | None = None,
    document: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """GET ``url``, following redirects; or POST a form to it, packed, or a JSON document.

    ``headers`` go with a document. ``service`` names the other side for people
    (``MusicBrainz at https://…``), ``source`` for the queue.

    Raises:
        WaitError: 429 or 503; ``retry_at`` from ``Retry-After``.
        TransientError: unreachable, too slow, cut off, another 5xx, or no sense in what it sends.
        PermanentError: the answer is larger than ``max_bytes``, or it redirects to an address that
            is invalid or in the local network.
    """
    posted = None
    if form is not None:
        posted = _pack_form(form)
    elif document is not None:
        posted = _write_document(document, headers or {})
    with spending_of(session.bounds, max_bytes) as spending:
        try:
            with follow(session, url, posted) as response:
                status, said = response.status_code, response.headers
                raise_for_status(status, said, service=service, source=source)
                body = _read_body(response, max_bytes)
                return Reply(status, body, said.get("Content-Type", ""))
        except RefusedAddressError as error:
            raise RefusedAddressError(f"{service}: {error}", error.host) from error
        except _TooLargeError as error:
            raise PermanentError(f"{service} answers with more than {max_bytes} bytes") from error
        except TRANSPORT_ERRORS as error:
            reason = _reason(error, spending)
            raise UnreachableError(f"{service} cannot be reached: {reason}") from error


class _TooLargeError(Exception):
    """The answer is larger than it may be."""


def follow(session: BoundedSession, url: str, posted: Posted | None = None) -> requests.Response:
    """The answer at the end of all redirects. Its body is still to be read.

    A body that is ``posted`` is never sent on: for a POST, a redirect is itself the answer.

    Raises:
        RefusedAddressError: a redirect leads to an address that is invalid, or that we refuse.
        OSError, HTTPError, HTTPException, ValueError: a library reports a failure.
    """
    for _ in range(MOST_REDIRECTS + 1):
        if (spending := current_spending()) is not None:
            spending.begin_answer()
        method = "GET" if posted is None else "POST"
        data, headers = posted or (None, None)
        response = session.request(method, url, data=data, headers=headers, stream=True)
        location = response.headers.get("Location")
        if posted is not None or not response.is_redirect or location is None:
            return response
        response.close()
        url = _next_address(url, location)
    raise requests.TooManyRedirects


def _pack_form(form: Mapping[str, Any]) -> Posted:
    kind = "application/x-www-form-urlencoded"
    headers = {"Content-Type": kind, "Content-Encoding": "gzip"}
    return gzip.compress(urlencode(form, doseq=False).encode()), headers


def _write_document(document: Mapping[str, Any], headers: Mapping[str, str]) -> Posted:
    body = json.dumps(document).encode()
    return body, {**headers, "Content-Type": "application/json"}


def _next_address(url: str, location: str) -> str:
    """The address that a redirect leads to, if we may ask there."""
    try:
        # Headers are read as Latin-1, but most servers mean UTF-8.
        location = location.encode("latin-1").decode("utf-8", "replace")
        address = urljoin(url, location.strip())
        parts = urlsplit(address)
        host = parts.hostname or ""
        is_possible = parts.scheme in ("http", "https") and parts.username is None
        if is_possible and host and (parts.port or 0) >= 0:
            host.encode("idna")  # the resolver will do this too; some labels make it fail
            return requests.Request("GET", address).prepare().url or ""
    except (ValueError, requests.RequestException):
        pass
    raise RefusedAddressError("we are sent to an address that is none, or not of the web", "")


def _read_body(response: requests.Response, max_bytes: int) -> bytes:
    """The whole body, unpacked if it is packed; never more than ``max_bytes``."""
    body = bytearray()
    packing = response.headers.get("Content-Encoding", "").strip().lower()
    if packing not in ("", "identity", "gzip", "x-gzip"):
        raise ValueError(f"it packs its answer in a way that was not asked for: {packing[:20]!r}")
    unpack = zlib.decompressobj(_GZIP) if packing in ("gzip", "x-gzip") else None
    for piece in response.raw.stream(_CHUNK_BYTES, decode_content=False):
        # One byte more than is allowed, to notice that there is more.
        most = max_bytes + 1 - len(body)
        body += piece if unpack is None else unpack.decompress(piece, most)
        if len(body) > max_bytes:
            raise _TooLargeError
    if unpack is not None and body and not unpack.eof:
        raise ValueError("the packed answer has no end")
    return bytes(body)


def raise_for_status(status: int, headers: Mapping[str, str], *, service: str, source: str) -> None:
    """Raise our error for 429, 503 and other 5xx; any other status is left to the caller.

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
        trouble = TransientError(f"{service} has trouble ({describe_status(status)})")
        trouble.is_of_source = True
        raise trouble


def parse_retry_after(value: str | None, now: datetime) -> datetime | None:
    """The time that a ``Retry-After`` names, in seconds or as an HTTP date; None if it names none.

    A time in the past counts as ``now``, and one more than a day ahead as a day ahead. Source:
    RFC 9110, 10.2.3.
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


def _reason(error: BaseException, spending: Spending) -> str:
    """The innermost cause in a few words, because the wrappers' own texts are paragraphs."""
    if spending.broken:
        return spending.broken
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
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
    if found:
        return found
    if isinstance(error, requests.ConnectionError | urllib3.exceptions.ProtocolError):
        return "the connection was cut"
    return "what it sends makes no sense"
