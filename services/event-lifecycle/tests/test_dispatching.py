"""Who is sent to when, and what a crash changes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from event_lifecycle.settings import Settings
from event_lifecycle.testing.receiver import Receiver, hanging, serve_receiver
from event_lifecycle.testing.running import Running, append_an_event, connect, eventually, run
from event_lifecycle.webhooks.deliveries import claim
from event_lifecycle.webhooks.messages import Messages
from event_lifecycle.webhooks.sealing import Seal
from event_lifecycle.webhooks.sender import Sender

pytestmark = pytest.mark.asyncio(loop_scope="module")
SettingsWith = Callable[..., Settings]


def anything(**changes: Any) -> dict[str, Any]:
    """What a claim is given that takes whatever there is, unless `changes` say otherwise."""
    nobody, minute = UUID(int=0), timedelta(minutes=1)
    return {"limit": 9, "rooms": {}, "after": nobody, "most": 4, "lease": minute, **changes}


async def test_a_partner_who_hangs_delays_no_other(
    settings_with: SettingsWith, receiver: Receiver
) -> None:
    async with serve_receiver() as good, run(settings_with(webhook_in_flight=2)) as running:
        await running.registers(receiver.url)
        await running.registers(good.url)
        receiver.answers = [hanging] * 20
        for _ in range(10):
            await running.creates()
        await eventually(lambda: good.has(10), within=5)
        assert len(receiver.got) == 2


async def test_no_endpoint_is_given_more_than_its_share_at_once(
    settings: Settings, receiver: Receiver
) -> None:
    async with run(settings) as running:
        endpoint = UUID((await running.registers(receiver.url))["id"])
    for _ in range(5):
        await append_an_event(settings)

    async with await connect(settings) as connection:

        async def share(rooms: dict[UUID, int], limit: int = 9) -> int:
            return len(await claim(connection, **anything(rooms=rooms, limit=limit)))

        assert await share({endpoint: 0}) == 0
        assert await share({endpoint: 2}) == 2
        assert await share({endpoint: 2}, limit=1) == 1
        assert await share({}) == 1


async def test_a_crash_between_sending_and_recording_sends_the_same_message_again(
    settings: Settings, receiver: Receiver
) -> None:
    async with run(settings) as running:
        endpoint = await running.registers(receiver.url)
    await append_an_event(settings)
    seal = Seal(settings.encryption_key.get_secret_value())
    async with (
        await connect(settings) as connection,
        Sender(settings.webhook_targets, lambda: datetime.now(UTC)) as sender,
    ):
        [claimed] = await claim(connection, **anything(lease=timedelta(seconds=0.3)))
        await sender.send(Messages(seal).message(claimed))
        assert not await claim(connection, **anything())
    async with run(settings) as running:
        delivery = await running.the_delivery("delivered")
        assert delivery["attempts"] == 2
        first, again = receiver.got
        assert (first.id, first.body) == (again.id, again.body)
        assert again.verifies(endpoint["secret"])


async def test_a_message_that_kills_the_process_each_time_is_a_dead_letter_at_last(
    settings: Settings, receiver: Receiver
) -> None:
    async with run(settings) as running:
        await running.registers(receiver.url)
    await append_an_event(settings)
    async with await connect(settings) as connection:
        for died in range(6):
            claimed = await claim(connection, **anything(lease=timedelta()))
            expected = [["sent"]] * 4 + [["used_up"], []]
            assert [one.fate for one in claimed] == expected[died]
    async with run(settings) as running:
        assert (await running.the_delivery("dead"))["attempts"] == 4
        assert receiver.got == []


async def test_an_attempt_that_a_stop_interrupts_is_made_again_by_the_next(
    settings: Settings, receiver: Receiver
) -> None:
    receiver.answers = [hanging]
    async with run(settings) as running:
        await running.registers(receiver.url)
        await running.creates()
        await eventually(lambda: receiver.has(1))
    async with run(settings) as running:
        delivery = await running.the_delivery("delivered")
        first, second = await running.attempts(delivery["id"])
        assert (first["error"], second["error"]) == ("interrupted", None)
        assert len({got.id for got in receiver.got}) == 1


async def test_a_lost_database_connection_loses_no_result(
    running: Running, receiver: Receiver
) -> None:
    await running.registers(receiver.url)

    async def cut(_: web.Request) -> web.StreamResponse:
        await running.rows(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and application_name = 'webhooks'"
        )
        return web.Response(status=204)

    receiver.answers = [cut]
    await running.creates()
    delivery = await running.the_delivery("delivered")
    assert delivery["attempts"] == 1
    assert len(receiver.got) == 1
