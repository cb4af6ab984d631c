"""No message goes into our own network, whatever a URL or a DNS server says."""

from collections.abc import Callable

import pytest

from event_lifecycle.settings import Settings
from event_lifecycle.testing.receiver import Receiver
from event_lifecycle.testing.running import run

pytestmark = pytest.mark.asyncio(loop_scope="module")
SettingsWith = Callable[..., Settings]


async def test_no_name_leads_inward_at_the_moment_of_connecting(
    settings_with: SettingsWith, receiver: Receiver
) -> None:
    async with run(settings_with()) as running:
        await running.registers(receiver.url.replace("127.0.0.1", "localhost"))
    async with run(settings_with(webhook_allow_private=False)) as running:
        await running.creates()
        delivery = await running.tried(1)
        first, *_ = await running.attempts(delivery["id"])
        assert first["error"] == "forbidden_address: the host leads to a loopback address"
        assert receiver.got == []
