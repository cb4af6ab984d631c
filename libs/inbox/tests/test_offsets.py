"""The broker learns how far we have come: soon, at the stop at once, never too much."""

import asyncio

from aiokafka.admin import AIOKafkaAdminClient

from inbox.sources import Received
from inbox.testing.messages import Topics
from inbox.testing.owner import envelope_of
from inbox.testing.service import Services, until


async def committed(topic: Topics) -> int:
    """The messages that the group has told the broker it has taken in."""
    admin = AIOKafkaAdminClient(bootstrap_servers=topic.bootstrap)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(f"{topic.prefix}tested")
    finally:
        await admin.close()
    return sum(max(0, position.offset) for position in offsets.values())


async def test_the_broker_learns_soon_what_was_taken_in(
    services: Services, topic: Topics, key: str
) -> None:
    async def told() -> bool:
        return await committed(topic) == 2

    async with services.run() as service:
        await topic.send(envelope_of(key, 1), envelope_of(key, 2))
        await service.applied(key, 2)
        await until(told)


async def test_at_a_clean_stop_nothing_is_left_untold(
    services: Services, topic: Topics, key: str
) -> None:
    async with services.run() as service:
        await topic.send(envelope_of(key, 1), envelope_of(key, 2), envelope_of(key, 3))
        await service.applied(key, 3)
    assert await committed(topic) == 3


async def test_a_batch_under_way_is_not_told_with_the_one_before(
    services: Services, topic: Topics, key: str
) -> None:
    begun = asyncio.Event()

    def hang(fact: Received) -> Exception | None:
        if fact.sequence == 2:
            begun.set()
            return OSError("the database is away")
        return None

    async def told() -> bool:
        return await committed(topic) > 0

    async with services.run(trouble=hang) as service:
        await topic.send(envelope_of(key, 1))
        await service.applied(key, 1)
        await topic.send(envelope_of(key, 2))
        await asyncio.wait_for(begun.wait(), 10)
        await until(told)
        assert await committed(topic) == 1
