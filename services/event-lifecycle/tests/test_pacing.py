"""How often partners are sent to, and how seldom the database is asked when nothing may go."""

import asyncio
from time import monotonic

import pytest

from event_lifecycle.testing.dispatching import Desk
from event_lifecycle.testing.receiver import Receiver, answering, hanging, serve_receiver
from event_lifecycle.testing.running import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_endpoint_gets_no_more_than_the_rate(desk: Desk, receiver: Receiver) -> None:
    endpoint = await desk.endpoint(receiver.url)
    await desk.tells(endpoint, *["one"] * 100)
    began = monotonic()
    async with desk.dispatcher(rate=50):
        await eventually(lambda: receiver.has(30))
    took = monotonic() - began
    assert len(receiver.got) <= 50 * took + 10
    assert took > 0.35


async def test_its_own_rate_may_be_lower_but_not_higher(desk: Desk, receiver: Receiver) -> None:
    async with serve_receiver() as other:
        slow = await desk.endpoint(receiver.url, rate=5)
        hurried = await desk.endpoint(other.url, rate=10_000)
        await desk.tells(slow, *["one"] * 100)
        await desk.tells(hurried, *["one"] * 100)
        began = monotonic()
        async with desk.dispatcher(rate=50):
            await eventually(lambda: other.has(30))
        took = monotonic() - began
        assert len(receiver.got) <= 5 * took + 1
        assert len(other.got) <= 50 * took + 10


async def test_a_partner_with_too_much_to_do_gets_half_of_it(
    desk: Desk, receiver: Receiver
) -> None:
    receiver.answers = [answering(503)]
    endpoint = await desk.endpoint(receiver.url)
    await desk.tells(endpoint, "one")
    async with desk.dispatcher(rate=100) as dispatcher:
        await eventually(lambda: receiver.has(2))
        await desk.tells(endpoint, *["one"] * 100)
        began = monotonic()
        dispatcher.wake()
        await eventually(lambda: receiver.has(62))
        assert monotonic() - began > 0.8


async def test_while_nothing_may_go_the_database_is_hardly_asked(
    desk: Desk, receiver: Receiver
) -> None:
    receiver.answers = [hanging] * 10
    async with serve_receiver() as other:
        full = await desk.endpoint(receiver.url)
        slow = await desk.endpoint(other.url, rate=1)
        async with desk.dispatcher(timeout_s=1.5, in_flight=4):
            await desk.tells(full, *["one"] * 50)
            await desk.tells(slow, *["one"] * 50)
            await eventually(lambda: receiver.has(4))
            await eventually(lambda: other.has(1))
            await asyncio.sleep(0.05)
            before = desk.metric("claim_size_count")
            await asyncio.sleep(0.1)
            await asyncio.sleep(0.1)
            await asyncio.sleep(0.1)
            assert desk.metric("claim_size_count") - before <= 3
        assert len(other.got) <= 3


async def test_room_that_becomes_free_is_used_at_once(desk: Desk, receiver: Receiver) -> None:
    endpoint = await desk.endpoint(receiver.url)
    await desk.tells(endpoint, *["one"] * 40)
    began = monotonic()
    async with desk.dispatcher(in_flight=2, idle_s=5.0):
        await eventually(lambda: desk.all_are(endpoint, "delivered"))
    assert monotonic() - began < 4


async def test_hundreds_of_endpoints_are_all_told_by_few_slots(
    desk: Desk, receiver: Receiver
) -> None:
    endpoints = [await desk.endpoint(f"{receiver.url}/{n}") for n in range(300)]
    for endpoint in endpoints:
        await desk.tells(endpoint, "one", "two")
    async with desk.dispatcher(slots=7):
        await eventually(lambda: receiver.has(600), within=30)
    assert len({got.path for got in receiver.got}) == 300
