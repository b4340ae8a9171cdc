"""How requests reach a server: look up the name, judge the address, then connect.

Owns connections. A service's address that a person has set may lie anywhere. An address that an
answer from outside gives us, such as a redirect, must not lie in the local network. The judgement
is of the very address that we connect to, so a name that changes its meaning meanwhile does not
help an attacker. Every step keeps to the bounds of the request.
"""

from __future__ import annotations

import socket
import ssl
import threading
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.ssl_ import create_urllib3_context

from shanty.errors import PermanentError
from shanty.providers.http_bounds import BoundedSocket, BoundedTLSSocket, current_spending
from shanty.providers.local_network import is_local

CONNECT_TIMEOUT_SECONDS = 10.0
_PORTS = {"http": 80, "https": 443}

Found = tuple[int, int, int, Any]
"""An address as the resolver gives it: family, kind, protocol, where."""


class RefusedAddressError(PermanentError):
    """A redirect leads to an address that we refuse. ``host`` names it."""

    def __init__(self, message: str, host: str):
        super().__init__(message)
        self.host = host


@dataclass(frozen=True, slots=True)
class Home:
    """The server that a person has named: the one that may be in the local network."""

    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Home:
        """The home of a base address. An invalid address gives a home that matches nothing."""
        try:
            parts = urlsplit(url)
            port = parts.port or _PORTS.get(parts.scheme, 0)
            return cls((parts.hostname or "").rstrip("."), port)
        except ValueError:
            return cls("", 0)

    def is_at(self, host: str, port: int | None) -> bool:
        """Whether a connection goes there. Beside 80, 443 counts too: many servers go on to TLS."""
        is_same_port = port == self.port or (self.port == _PORTS["http"] and port == 443)
        return host.strip("[]").rstrip(".").lower() == self.host and is_same_port


def refuse_local(host: str, address: str) -> None:
    """Refuse an address in the local network.

    Raises:
        RefusedAddressError: the address is in the local network.
    """
    if is_local(address):
        raise RefusedAddressError(
            f"we are sent to {host}, which is in the local network: that is refused", host
        )


def look_up(host: str, port: int, seconds: float) -> list[Found]:
    """The addresses of a name, found within ``seconds``.

    The lookup runs in a thread, which is left behind if need be: the resolver has no time-out.

    Raises:
        TimeoutError: the lookup takes longer.
        OSError, UnicodeError: there is no such name, or the name is invalid.
    """
    found: SimpleQueue[list[Found] | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.put([(family, kind, number, where) for family, kind, number, _, where in answers])
        except Exception as error:
            found.put(error)

    threading.Thread(target=ask, name="name-lookup", daemon=True).start()
    try:
        outcome = found.get(timeout=seconds)
    except Empty:
        raise TimeoutError(f"the name {host} is not found in time") from None
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


class _BoundedConnection(HTTPConnection):
    """Connects to allowed addresses only, within the bounds of the request."""

    home: Home

    def _new_conn(self) -> socket.socket:
        host = self._dns_host.strip("[]")
        try:
            return self._connect(host)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, str(error)) from error
        except OSError as error:
            raise NewConnectionError(self, str(error)) from error

    def _connect(self, host: str) -> socket.socket:
        port = self.port or self.default_port
        is_trusted = self.proxy is not None or self.home.is_at(host, port)
        found = look_up(host, port, _left_seconds())
        if not is_trusted:
            for *_, where in found:
                refuse_local(self.host, str(where[0]))
        error: OSError = OSError("no address")
        for family, kind, number, where in found:
            connection = BoundedSocket(family, kind, number)
            try:
                for option in self.socket_options or ():
                    connection.setsockopt(*option)
                connection.settimeout(min(CONNECT_TIMEOUT_SECONDS, _left_seconds()))
                connection.connect(where)
                # The steps that follow, such as a TLS handshake, keep to the request's time.
                connection.settimeout(_left_seconds())
                return connection
            except OSError as trouble:
                connection.close()
                error = trouble
        raise error


def _left_seconds() -> float:
    spending = current_spending()
    return CONNECT_TIMEOUT_SECONDS if spending is None else spending.left_seconds()


class _BoundedTLSConnection(_BoundedConnection, HTTPSConnection):
    """The same, encrypted."""


class BoundedAdapter(HTTPAdapter):
    """The adapter that makes ``requests`` use our connections, also to a proxy.

    A proxy of the environment connects in our stead. So a name is judged by the addresses that it
    has here; if it has none here, the proxy has to judge it.
    """

    def __init__(self, home: Home, **options: Any):
        self._home = home
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*args, **options, ssl_context=_tls_context())
        self.poolmanager.pool_classes_by_scheme = _pool_classes(self._home)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """Make the pools of connections through a proxy."""
        manager = super().proxy_manager_for(proxy, **options, ssl_context=_tls_context())
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = _pool_classes(self._home)
        return manager

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> Any:
        """Send a request. It goes through a proxy only to an address where we may go ourselves."""
        parts = urlsplit(request.url or "")
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
        if select_proxy(request.url or "", options.get("proxies")) and not self._home.is_at(
            host, port
        ):
            try:
                found = look_up(host, port, _left_seconds())
            except OSError:
                found = []
            for *_, where in found:
                refuse_local(host, str(where[0]))
        return super().send(request, *args, **options)


def _tls_context() -> ssl.SSLContext:
    context = create_urllib3_context()
    context.sslsocket_class = BoundedTLSSocket
    return context


def _pool_classes(home: Home) -> dict[str, Any]:
    plain = type("Connection", (_BoundedConnection,), {"home": home})
    encrypted = type("TLSConnection", (_BoundedTLSConnection,), {"home": home})
    return {
        "http": type("Pool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("TLSPool", (HTTPSConnectionPool,), {"ConnectionCls": encrypted}),
    }
