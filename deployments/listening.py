"""Where a server listens: free ports, usable addresses, and the address for this machine."""

from __future__ import annotations

import errno
import os
import socket
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

from shanty.errors import ServerError

LOOPBACK = "127.0.0.1"
_BACKLOG = 256


def free_port() -> int:
    """A loopback port that no process uses."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_free(host: str, port: int) -> bool:
    """Whether no process listens there yet.

    Raises:
        ServerError: the host is no address of this machine, or the port is a privileged one.
    """
    why = "there is no such address"
    found_one = False
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):  # the name is unknown, or too long
        addresses = []
    for family, kind, _, _, address in addresses:
        try:
            _bound(family, kind, address).close()
            found_one = True
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            why = error.strerror or str(error)
    if not found_one:
        raise ServerError(f"the server cannot listen on {host!r}, port {port}: {why}")
    return True


def _bound(family: int, kind: int, address: tuple[Any, ...]) -> socket.socket:
    """A socket that has taken an address, as the server will."""
    made = socket.socket(family, kind)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
    except OSError:
        made.close()
        raise
    return made


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen on every address of a host; none if another process has one of them.

    Raises:
        ServerError: no process can listen there, as for :func:`is_free`.
    """
    if not is_free(host, port):
        return []
    sockets: list[socket.socket] = []
    try:
        for family, kind, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            with suppress(OSError):  # such as IPv6 where there is none
                sockets.append(_bound(family, kind, address))
        for one in sockets:
            one.listen(_BACKLOG)
    except OSError:  # somebody was faster
        for one in sockets:
            one.close()
        return []
    return sockets


def url_to_ask(host: str, port: int) -> str:
    """The API address at which this machine reaches a server that listens on a host."""
    return f"{pages_url(host, port)}/api"


def pages_url(host: str, port: int) -> str:
    """The address at which this machine reaches the pages of a server that listens on a host."""
    try:
        address = ip_address(host)
    except ValueError:
        return f"http://{host}:{port}"
    if address.version == 4:
        return f"http://{LOOPBACK if address.is_unspecified else address}:{port}"
    return f"http://[{'::1' if address.is_unspecified else address}]:{port}"


def loopback_without_proxy() -> dict[str, str]:
    """The environment's exceptions from its proxy, with this machine among them."""
    # Some programs read one of the two names, some the other.
    given = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    if given.strip() == "*":
        return {}
    hosts = [host.strip() for host in given.split(",") if host.strip()]
    value = ",".join(dict.fromkeys([*hosts, LOOPBACK, "localhost", "::1"]))
    return {"NO_PROXY": value, "no_proxy": value}
