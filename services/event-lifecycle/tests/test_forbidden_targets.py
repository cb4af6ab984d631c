"""URLs that no endpoint may have: each is refused with a sentence for whoever typed it."""

from collections.abc import Callable
from typing import Any

import pytest

from event_lifecycle.settings import Settings
from event_lifecycle.testing.running import AS_ADMIN, Running, run

pytestmark = pytest.mark.asyncio(loop_scope="module")
ENDPOINTS = "/api/v1/webhooks/endpoints"

LOOPBACK = "The URL leads to a loopback address."
METADATA = "The URL leads to a link-local address or a cloud's metadata service."
PRIVATE = "The URL leads to a private or reserved address."
MULTICAST = "The URL leads to a multicast address."
TRANSLATED = "The URL leads to an address translated to another network."
LOCAL = "The URL names a host of a local network."
ENCODED = "The URL contains characters that must be percent-encoded."
PERCENT = "The URL's host contains a percent sign."
UNPARSED = "The URL cannot be parsed."
NO_HOST = "The URL names no host."
NOT_HTTPS = "The URL must start with https://."
WITH_USER = "The URL must not contain user information."
NO_PORT = "The URL's port must be from 1 to 65535."

VECTORS = {
    # This machine, however it is spelled.
    "https://127.0.0.1/": LOOPBACK,
    "https://127.1/": LOOPBACK,
    "https://127.255.255.254:8443/": LOOPBACK,
    "https://2130706433/": LOOPBACK,
    "https://0x7f000001/": LOOPBACK,
    "https://0x7f.0x0.0x0.0x1/": LOOPBACK,
    "https://017700000001/": LOOPBACK,
    "https://0177.0.0.01/": LOOPBACK,
    "https://127.0.0.1./": LOOPBACK,
    "https://0/": LOOPBACK,
    "https://0.0.0.0/": LOOPBACK,
    "https://[::1]/": LOOPBACK,
    "https://[::]/": LOOPBACK,
    "https://[0:0:0:0:0:0:0:1]/": LOOPBACK,
    "https://[::ffff:127.0.0.1]/": LOOPBACK,
    "https://[::ffff:7f00:1]/": LOOPBACK,
    "https://localhost/": LOCAL,
    "https://LOCALHOST/": LOCAL,
    "https://localhost./": LOCAL,
    "https://localhost../": LOCAL,
    "https://api.localhost/": LOCAL,
    "https://localhost.localdomain/": LOCAL,
    "https://ip6-localhost/": LOCAL,
    # Written so that one parser sees another host than the next.
    "https://127。0。0。1/": ENCODED,
    "https://①②⑦.0.0.1/": ENCODED,
    "https://ｌocalhost/": ENCODED,
    "https://127.0.0.1\u200b/": ENCODED,
    "https://example.com\\@127.0.0.1/": ENCODED,
    "https://example.com\t@127.0.0.1/": ENCODED,
    "https://example.com\r\nhost: 127.0.0.1/": ENCODED,
    "https://127%2e0%2e0%2e1/": PERCENT,
    "https://%6c%6f%63%61%6c%68%6f%73%74/": PERCENT,
    "https://[fe80::1%25eth0]/": PERCENT,
    "https://[::1%25lo]/": PERCENT,
    "https://[v1.fe80::a]/": UNPARSED,
    "https://[::1/": UNPARSED,
    "https://[127.0.0.1]/": UNPARSED,
    "https://127.0.0.1:80:443/": UNPARSED,
    "https://example.com:65536/": UNPARSED,
    "https://example.com:-1/": UNPARSED,
    "https://example.com:0/": NO_PORT,
    "https://example.com@127.0.0.1/": WITH_USER,
    "https://user:word@example.com/": WITH_USER,
    "https://@example.com/": WITH_USER,
    "https:///127.0.0.1/": NO_HOST,
    "https:127.0.0.1": NO_HOST,
    # Networks of ours, and of the cloud that we may run in.
    "https://10.0.0.1/": PRIVATE,
    "https://10.1/": PRIVATE,
    "https://172.16.0.1/": PRIVATE,
    "https://172.31.255.254/": PRIVATE,
    "https://192.168.0.1/": PRIVATE,
    "https://3232235521/": PRIVATE,
    "https://100.64.0.1/": PRIVATE,
    "https://100.100.100.200/": PRIVATE,
    "https://[fc00::1]/": PRIVATE,
    "https://[fd00:ec2::254]/": PRIVATE,
    "https://[fec0::1]/": PRIVATE,
    "https://[::ffff:10.0.0.1]/": PRIVATE,
    "https://[::127.0.0.1]/": PRIVATE,
    "https://169.254.169.254/latest/meta-data/": METADATA,
    "https://0xa9fea9fe/": METADATA,
    "https://[::ffff:a9fe:a9fe]/": METADATA,
    "https://168.63.129.16/": METADATA,
    "https://192.0.0.192/": METADATA,
    "https://[fe80::1]/": METADATA,
    "https://metadata.google.internal/": LOCAL,
    "https://kubernetes.default.svc.cluster.local/": LOCAL,
    "https://printer.local/": LOCAL,
    "https://router.home.arpa/": LOCAL,
    "https://intranet/": LOCAL,
    # What leads from one network into another.
    "https://[64:ff9b::7f00:1]/": TRANSLATED,
    "https://[64:ff9b:1::a00:1]/": TRANSLATED,
    "https://[2002:7f00:1::]/": TRANSLATED,
    "https://[2001:0:7f00:1::]/": TRANSLATED,
    "https://192.88.99.1/": TRANSLATED,
    # Nobody's, or everybody's.
    "https://255.255.255.255/": PRIVATE,
    "https://240.0.0.1/": PRIVATE,
    "https://192.0.2.1/": PRIVATE,
    "https://198.51.100.1/": PRIVATE,
    "https://203.0.113.1/": PRIVATE,
    "https://198.18.0.1/": PRIVATE,
    "https://192.0.0.1/": PRIVATE,
    "https://[2001:db8::1]/": PRIVATE,
    "https://[3fff::1]/": PRIVATE,
    "https://[100::1]/": PRIVATE,
    "https://224.0.0.1/": MULTICAST,
    "https://[ff02::1]/": MULTICAST,
    # Not https.
    "http://example.com/": NOT_HTTPS,
    "//example.com/": NOT_HTTPS,
    "ftp://example.com/": NOT_HTTPS,
    "file:///etc/passwd": NOT_HTTPS,
    "gopher://127.0.0.1:6379/_flushall": NOT_HTTPS,
    "javascript:alert(1)": NOT_HTTPS,
}


