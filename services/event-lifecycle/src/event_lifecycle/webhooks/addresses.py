"""Where a webhook may go: never into our own network, whoever asks and whatever DNS answers.

The URL is checked when it is stored, and every address again at the moment of connecting, in
the one place where all of the client's sockets are made.
"""

import errno
import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
AddressInfo = tuple[Any, Any, int, str, tuple[Any, ...]]

MAX_URL_CHARACTERS = 2_048

# Outside of this range IPv6 has nothing public; inside of it these lead back to IPv4 networks.
_PUBLIC_IPV6 = ipaddress.IPv6Network("2000::/3")
_TRANSLATED = (
    ipaddress.IPv6Network("64:ff9b::/96"),
    ipaddress.IPv6Network("64:ff9b:1::/48"),
    ipaddress.IPv6Network("2002::/16"),
    ipaddress.IPv6Network("2001::/32"),
)
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
    if not rules.allow_private:
        _check_host(parts.hostname)


def _split(url: str) -> SplitResult:
    if not url.isascii() or any(c.isspace() or c in '\\"<>^`{|}' or c < " " for c in url):
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
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return forbidden_reason(address.ipv4_mapped)
        if any(address in network for network in _TRANSLATED):
            return "an address translated to another network"
    if address.is_loopback or address.is_unspecified:
        return "a loopback address"
    if address.is_link_local:
        return "a link-local address, such as a cloud's metadata service"
    if address.is_multicast:
        return "a multicast address"
    if not address.is_global or (address.version == 6 and address not in _PUBLIC_IPV6):
        return "a private or reserved address"
    return None


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
