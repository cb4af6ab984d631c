"""Where a webhook may go: never into our own network, whoever asks and whatever DNS answers.

The URL is checked when it is stored, and every address again at the moment of connecting, in
the one place where all of the client's sockets are made.
"""

import errno
import ipaddress
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
AddressInfo = tuple[Any, Any, int, str, tuple[Any, ...]]

MAX_URL_CHARACTERS = 2_048

# Outside of this range IPv6 has nothing public.
_PUBLIC_IPV6 = ipaddress.IPv6Network("2000::/3")
# What leads from one kind of network into another: NAT64, 6to4 with its relays, Teredo.
_TRANSLATED = tuple(
    ipaddress.ip_network(network)
    for network in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "192.88.99.0/24")
)
# Azure's and Oracle's, which no registry of addresses calls anything but public.
_METADATA = tuple(
    ipaddress.IPv4Network(network) for network in ("168.63.129.16/32", "192.0.0.192/32")
)
# Reserved by registries that are younger than some of the Pythons we run on.
_RESERVED = tuple(ipaddress.ip_network(network) for network in ("192.0.0.0/24", "3fff::/20"))
_LOCAL_NAMES = ("localhost", "local", "internal", "localdomain", "home.arpa")


@dataclass(frozen=True)
class TargetRules:
    """Both exceptions are for development only."""

    allow_http: bool = False
    allow_private: bool = False


class ForbiddenTarget(ValueError):
    """The URL may not receive webhooks; the message says why."""


class ForbiddenAddress(PermissionError):
    """Connecting to that address is not allowed; the message says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(errno.EACCES, reason)


def check_url(url: str, rules: TargetRules) -> None:
    """Raises `ForbiddenTarget`. Does not resolve names: that is checked at connect."""
    if len(url) > MAX_URL_CHARACTERS:
        raise ForbiddenTarget(f"The URL is longer than {MAX_URL_CHARACTERS} characters.")
    parts = _split(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and rules.allow_http):
        raise ForbiddenTarget("The URL must start with https://.")
    if parts.username is not None or parts.password is not None:
        raise ForbiddenTarget("The URL must not contain user information.")
    if not parts.hostname:
        raise ForbiddenTarget("The URL names no host.")
    if parts.port == 0:
        raise ForbiddenTarget("The URL's port must be from 1 to 65535.")
    if not rules.allow_private:
        _check_host(parts.hostname)


def _split(url: str) -> SplitResult:
    if not (url.isascii() and url.isprintable()) or any(c in ' \\"<>^`{|}' for c in url):
        raise ForbiddenTarget("The URL contains characters that must be percent-encoded.")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise ForbiddenTarget("The URL cannot be parsed.") from error
    return parts


def _check_host(host: str) -> None:
    name = host.rstrip(".").lower()
    if "%" in name:
        raise ForbiddenTarget("The URL's host contains a percent sign.")
    address = _literal(name)
    if address is not None:
        reason = forbidden_reason(address)
        if reason is not None:
            raise ForbiddenTarget(f"The URL leads to {reason}.")
    elif ":" in name:
        raise ForbiddenTarget("The URL cannot be parsed.")
    elif "." not in name or any(name == n or name.endswith(f".{n}") for n in _LOCAL_NAMES):
        raise ForbiddenTarget("The URL names a host of a local network.")


def _literal(name: str) -> Address | None:
    """An address however it is spelled: `inet_aton` takes 127.1, 0x7f000001 and 2130706433 too."""
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(name))
    except OSError:
        return None


def forbidden_reason(address: Address) -> str | None:
    """What makes the address off limits, or None for one in the public internet."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return forbidden_reason(address.ipv4_mapped)
    if _within(address, _TRANSLATED):
        return "an address translated to another network"
    if address.is_loopback or address.is_unspecified:
        return "a loopback address"
    if address.is_link_local or _within(address, _METADATA):
        return "a link-local address or a cloud's metadata service"
    if address.is_multicast:
        return "a multicast address"
    if _is_reserved(address):
        return "a private or reserved address"
    return None


def _is_reserved(address: Address) -> bool:
    if address.version == 6 and address not in _PUBLIC_IPV6:
        return True
    return not address.is_global or _within(address, _RESERVED)


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)


def guarded_sockets(rules: TargetRules) -> Callable[[AddressInfo], socket.socket]:
    """The socket factory of the client. It raises `ForbiddenAddress` before anything is sent."""

    def open_socket(info: AddressInfo) -> socket.socket:
        family, kind, protocol, _, where = info
        if not rules.allow_private:
            reason = forbidden_reason(ipaddress.ip_address(str(where[0]).partition("%")[0]))
            if reason is not None:
                raise ForbiddenAddress(f"the host leads to {reason}")
        return socket.socket(family=family, type=kind, proto=protocol)

    return open_socket
