"""Comparing with the owners heals what neither Kafka nor a gap would show."""

from datetime import timedelta

from inbox.inbox import Pace
from inbox.testing.messages import Topics
from inbox.testing.owner import Owner
from inbox.testing.service import Services

OFTEN = Pace(interval=timedelta(milliseconds=100), grace=timedelta(0))


async def test_a_tail_lost_from_the_topic_comes_from_the_owner(
    services: Services, topic: Topics, owner: Owner, key: str
) -> None:
    owner.tells_heads = True
    async with services.run(pace=OFTEN) as service:
        await topic.send(*owner.decide(key, 1))
        await service.applied(key, 1)
        owner.decide(key, 2, 3)
        await service.applied(key, 3)
        assert await service.effects(key) == [1, 2, 3]


async def test_an_owner_that_is_away_for_a_while_is_compared_with_later(
    services: Services, owner: Owner, key: str
) -> None:
    owner.tells_heads = True
    owner.status = 503
    owner.decide(key, 1)
    async with services.run(pace=OFTEN) as service:
        assert await service.inbox.seen("polls", key) == 0
        owner.status = 200
        await service.applied(key, 1)


async def test_a_rebuild_takes_everything_in_again(
    services: Services, topic: Topics, owner: Owner, key: str
) -> None:
    owner.tells_heads = True
    async with services.run() as service:
        await topic.send(*owner.decide(key, *range(1, 6)))
        await service.applied(key, 5)
        async with service.pool.connection() as conn:
            await conn.execute("update effects set by = 'damaged'")
        await service.inbox.rebuild(["effects"])
        assert await service.effects(key) == [1, 2, 3, 4, 5]
        assert await service.rows("select * from effects where by = 'damaged'") == []


async def test_many_facts_of_one_key_come_in_pages(
    services: Services, owner: Owner, key: str
) -> None:
    owner.decide(key, *range(1, 2502))
    async with services.run() as service:
        assert await service.inbox.at_least("polls", key, 2501) == 2501
        assert len([path for path in owner.asked if key in path]) == 3
