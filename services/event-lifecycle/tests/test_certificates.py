"""Whom a message is for is proven by a certificate, or nothing is sent.

An operator may name authorities of their own by SSL_CERT_FILE, as any program's; here the test is
that operator.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from event_lifecycle.settings import Settings
from event_lifecycle.testing.bad_server import saying, serve_badly
from event_lifecycle.testing.running import run

pytestmark = pytest.mark.asyncio(loop_scope="module")
NO_CONTENT = saying(b"HTTP/1.1 204 No Content\r\n\r\n")


@dataclass
class Authority:
    trusted: trustme.CA
    unknown: trustme.CA


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    authority = Authority(trustme.CA(), trustme.CA())
    authority.trusted.cert_pem.write_to_path(tmp_path / "authorities.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authorities.pem"))
    return authority


Issue = Callable[[Authority], trustme.LeafCert]
YESTERDAY = datetime.now(UTC) - timedelta(days=1)
BAD: dict[str, tuple[Issue, str]] = {
    "of an authority that nobody knows": (
        lambda a: a.unknown.issue_cert("localhost"),
        "unable to get local issuer certificate",
    ),
    "for another host": (
        lambda a: a.trusted.issue_cert("example.com"),
        "Hostname mismatch, certificate is not valid for 'localhost'.",
    ),
    "that has expired": (
        lambda a: a.trusted.issue_cert("localhost", not_after=YESTERDAY),
        "certificate has expired",
    ),
}


def context_of(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)  # pyright: ignore[reportUnknownMemberType]  # pyOpenSSL's
    return context


@pytest.mark.parametrize("case", BAD)
async def test_to_a_bad_certificate_nothing_is_sent(
    settings_with: Callable[..., Settings], authority: Authority, case: str
) -> None:
    issue, reason = BAD[case]
    once = settings_with(webhook_retry_schedule=(timedelta(hours=1),))
    async with serve_badly(NO_CONTENT, tls=context_of(issue(authority))) as bad, run(once) as here:
        await here.registers(f"https://localhost:{bad.port}/hook")
        await here.creates()
        delivery = await here.tried(1)
        [attempt] = await here.attempts(delivery["id"])
    assert (delivery["state"], attempt["status"]) == ("pending", None)
    assert attempt["error"] == f"bad_certificate: {reason}"


async def test_a_good_certificate_of_a_trusted_authority_is_good_enough(
    settings_with: Callable[..., Settings], authority: Authority
) -> None:
    tls = context_of(authority.trusted.issue_cert("localhost"))
    async with serve_badly(NO_CONTENT, tls=tls) as good, run(settings_with()) as here:
        await here.registers(f"https://localhost:{good.port}/hook")
        await here.creates()
        assert (await here.the_delivery("delivered"))["attempts"] == 1


async def test_a_server_without_tls_gets_nothing_where_https_is_asked(
    settings_with: Callable[..., Settings],
) -> None:
    once = settings_with(webhook_retry_schedule=(timedelta(hours=1),))
    async with serve_badly(NO_CONTENT) as plain, run(once) as here:
        await here.registers(f"https://localhost:{plain.port}/hook")
        await here.creates()
        delivery = await here.tried(1)
        [attempt] = await here.attempts(delivery["id"])
    assert (delivery["state"], attempt["status"]) == ("pending", None)
    assert attempt["error"].startswith(("connection_failed: ", "timeout"))
