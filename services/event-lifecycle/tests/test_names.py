"""Where names lead is judged at the moment of connecting, whatever DNS says and when.

A public address leads to the receiver. `inside` is a server of ours that must never be reached: it
listens on the port that every URL here names, on this machine.
"""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from event_lifecycle.settings import Settings
from event_lifecycle.testing.bad_server import BadServer, serve_badly, silent
from event_lifecycle.testing.internet import Internet, internet
from event_lifecycle.testing.receiver import Receiver, answering
from event_lifecycle.testing.running import Running, eventually, run
from event_lifecycle.webhooks import resolving

pytestmark = pytest.mark.asyncio(loop_scope="module")
PUBLIC = "93.184.215.14"
PUBLIC_6 = "2606:4700:4700::1111"
STRICT = {
    "webhook_allow_private": False,
    "webhook_retry_schedule": (timedelta(hours=1),),
    "webhook_timeout": timedelta(seconds=5),
}
LOOPBACK = "forbidden_address: the host leads to a loopback address"


@pytest.fixture(scope="module")
def shared_settings(shared_settings: Settings) -> Settings:
    return shared_settings.model_copy(update=STRICT)


@pytest_asyncio.fixture(loop_scope="module")
async def inside() -> AsyncGenerator[BadServer]:
    async with serve_badly(silent) as served:
        yield served


@pytest_asyncio.fixture(loop_scope="module")
async def net(receiver: Receiver) -> AsyncGenerator[Internet]:
    with internet(asyncio.get_running_loop()) as made:
        port = urlsplit(receiver.url).port
        assert port
        made.routes = {PUBLIC: ("127.0.0.1", port)}
        yield made


async def told_at(running: Running, host: str, port: int) -> tuple[str, str | None]:
    """The state of the delivery to that host, and the error of its only attempt."""
    await running.registers(f"http://{host}:{port}/hook")
    await running.creates()
    delivery = await running.tried(1)
    [attempt] = await running.attempts(delivery["id"])
    return delivery["state"], attempt["error"]


async def test_a_name_that_turns_inward_after_its_first_message_gets_no_second(
    settings_with: Callable[..., Settings], receiver: Receiver, inside: BadServer, net: Internet
) -> None:
    net.names["rebinding.example"] = [PUBLIC]
    async with run(settings_with(**STRICT)) as running:
        assert await told_at(running, "rebinding.example", inside.port) == ("delivered", None)
    net.names["rebinding.example"] = ["127.0.0.1"]
    async with run(settings_with(**STRICT)) as running:
        await running.creates()

        async def failed() -> list[str]:
            rows = await running.rows("select error from webhook_attempts where error is not null")
            return [error for (error,) in rows]

        assert await eventually(failed) == [LOOPBACK]
    assert len(receiver.got) == 1
    assert inside.connections == 0


@pytest.mark.parametrize("addresses", [[PUBLIC, "127.0.0.1"], ["127.0.0.1", PUBLIC]])
async def test_of_several_addresses_only_public_ones_are_tried(
    running: Running, receiver: Receiver, inside: BadServer, net: Internet, addresses: list[str]
) -> None:
    net.names["both.example"] = list(addresses)
    assert await told_at(running, "both.example", inside.port) == ("delivered", None)
    assert len(receiver.got) == 1
    assert inside.connections == 0


async def test_a_private_address_is_no_way_out_when_the_public_one_is_down(
    running: Running, receiver: Receiver, inside: BadServer, net: Internet
) -> None:
    net.names["down.example"] = [PUBLIC, "127.0.0.1"]
    net.routes[PUBLIC] = ("127.0.0.1", 1)
    state, error = await told_at(running, "down.example", inside.port)
    assert state == "pending"
    assert error
    assert error.startswith(("forbidden_address: ", "connection_failed: "))
    assert (inside.connections, receiver.got) == (0, [])


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("0.0.0.0", "a loopback address"),
        ("169.254.169.254", "a link-local address or a cloud's metadata service"),
        ("10.0.0.1", "a private or reserved address"),
        ("100.64.0.1", "a private or reserved address"),
        ("::1", "a loopback address"),
        ("::ffff:127.0.0.1", "a loopback address"),
        ("64:ff9b::7f00:1", "an address translated to another network"),
        ("2002:7f00:1::", "an address translated to another network"),
        ("fd00:ec2::254", "a private or reserved address"),
        ("fe80::1", "a link-local address or a cloud's metadata service"),
        ("ff02::1", "a multicast address"),
    ],
)
async def test_no_name_leads_inward_and_its_owner_reads_why(
    running: Running, inside: BadServer, net: Internet, address: str, reason: str
) -> None:
    net.names["inward.example"] = [address]
    state, error = await told_at(running, "inward.example", inside.port)
    assert (state, error) == ("pending", f"forbidden_address: the host leads to {reason}")
    assert inside.connections == 0


async def test_a_redirect_inward_is_not_followed(
    running: Running, receiver: Receiver, inside: BadServer, net: Internet
) -> None:
    net.names["redirecting.example"] = [PUBLIC]
    for status in (301, 302, 303, 307, 308):
        await running.empties_its_tables()
        receiver.answers = [answering(status, location=f"http://127.0.0.1:{inside.port}/")]
        told = await told_at(running, "redirecting.example", inside.port)
        assert told == ("pending", "redirect")
    assert inside.connections == 0


async def test_no_proxy_of_the_environment_gets_to_see_a_message(
    settings_with: Callable[..., Settings],
    receiver: Receiver,
    inside: BadServer,
    net: Internet,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{inside.port}")
    net.names["direct.example"] = [PUBLIC]
    async with run(settings_with(**STRICT)) as running:
        assert await told_at(running, "direct.example", inside.port) == ("delivered", None)
    assert len(receiver.got) == 1
    assert inside.connections == 0


async def test_a_name_that_dns_does_not_know_is_a_failure_with_its_reason(
    running: Running, net: Internet
) -> None:
    net.names["unknown.example"] = socket.gaierror(-2, "Name or service not known")
    told = await told_at(running, "unknown.example", 80)
    assert told == ("pending", "dns_failed: Name or service not known")


async def test_dns_that_hangs_is_given_two_seconds(running: Running, net: Internet) -> None:
    net.names["hanging.example"] = None
    told = await told_at(running, "hanging.example", 80)
    assert told == ("pending", "dns_failed: no answer within 2 s")


async def test_dns_that_hangs_delays_no_other(
    settings_with: Callable[..., Settings],
    receiver: Receiver,
    net: Internet,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resolving, "DNS_SECONDS", 60.0)
    hanging = [f"hanging{n}.example" for n in range(12)]
    net.names |= dict.fromkeys(hanging)
    net.names["good.example"] = [PUBLIC]
    patient = {**STRICT, "webhook_timeout": timedelta(seconds=30)}
    async with run(settings_with(**patient)) as running:
        for host in (*hanging, "good.example"):
            await running.registers(f"http://{host}/hook")
        await running.creates()
        await eventually(lambda: receiver.has(1))
        assert await running.rows("select from webhook_attempts where status is null") == []
        net.ends()
