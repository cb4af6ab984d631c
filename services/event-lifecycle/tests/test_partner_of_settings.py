"""NOTIFY_URL: its partner gets two fields, and nobody waits for it."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from event_lifecycle.settings import Settings
from event_lifecycle.testing.polls import EVENTS, START, Poll, bearer
from event_lifecycle.testing.receiver import Answer, Receiver, answering, hanging
from event_lifecycle.testing.running import eventually, run
from inbox.testing.owner import Owner

pytestmark = pytest.mark.asyncio(loop_scope="module")
SettingsWith = Callable[..., Settings]


async def test_an_event_that_came_out_of_a_poll_is_notified_once_in_the_same_form(
    settings_with: SettingsWith, owner: Owner, receiver: Receiver
) -> None:
    poll = Poll(owner)
    poll.finalised()
    poll.reopened()
    poll.finalised(START + timedelta(hours=1))
    async with run(settings_with(notify_url=receiver.url)) as running:
        least = {"commontime-min-sequence": f"polls={poll.sequence}"}
        await running.client.get(
            EVENTS, params={"poll_id": str(poll.id)}, headers={**bearer(poll.organiser), **least}
        )
        delivery = await running.the_delivery("delivered")
    [got] = receiver.got
    body = json.loads(got.body)
    assert list(body) == ["title", "date"]
    assert body["title"] == "Planning"
    assert (delivery["type"], delivery["body"].encode()) == ("event.created", got.body)


@pytest.mark.parametrize("answer", [hanging, answering(500)])
async def test_creation_does_not_wait_for_a_partner_that_hangs_or_fails(
    settings_with: SettingsWith, receiver: Receiver, answer: Answer
) -> None:
    receiver.answers = [answer] * 20
    async with run(settings_with(notify_url=receiver.url)) as running:
        async with asyncio.timeout(5):
            for _ in range(3):
                await running.creates()
        await eventually(lambda: receiver.has(3))


async def test_a_partner_that_refuses_connections_costs_creation_nothing_and_is_logged(
    settings_with: SettingsWith,
) -> None:
    async with run(settings_with(notify_url="http://127.0.0.1:1/post")) as running:
        async with asyncio.timeout(5):
            event = await running.creates()
        dead = await running.the_delivery("dead")
        assert dead["subject"] == event["id"]
        assert dead["error"].startswith("connection_failed")
        assert len(await running.attempts(dead["id"])) == 4
