"""Servers that are no good for HTTP, or mean us harm: each costs one bounded attempt."""

import pytest
from aiohttp import web

from event_lifecycle.testing.receiver import Receiver
from event_lifecycle.testing.running import Running

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_no_more_of_an_answer_is_read_than_is_kept(
    running: Running, receiver: Receiver
) -> None:
    await running.registers(receiver.url)
    sent: list[int] = []

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while sum(sent) < 200_000_000:
            await response.write(b"\x00x" * 50_000)
            sent.append(100_000)
        return response

    receiver.answers = [endless]
    await running.creates()
    delivery = await running.the_delivery("delivered")
    [attempt] = await running.attempts(delivery["id"])
    assert attempt["response_excerpt"] == "�x" * 512
    assert sum(sent) < 100_000_000
