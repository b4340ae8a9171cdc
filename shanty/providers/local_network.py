"""Which addresses belong to this machine or its network, so that no stranger may send us there.

Owns the judgement of one IP address. Refuses to know names: a name may stand for another address
at each lookup, so only the address that we connect to counts.
"""

from __future__ import annotations

import ipaddress
import socket
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network

import psutil

# These are translated to IPv4 on the way; the last 32 bits are the IPv4 address. RFC 6052, 2.1.
_NAT64 = IPv6Network("64:ff9b::/96")
_NAT64_HERE = IPv6Network("64:ff9b:1::/48")  # RFC 8215: of this network alone
# A network with a shorter prefix is no network of neighbours, but a tunnel to everywhere.
_WIDEST_SHARED = {4: 16, 6: 48}

Address = IPv4Address | IPv6Address
Network = ipaddress.IPv4Network | IPv6Network


def is_local(text: str) -> bool:
    """Whether an address is not on the public internet: loopback, private, link-local, a neighbour.

    An IPv4 address inside an IPv6 one is judged too (mapped, 6to4, NAT64). An invalid address
    counts as local.
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
    return any(address in network for network in _neighbourhood())  # versions never mix here


@cache
def _neighbourhood() -> tuple[Network, ...]:
    """The networks that this machine is in. With IPv6, neighbours have public addresses too."""
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
    """The network of one of our addresses; the address alone if that is too wide or unknown."""
    own = ipaddress.ip_address(address)
    length = int(ipaddress.ip_address(netmask)).bit_count() if netmask else 0
    if length < _WIDEST_SHARED[own.version]:
        length = int(own.max_prefixlen)
    return ipaddress.ip_network((own, length), strict=False)
