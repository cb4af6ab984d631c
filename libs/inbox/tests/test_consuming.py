"""Facts come in over Kafka: once each, in order per key, none missing."""

from dataclasses import replace
from uuid import uuid4

from inbox.testing.messages import Topics
from inbox.testing.owner import Owner, envelope_of
from inbox.testing.service import Services


async def test_facts_are_applied_in_order_and_counted(
    services: Services, topic: Topics, owner: Owner, key: str
) -> None:
    async with services.run() as service:
        await topic.send(*owner.decide(key, 1, 2, 3))
        await service.applied(key, 3)
        assert await service.effects(key) == [1, 2, 3]
        assert {key} in service.committed
        assert service.metric("applied_total") == 3
        await service.counted("last_progress_timestamp_seconds", 1)
        assert service.metric("lag_facts") == 0


async def test_a_fact_delivered_twice_takes_effect_once(
    services: Services, topic: Topics, owner: Owner, key: str
) -> None:
    first, second = owner.decide(key, 1, 2)
    async with services.run() as service:
        await topic.send(first, first, second, first, second)
        await service.counted("duplicates_total", 3)
        assert await service.effects(key) == [1, 2]


async def test_facts_out_of_order_take_effect_in_order(
    services: Services, topic: Topics, owner: Owner, key: str
) -> None:
    first, second, third = owner.decide(key, 1, 2, 3)
    async with services.run() as service:
        await topic.send(third, first, second)
        await service.applied(key, 3)
        assert await service.effects(key) == [1, 2, 3]


async def test_a_fact_lost_from_the_topic_is_fetched_from_its_owner(
    services: Services, topic: Topics, owner: Owner, key: str
) -> None:
    first, _, _, fourth = owner.decide(key, 1, 2, 3, 4)
    async with services.run() as service:
        await topic.send(first)
        await service.applied(key, 1)
        await topic.send(fourth)
        await service.applied(key, 4)
        assert await service.effects(key) == [1, 2, 3, 4]
        assert service.metric("gaps_total") == 1
        assert service.metric("refilled_total") == 3


async def test_a_gap_in_one_key_does_not_hold_up_another(
    services: Services, topic: Topics, owner: Owner, key: str
) -> None:
    other = str(uuid4())
    _, second = owner.decide(key, 1, 2)
    owner.status = 503
    async with services.run() as service:
        await topic.send(second, *owner.decide(other, 1))
        await service.applied(other, 1)
        assert await service.effects(key) == []
        owner.status = 200
        await service.applied(key, 2)


async def test_a_type_that_nobody_reads_is_done(
    services: Services, topic: Topics, key: str
) -> None:
    unheard = replace(envelope_of(key, 1), type="commontime.poll.painted.v1")
    async with services.run() as service:
        await topic.send(unheard, envelope_of(key, 2))
        await service.applied(key, 2)
        assert await service.effects(key) == [2]
        assert service.metric("dead_letters_total") == 0
