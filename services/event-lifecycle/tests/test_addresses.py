import socket

import pytest

from event_lifecycle.webhooks.addresses import (
    ForbiddenAddress,
    ForbiddenTarget,
    TargetRules,
    check_url,
    guarded_sockets,
)

STRICT = TargetRules()
DEVELOPMENT = TargetRules(allow_http=True, allow_private=True)

INWARD = [
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "168.63.129.16",
    "192.0.0.1",
    "192.88.99.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "3fff::1",
    "100::1",
]
OUTWARD = ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111"]
SPELLED = ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.1.", "0"]


def in_url(address: str) -> str:
    return f"https://[{address}]/hook" if ":" in address else f"https://{address}/hook"


def info(address: str) -> tuple[int, int, int, str, tuple[str, int]]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return family, socket.SOCK_STREAM, 0, "", (address, 443)


@pytest.mark.parametrize("host", INWARD + SPELLED)
def test_no_url_leads_inward(host: str) -> None:
    with pytest.raises(ForbiddenTarget):
        check_url(in_url(host), STRICT)


@pytest.mark.parametrize("address", INWARD)
def test_no_socket_opens_inward(address: str) -> None:
    with pytest.raises(ForbiddenAddress):
        guarded_sockets(STRICT)(info(address))


@pytest.mark.parametrize("address", OUTWARD)
def test_the_public_internet_is_open(address: str) -> None:
    check_url(in_url(address), STRICT)
    guarded_sockets(STRICT)(info(address)).close()


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "https:///hook",
        "https://user@example.com/",
        "https://user:word@example.com/",
        "https://example.com:99999/",
        "https://[::1",
        "https://exa mple.com/",
        "https://example.com\\@127.0.0.1/",
        "https://exämple.com/",
        "https://127.0.0.1%2f.example.com/",
        "https://localhost/",
        "https://api.localhost/",
        "https://metadata.google.internal/",
        "https://printer.local/",
        "https://intranet/",
        "https://example.com/" + "x" * 2_048,
    ],
)
def test_bad_urls_are_refused_with_a_reason(url: str) -> None:
    with pytest.raises(ForbiddenTarget, match=r"^The URL"):
        check_url(url, STRICT)


def test_plain_and_private_targets_are_exceptions_for_development() -> None:
    check_url("http://127.0.0.1:8080/hook", DEVELOPMENT)
    guarded_sockets(DEVELOPMENT)(info("127.0.0.1")).close()
    with pytest.raises(ForbiddenTarget):
        check_url("http://127.0.0.1/", TargetRules(allow_private=True))
    with pytest.raises(ForbiddenTarget):
        check_url("http://127.0.0.1/", TargetRules(allow_http=True))
    with pytest.raises(ForbiddenTarget):
        check_url("https://user@127.0.0.1/", DEVELOPMENT)
