"""A key is held back only while its owner has a fact there that cannot be taken in."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import psycopg

from contracts import topics
from contracts.envelope import Envelope
from inbox.inbox import Pace
from inbox.sources import FactSource, Received
from inbox.testing.messages import Topics
from inbox.testing.owner import Owner, envelope_of
from inbox.testing.service import Service, Services, until

# Seconds: the first test of a run meets a Kafka that has only just started.
PATIENCE = 30
OFTEN = Pace(interval=timedelta(milliseconds=100), grace=timedelta(0))
PARK = """
insert into parked (source, key, sequence, reason)
select %s, key, 1, 'by hand' from unnest(%s::text[]) as key returning key
"""


def forged(key: str, sequence: int) -> Envelope:
    """What this program cannot read, where the owner's fact of that sequence should be."""
    return replace(envelope_of(key, sequence), type="commontime.poll.closed.v9")


async def parked(service: Service) -> list[tuple[str, int]]:
    return [(key, number) for key, number in await service.rows("select key, sequence from parked")]


async def dealt_with(service: Service, topic: Topics, key: str) -> None:
    """Return once the key's letter is out, and the batch it was in is behind us."""
    assert len(await topic.dead_letters()) == 1
    after = str(uuid4())
    await topic.send(envelope_of(after, 1), key=key.encode())
    await service.applied(after, 1, PATIENCE)


async def holds_nobody_back(service: Service) -> None:
    async def nobody() -> bool:
        return await parked(service) == [] and service.metric("parked_keys") == 0

    await until(nobody, PATIENCE)


async def test_a_forged_next_fact_of_a_living_key_is_forgotten_with_the_next_comparison(
    services: Services, topic: Topics, owner: Owner, key: str
) -> None:
    async with services.run() as service:
        await topic.send(*owner.decide(key, 1), forged(key, 2))
        await dealt_with(service, topic, key)
        await service.inbox.reconcile()
        await holds_nobody_back(service)
        # Over Kafka: nothing is compared any more.
        await topic.send(*owner.decide(key, 2))
        await service.applied(key, 2, PATIENCE)
        assert len(await topic.dead_letters()) == 1


async def test_what_no_owner_knows_is_let_go_by_itself(
    services: Services, topic: Topics, key: str
) -> None:
    async with services.run(pace=OFTEN) as service:
        await topic.send(forged(key, 1), forged(str(uuid4()), 1), envelope_of(str(uuid4()), 7))
        assert len(await topic.dead_letters(3)) == 3
        await holds_nobody_back(service)


async def test_what_its_owner_has_too_stays_parked_with_one_letter(
    services: Services, topic: Topics, owner: Owner, key: str
) -> None:
    bad = forged(key, 2)
    async with services.run() as service:
        first = owner.decide(key, 1)
        owner.facts[key].append(bad)
        await topic.send(*first, bad)
        await dealt_with(service, topic, key)
        for _ in range(3):
            await service.inbox.reconcile()
            assert await parked(service) == [(key, 2)]
        assert len(await topic.dead_letters()) == 1


async def test_a_key_that_another_replica_took_further_meanwhile_is_not_parked(
    services: Services, topic: Topics, owner: Owner, key: str
) -> None:
    url = services.pool.conninfo
    assert isinstance(url, str)

    def another_takes_the_right_one(_facts: Sequence[Received]) -> None:
        with psycopg.connect(url) as conn:
            conn.execute("update seen set sequence = 2 where key = %s and sequence = 1", [key])

    # Before anybody reads, so that both come in one batch.
    await topic.send(*owner.decide(key, 1), forged(key, 2))
    async with services.run(taken=another_takes_the_right_one) as service:
        assert len(await topic.dead_letters()) == 1
        await topic.send(*owner.decide(key, 2, 3))
        await service.applied(key, 3, PATIENCE)
        assert await parked(service) == []


async def test_a_key_that_had_got_past_what_holds_it_back_is_let_go(
    services: Services, topic: Topics, owner: Owner, key: str
) -> None:
    async with services.run() as service:
        await topic.send(*owner.decide(key, 1))
        await service.applied(key, 1, PATIENCE)
        await service.rows(PARK, "polls", [key])
        await service.inbox.reconcile()
        await holds_nobody_back(service)


async def test_many_that_no_owner_knows_keep_no_other_key_from_its_turn(
    services: Services, owner: Owner, key: str
) -> None:
    async with services.run() as service:
        await service.rows(PARK, "polls", [str(uuid4()) for _ in range(200)])
        owner.decide(key, 1)
        await service.rows(PARK, "polls", [key])
        await service.inbox.reconcile()
        await service.inbox.reconcile()
        assert await service.effects(key) == [1]
        await holds_nobody_back(service)


async def test_an_owner_that_is_away_keeps_no_key_of_another_parked(
    services: Services, owner: Owner, key: str
) -> None:
    away = FactSource("schedules", topics.SCHEDULES, "http://127.0.0.1:1")
    owner.decide(key, 1)
    async with services.run(also=[away]) as service:
        await service.rows(PARK, "schedules", [str(uuid4())])
        await service.rows(PARK, "polls", [key])
        await service.inbox.reconcile()
        assert await service.effects(key) == [1]
