"""Whose request it is, by address: the peer's own, or what proxies that are trusted say of it.

Whoever can send a header could claim any address, so a proxy is believed only if its own address
is in a trusted network, and of the addresses that proxies lined up only the last one that is not a
trusted proxy's (RFC 7239, section 8.1).
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Literal

from starlette.requests import Request
from starlette.types import Scope

Network = IPv4Network | IPv6Network
ForwardedHeader = Literal["X-Forwarded-For", "Forwarded"]
ADDRESS = "commontime.address"
_MOST_HOPS = 16
_BYTES_OF_A_SITE = 8
_LONGEST_ADDRESS = 64


class ClientAddress:
    """Finds out the address of a request.

    `trusted` are the networks of proxies, `header` is the one header that all of them write: the
    other may come from the client as it is.
    """

    def __init__(self, trusted: Sequence[Network], header: ForwardedHeader) -> None:
        self._trusted = tuple(trusted)
        self._header = header.lower().encode()
        self._hops = _of_x_forwarded_for if header == "X-Forwarded-For" else _of_forwarded

    def of(self, scope: Scope) -> bytes:
        """Return the address as it is counted (see `counted`)."""
        peer = scope.get("client")
        address = _parsed(peer[0]) if peer else None
        if address is None:
            return b""
        if self._trusted and self._trusts(address):
            address = self._forwarded(scope, address)
        return counted(address)

    def _forwarded(
        self, scope: Scope, peer: IPv4Address | IPv6Address
    ) -> IPv4Address | IPv6Address:
        values = [value for name, value in scope["headers"] if name == self._header]
        hops = b",".join(values).decode("latin-1").split(",")
        address = peer
        for hop in self._hops(reversed(hops[-_MOST_HOPS:])):
            known = _parsed(hop)
            if known is None:
                break
            address = known
            if not self._trusts(address):
                break
        return address

    def _trusts(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._trusted)


def counted(address: IPv4Address | IPv6Address) -> bytes:
    """An IPv4 address, or the /64 of an IPv6 one: a household has all of those."""
    return address.packed if address.version == 4 else address.packed[:_BYTES_OF_A_SITE]


def address_of(request: Request) -> bytes:
    """Return the address by which the request is counted; "" where there is none."""
    address: bytes = request.scope.get(ADDRESS, b"")
    return address


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    return _parse(text) if len(text) <= _LONGEST_ADDRESS else None


# Bounded in number and, by the check above, in size: strangers choose what is looked up.
@lru_cache(maxsize=4096)
def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _of_x_forwarded_for(hops: Iterator[str]) -> Iterator[str]:
    return (_without_port(hop.strip()) for hop in hops)


def _of_forwarded(hops: Iterator[str]) -> Iterator[str]:
    for hop in hops:
        pairs = (pair.partition("=") for pair in hop.split(";"))
        named = {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}
        yield _without_port(named.get("for", ""))


def _without_port(text: str) -> str:
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
