"""`ordering: per_event`: one after the other about each event; nothing about another waits."""

import asyncio
import json
from datetime import timedelta

import pytest
from aiohttp import web

from event_lifecycle.testing.dispatching import Desk
from event_lifecycle.testing.receiver import Answer, Receiver, answering, hanging
from event_lifecycle.testing.running import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")
MINUTE = timedelta(minutes=1)


def told(receiver: Receiver, subject: str) -> list[int]:
    """Which messages about it came, by their order."""
    bodies = [json.loads(got.body) for got in receiver.got]
    return [body["nth"] for body in bodies if body["subject"] == subject]


async def test_one_at_a_time_about_each_event_and_in_order(desk: Desk, receiver: Receiver) -> None:
    under_way = 0

    async def slowly(_: web.Request) -> web.StreamResponse:
        nonlocal under_way
        under_way += 1
        assert under_way == 1
        await asyncio.sleep(0.01)
        under_way -= 1
        return web.Response(status=204)

    slow: Answer = slowly
    receiver.answers = [slow] * 20
    endpoint = await desk.endpoint(receiver.url, ordering="per_event")
    await desk.tells(endpoint, *["one"] * 12)
    async with desk.dispatcher():
        await eventually(lambda: desk.all_are(endpoint, "delivered"))
    assert told(receiver, "one") == list(range(1, 13))


async def test_a_failing_message_holds_back_what_follows_about_its_event_alone(
    desk: Desk, receiver: Receiver
) -> None:
    receiver.answers = [answering(500)]
    endpoint = await desk.endpoint(receiver.url, ordering="per_event")
    await desk.tells(endpoint, "one", "one", "one")
    async with desk.dispatcher(schedule=[MINUTE]):
        await eventually(lambda: receiver.has(1))
        await desk.tells(endpoint, *["two"] * 5, *["three"] * 5)
        await eventually(lambda: receiver.has(11))
        assert told(receiver, "two") == [1, 2, 3, 4, 5]
        assert told(receiver, "one") == [1]
        states = await desk.states(endpoint)
        assert states[:3] == [("pending", 1), ("pending", 0), ("pending", 0)]


async def test_one_that_hangs_holds_back_no_other_event(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = [hanging]
    endpoint = await desk.endpoint(receiver.url, ordering="per_event")
    await desk.tells(endpoint, "one", *["one"] * 30, "two")
    async with desk.dispatcher(in_flight=2, timeout_s=0.5):
        await eventually(lambda: receiver.has(2), within=5)
        assert told(receiver, "two") == [32]


async def test_after_a_dead_letter_the_next_has_its_turn(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = [answering(500)] * 2
    endpoint = await desk.endpoint(receiver.url, ordering="per_event")
    await desk.tells(endpoint, "one", "one", "one")
    async with desk.dispatcher(schedule=[timedelta(milliseconds=100)]):
        await eventually(lambda: receiver.has(4))
        assert told(receiver, "one") == [1, 1, 2, 3]


async def test_without_it_nothing_waits(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = [hanging]
    endpoint = await desk.endpoint(receiver.url)
    await desk.tells(endpoint, *["one"] * 5)
    async with desk.dispatcher(timeout_s=0.5):
        await eventually(lambda: receiver.has(5))
