"""Asking for what Kafka has not brought yet."""

import asyncio

import pytest

from inbox.inbox import Behind, NotYet, OwnerAway
from inbox.testing.messages import Topics
from inbox.testing.owner import Owner
from inbox.testing.service import Services, until


async def test_what_is_seen_already_is_at_hand(
    services: Services, topic: Topics, owner: Owner, key: str
) -> None:
    async with services.run() as service:
        await topic.send(*owner.decide(key, 1, 2))
        await service.applied(key, 2)
        asked = len(owner.asked)
        assert await service.inbox.at_least("polls", key, 2) == 2
        assert await service.inbox.ask("polls", key)
        assert len(owner.asked) == asked


async def test_kafka_gets_a_moment_before_the_owner_is_asked(
    services: Services, topic: Topics, owner: Owner, key: str
) -> None:
    async with services.run() as service:
        await topic.send(*owner.decide(key, 1))
        await service.applied(key, 1)
        waiting = asyncio.create_task(service.inbox.at_least("polls", key, 2))
        await topic.send(*owner.decide(key, 2))
        assert await waiting == 2
        assert service.metric("refilled_total") == 0


async def test_what_kafka_does_not_bring_the_owner_does(
    services: Services, owner: Owner, key: str
) -> None:
    owner.decide(key, *range(1, 8))
    async with services.run() as service:
        assert await service.inbox.at_least("polls", key, 7) == 7
        assert await service.effects(key) == [1, 2, 3, 4, 5, 6, 7]


async def test_what_nobody_has_is_behind_and_asked_for_once_a_second(
    services: Services, owner: Owner, key: str
) -> None:
    owner.decide(key, 1)
    async with services.run() as service:
        for _ in range(3):
            with pytest.raises(Behind):
                await service.inbox.at_least("polls", key, 9)
        assert len([path for path in owner.asked if key in path]) <= 4


async def test_an_owner_that_is_away_leaves_it_behind(
    services: Services, owner: Owner, key: str
) -> None:
    owner.status = 500
    async with services.run() as service:
        with pytest.raises(Behind):
            await service.inbox.at_least("polls", key, 1)


async def test_an_unknown_key_is_asked_for_once_a_second(
    services: Services, owner: Owner, key: str
) -> None:
    now = 100.0

    def times_asked() -> int:
        return len([path for path in owner.asked if key in path])

    async with services.run(clock=lambda: now) as service:
        answers = await asyncio.gather(*(service.inbox.ask("polls", key) for _ in range(50)))
        assert not any(answers)
        assert not await service.inbox.ask("polls", key)
        assert times_asked() == 1
        owner.decide(key, 1)
        assert not await service.inbox.ask("polls", key)
        now += 1.0
        assert await service.inbox.ask("polls", key)
        assert times_asked() == 2


async def test_an_owner_that_is_away_is_not_a_no(
    services: Services, owner: Owner, key: str
) -> None:
    owner.status = 503
    async with services.run() as service:
        with pytest.raises(OwnerAway):
            await service.inbox.ask("polls", key)


async def test_kafka_may_still_bring_what_an_owner_that_is_away_has_told(
    services: Services, topic: Topics, owner: Owner, key: str
) -> None:
    async def is_asked() -> bool:
        return any(key in path for path in owner.asked)

    owner.status = 503
    async with services.run(clock=lambda: 0.0) as service:  # its patience does not end
        answer = asyncio.create_task(service.inbox.ask("polls", key))
        await until(is_asked)
        await topic.send(*owner.decide(key, 1))
        assert await answer


async def test_an_owner_that_stays_away_is_spared(
    services: Services, owner: Owner, key: str
) -> None:
    owner.status = 503
    async with services.run() as service:
        for n in range(10):
            with pytest.raises(OwnerAway):
                await service.inbox.ask("polls", f"{key}-{n}")
        assert len([path for path in owner.asked if key in path]) < 15


async def test_what_its_owner_does_not_have_either_has_not_happened(
    services: Services, owner: Owner, key: str
) -> None:
    owner.decide(key, 1)
    async with services.run() as service:
        for _ in range(2):  # the second time the owner is not asked again
            with pytest.raises(NotYet):
                await service.inbox.at_least("polls", key, 2)


async def test_what_cannot_be_taken_in_has_happened(
    services: Services, owner: Owner, key: str
) -> None:
    owner.decide(key, 1, 3)
    async with services.run() as service:
        with pytest.raises(Behind) as raised:
            await service.inbox.at_least("polls", key, 2)
        assert not isinstance(raised.value, NotYet)
        with pytest.raises(Behind):
            await service.inbox.all_of("polls", key)


async def test_all_that_the_owner_has_is_fetched(
    services: Services, owner: Owner, key: str
) -> None:
    async with services.run() as service:
        assert await service.inbox.all_of("polls", key) == 0
        owner.decide(key, *range(1, 8))
        assert await service.inbox.all_of("polls", key) == 7
