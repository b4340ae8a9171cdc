"""Which ``Host`` and ``Origin`` are ours: a browser says which host it asks, and for which page.

Any page on the web can make a browser ask a server on this machine. But the page cannot choose what
the browser says about it. If the page uses a name of its own that leads here (DNS rebinding), the
``Host`` is foreign. Otherwise the ``Origin`` is foreign, or ``Sec-Fetch-Site`` says so
(https://www.w3.org/TR/fetch-metadata/).
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

_PLACE = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_-][a-z0-9._-]*)(?::([0-9]{1,5}))?", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SITES = {"", "none", "same-origin"}


@dataclass(frozen=True, slots=True)
class Place:
    """A host in its one normal spelling, and a port if one is given."""

    host: str
    port: int | None

    @classmethod
    def parse(cls, text: str) -> Place | None:
        """Read a text such as ``localhost:4200`` or ``[::1]``; None if it names no place."""
        match = _PLACE.fullmatch(text.lower())
        if match is None or len(text) > 300:
            return None
        host, port = match.groups()
        if port is not None and not 0 < int(port) < 65536:
            return None
        try:
            host = _plain_address(host.strip("[]").removesuffix("."))
        except ValueError:
            if host.startswith("["):
                return None
            host = host.removesuffix(".")
        return cls(host, None if port is None else int(port))


@dataclass(frozen=True, slots=True)
class OwnPlaces:
    """The places that are ours. A setting names the ``listed`` ones."""

    names: frozenset[str]
    listed: frozenset[Place]

    def is_own_host(self, text: str, local_host: str) -> bool:
        """Whether a ``Host`` is ours. ``local_host`` is the address that the connection reached."""
        place = Place.parse(text)
        if place is None:
            return False
        if place.host in self.names or place.host in {one.host for one in self.listed}:
            return True
        try:
            address = ip_address(place.host)
            return address.is_loopback or place.host == _plain_address(local_host)
        except ValueError:
            return False

    def is_own_origin(self, origin: str, host: str) -> bool:
        """Whether an ``Origin`` is that of our own pages. ``host`` is the request's ``Host``."""
        scheme, separator, rest = origin.lower().partition("://")
        place, here = Place.parse(rest), Place.parse(host)
        if not separator or scheme not in _DEFAULT_PORTS or place is None or here is None:
            return False

        def port_of(one: Place) -> int:
            return one.port or _DEFAULT_PORTS[scheme]

        # A proxy may have changed the Host, but not the Origin: hence the listed places.
        return any(
            place.host == one.host and port_of(place) == port_of(one)
            for one in (here, *self.listed)
        )


def own_places(listening_on: str, listed: Iterable[str]) -> OwnPlaces:
    """The places of a server that listens on a host, and those that a setting lists.

    Numeric addresses need no list: only this machine serves pages at its own address. If the server
    listens on more than loopback, this machine's name is one of its places.
    """
    names = {"localhost"}
    here = Place.parse(f"[{listening_on}]" if ":" in listening_on else listening_on)
    if here is not None:
        names.add(here.host)
    if here is None or not _is_loopback(here.host):
        own = socket.gethostname().lower().removesuffix(".")
        short = own.partition(".")[0]
        names |= {own, short, f"{short}.local"}
    names -= {"", "0.0.0.0", "::"}
    places = (Place.parse(one) for one in listed)
    return OwnPlaces(frozenset(names), frozenset(one for one in places if one is not None))


def is_from_elsewhere(site: str, mode: str, destination: str, method: str) -> bool:
    """Whether the browser says that a page of another place made the request.

    ``site``, ``mode`` and ``destination`` are the values of its ``Sec-Fetch-…`` headers.

    A page on another port of this host, such as another of ours, may link to our pages. The linked
    page fills the window, so the linking page can neither read it nor act on it.
    """
    if site.lower() in _SITES:
        return False
    is_followed_link = (mode, destination) == ("navigate", "document") and method in ("GET", "HEAD")
    return not (site.lower() == "same-site" and is_followed_link)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _plain_address(host: str) -> str:
    """The normal spelling of an address.

    Raises:
        ValueError: the host is a name, not an address.
    """
    address = ip_address(host)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address)
