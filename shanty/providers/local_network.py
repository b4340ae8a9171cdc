"""Which addresses are this machine's or its network's, and no business of a stranger's.

Owns the judgement of one IP address. Refuses to know names: a name may stand for another address
each time it is asked for, so what counts is the address that is connected to.
"""

from __future__ import annotations

import ipaddress
import socket
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network

import psutil

# Translated to IPv4 on the way, whose last 32 bits they hold. Source: RFC 6052, 2.1.
_NAT64 = IPv6Network("64:ff9b::/96")
_NAT64_HERE = IPv6Network("64:ff9b:1::/48")  # RFC 8215: of this network alone
# A wider one is no network of neighbours, but a tunnel to everywhere.
_WIDEST_SHARED = {4: 16, 6: 48}

Address = IPv4Address | IPv6Address
Network = ipaddress.IPv4Network | IPv6Network


def is_local(text: str) -> bool:
    """Whether an address is not out in the internet: loopback, private, link-local, a neighbour's…

    An address inside of another one counts as well (mapped, 6to4, NAT64). What is none is local.
    """
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return True
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return is_local(str(IPv4Address(int(address) & 0xFFFFFFFF)))
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_local(str(inner))
        if address.teredo or address.is_site_local or address in _NAT64_HERE:
            return True
    if not address.is_global or address.is_multicast or address.is_reserved:
        return True
    return any(address in network for network in _neighbourhood())  # no v4 one is in a v6 one


@cache
def _neighbourhood() -> tuple[Network, ...]:
    """The networks that this machine is part of: with IPv6, neighbours have public addresses."""
    found: list[Network] = []
    for addresses in psutil.net_if_addrs().values():
        for one in addresses:
            if one.family not in (socket.AF_INET, socket.AF_INET6):
                continue
            try:
                network = _network(one.address.partition("%")[0], one.netmask)
            except ValueError:
                continue
            found.append(network)
    return tuple(found)


def _network(address: str, netmask: str | None) -> Network:
    """The network of an address of ours; the address alone if it is too wide, or not known."""
    own = ipaddress.ip_address(address)
    length = int(ipaddress.ip_address(netmask)).bit_count() if netmask else 0
    if length < _WIDEST_SHARED[own.version]:
        length = int(own.max_prefixlen)
    return ipaddress.ip_network((own, length), strict=False)