@pytest.fixture(scope="module")
def shared_settings(shared_settings: Settings) -> Settings:
    changes = {"webhook_allow_http": False, "webhook_allow_private": False}
    return shared_settings.model_copy(update=changes)


async def refused(running: Running, url: str) -> list[dict[str, Any]]:
    answer = await running.client.post(ENDPOINTS, json={"url": url}, headers=AS_ADMIN)
    assert answer.status_code == 422, answer.text
    return answer.json()["errors"]


@pytest.mark.parametrize("url", VECTORS)
async def test_an_endpoint_inside_is_refused_and_its_owner_reads_why(
    shared: Running, url: str
) -> None:
    assert await refused(shared, url) == [
        {"pointer": "/url", "code": "forbidden_target", "detail": VECTORS[url]}
    ]
    assert await shared.rows("select from webhook_endpoints where url = %s", url) == []


async def test_the_public_internet_is_open(running: Running) -> None:
    for host in ("example.com", "93.184.215.14", "[2606:4700:4700::1111]", "xn--bcher-kva.example"):
        endpoint = await running.registers(f"https://{host}:8443/hook?token=a%20b")
        assert endpoint["state"] == "enabled"


async def test_an_instance_for_development_says_yes_to_its_own_network_and_no_to_the_rest(
    settings_with: Callable[..., Settings],
) -> None:
    async with run(settings_with(webhook_allow_private=True, webhook_allow_http=False)) as running:
        await running.registers("https://127.0.0.1/")
        assert (await refused(running, "http://127.0.0.1/"))[0]["detail"] == NOT_HTTPS
        assert (await refused(running, "https://a@127.0.0.1/"))[0]["detail"] == WITH_USER
    async with run(settings_with(webhook_allow_private=False, webhook_allow_http=True)) as running:
        await running.registers("http://example.com/")
        assert (await refused(running, "http://127.0.0.1/"))[0]["detail"] == LOOPBACK
