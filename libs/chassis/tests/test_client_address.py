"""Which address a request is counted by, and that nobody can choose it."""

from ipaddress import ip_address, ip_network

import pytest

from chassis.client_address import ClientAddress, ForwardedHeader

TRUSTED = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]
GATEWAY = "10.0.0.1"


def seen(
    peer: str | None, *headers: tuple[str, str], header: ForwardedHeader = "X-Forwarded-For"
) -> bytes:
    scope = {
        "client": (peer, 1234) if peer else None,
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
    }
    return ClientAddress(TRUSTED, header).of(scope)


def packed(address: str) -> bytes:
    return ip_address(address).packed


def forwarded(value: str) -> tuple[str, str]:
    return "X-Forwarded-For", value


def test_without_a_proxy_it_is_the_peer() -> None:
    assert seen("192.0.2.7") == packed("192.0.2.7")


def test_what_a_stranger_claims_is_not_believed() -> None:
    assert seen("192.0.2.7", forwarded("203.0.113.9")) == packed("192.0.2.7")


def test_by_default_nobody_is_believed() -> None:
    nobody = ClientAddress([], "X-Forwarded-For")
    scope = {"client": ("127.0.0.1", 1), "headers": [(b"x-forwarded-for", b"203.0.113.9")]}
    assert nobody.of(scope) == packed("127.0.0.1")


def test_a_trusted_proxy_is_believed() -> None:
    assert seen(GATEWAY, forwarded("203.0.113.9")) == packed("203.0.113.9")


def test_what_the_client_put_before_is_not_believed() -> None:
    assert seen(GATEWAY, forwarded("198.51.100.1, 203.0.113.9")) == packed("203.0.113.9")


def test_a_chain_of_trusted_proxies_is_followed_to_the_first_stranger() -> None:
    chain = forwarded("198.51.100.1, 203.0.113.9, 10.0.0.3, 10.0.0.2")
    assert seen(GATEWAY, chain) == packed("203.0.113.9")


def test_several_lines_are_one_list() -> None:
    lines = [forwarded("198.51.100.1"), forwarded("203.0.113.9, 10.0.0.2")]
    assert seen(GATEWAY, *lines) == packed("203.0.113.9")


def test_a_client_inside_the_trusted_network_is_itself() -> None:
    assert seen(GATEWAY, forwarded("10.0.0.77")) == packed("10.0.0.77")


@pytest.mark.parametrize("nonsense", ["", "unknown", "_hidden", "300.1.1.1", "a" * 60_000, "\xff"])
def test_nonsense_stands_for_the_proxy_that_passed_it_on(nonsense: str) -> None:
    assert seen(GATEWAY, forwarded(nonsense)) == packed(GATEWAY)
    assert seen(GATEWAY, forwarded(f"203.0.113.9, {nonsense}, 10.0.0.2")) == packed("10.0.0.2")


def test_a_list_without_end_is_not_walked() -> None:
    assert seen(GATEWAY, forwarded("203.0.113.9" + ", 10.0.0.2" * 7000)) == packed("10.0.0.2")


@pytest.mark.parametrize("written", ["203.0.113.9:4711", " 203.0.113.9 ", "::ffff:203.0.113.9"])
def test_ports_and_mapped_addresses_make_no_difference(written: str) -> None:
    assert seen(GATEWAY, forwarded(written)) == packed("203.0.113.9")


@pytest.mark.parametrize("written", ["2001:db8:1:2::9", "[2001:db8:1:2:ffff::1]:443"])
def test_of_ipv6_the_first_half_counts(written: str) -> None:
    assert seen(GATEWAY, forwarded(written)) == packed("2001:db8:1:2::")[:8]
    assert seen("fd00::1", forwarded(written)) == packed("2001:db8:1:2::")[:8]
    assert seen("2001:db8:1:2:a::1%eth0") == packed("2001:db8:1:2::")[:8]
    assert seen("2001:db8:1:3::9") != packed("2001:db8:1:2::")[:8]


def test_the_header_of_rfc_7239_is_read_where_it_is_the_one_that_proxies_write() -> None:
    header = ("Forwarded", 'for=198.51.100.1, For="203.0.113.9:81";proto=https;by=10.0.0.2')
    assert seen(GATEWAY, header, header="Forwarded") == packed("203.0.113.9")
    header = ("Forwarded", 'proto=https;for="[2001:db8:1:2::9]:443"')
    assert seen(GATEWAY, header, header="Forwarded") == packed("2001:db8:1:2::")[:8]


def test_the_other_header_is_the_clients_own_and_not_believed() -> None:
    both = [forwarded("203.0.113.9"), ("Forwarded", "for=198.51.100.1")]
    assert seen(GATEWAY, *both) == packed("203.0.113.9")
    assert seen(GATEWAY, *both, header="Forwarded") == packed("198.51.100.1")
    assert seen(GATEWAY, both[1]) == packed(GATEWAY)


def test_who_has_no_address_is_counted_together() -> None:
    assert seen(None) == seen("a-unix-socket") == b""
