"""Versions, sequences, and what a reader finds after concurrent appends."""

import asyncio
from collections.abc import Callable
from itertools import pairwise
from random import Random

import pytest

from chassis.database import Pool, open_pool
from contracts.schedules import ScheduleSubmitted
from eventstore.store import Conflict, EventStore

Submitted = Callable[..., ScheduleSubmitted]


async def test_what_was_appended_is_read_back(store: EventStore, submitted: Submitted) -> None:
    appended = await store.append(
        "schedule-1", 0, [submitted(1), submitted(2)], key="poll", metadata={"actor": "edit"}
    )

    read = await store.read("schedule-1")
    assert tuple(read) == appended.recorded
    assert [one.fact for one in read] == [submitted(1), submitted(2)]
    assert [(one.version, one.sequence) for one in read] == [(1, 1), (2, 2)]
    assert (appended.version, appended.sequence) == (2, 2)
    assert appended.position == read[-1].position
    assert read[0].metadata == {"actor": "edit"}


async def test_an_unknown_stream_has_no_facts(store: EventStore) -> None:
    assert await store.read("schedule-1") == []
    assert await store.head("poll") == 0


async def test_a_stream_that_moved_is_a_conflict_and_stores_nothing(
    store: EventStore, submitted: Submitted
) -> None:
    await store.append("schedule-1", 0, [submitted(1)], key="poll")

    with pytest.raises(Conflict) as conflict:
        await store.append("schedule-1", 0, [submitted(2)], key="poll")

    assert conflict.value.actual == 1
    assert [one.fact for one in await store.read("schedule-1")] == [submitted(1)]
    assert await store.head("poll") == 1


async def test_a_version_ahead_of_the_stream_is_a_conflict(
    store: EventStore, submitted: Submitted
) -> None:
    with pytest.raises(Conflict) as conflict:
        await store.append("schedule-1", 7, [submitted()], key="poll")
    assert conflict.value.actual == 0


async def test_an_append_needs_a_fact(store: EventStore) -> None:
    with pytest.raises(ValueError, match="at least one fact"):
        await store.append("schedule-1", 0, [], key="poll")


async def test_streams_of_one_key_share_its_sequence(
    store: EventStore, submitted: Submitted
) -> None:
    first = await store.append("schedule-1", 0, [submitted(1), submitted(2)], key="poll")
    second = await store.append("schedule-2", 0, [submitted(3)], key="poll")
    other = await store.append("schedule-3", 0, [submitted(4)], key="another poll")

    assert (first.sequence, second.sequence, other.sequence) == (2, 3, 1)
    assert [one.sequence for one in await store.read_key("poll", after=1)] == [2, 3]
    assert [one.sequence for one in await store.read_key("poll", limit=1)] == [1]


async def test_a_conflict_does_not_hurt_the_others_of_its_batch(
    store: EventStore, submitted: Submitted
) -> None:
    await store.append("schedule-0", 0, [submitted()], key="poll")

    outcomes = await asyncio.gather(
        *(store.append(f"schedule-{n}", 0, [submitted(n + 1)], key="poll") for n in range(20)),
        return_exceptions=True,
    )

    assert isinstance(outcomes[0], Conflict)
    assert not any(isinstance(outcome, Exception) for outcome in outcomes[1:])
    assert [one.sequence for one in await store.read_key("poll")] == list(range(1, 21))


async def test_two_appends_to_one_stream_at_once_have_one_winner(
    store: EventStore, submitted: Submitted
) -> None:
    outcomes = await asyncio.gather(
        *(store.append("schedule-1", 0, [submitted(n)], key="poll") for n in range(1, 6)),
        return_exceptions=True,
    )

    assert [isinstance(outcome, Conflict) for outcome in outcomes].count(True) == 4
    assert len(await store.read("schedule-1")) == 1


async def test_writers_of_several_processes_leave_no_hole_and_no_double(
    database: str, submitted: Submitted
) -> None:
    pools = [await open_pool(database, f"replica {n}") for n in range(3)]
    rng = Random(7)
    async with (
        EventStore(pools[0], source="test") as one,
        EventStore(pools[1], source="test") as two,
        EventStore(pools[2], source="test") as three,
    ):

        async def writer(n: int) -> int:
            stored = 0
            for _ in range(15):
                store = rng.choice([one, two, three])
                stream = f"schedule-{n % 20}"  # three writers on each stream
                try:
                    version = len(await store.read(stream))
                    facts = [submitted(n + 1)] * rng.randint(1, 3)
                    await store.append(stream, version, facts, key=f"poll-{n % 4}")
                except Conflict:
                    continue
                stored += len(facts)
            return stored

        stored = sum(await asyncio.gather(*(writer(n) for n in range(60))))
        by_key = [await one.read_key(f"poll-{n}", limit=10_000) for n in range(4)]
        streams = [await one.read(f"schedule-{n}") for n in range(20)]
    for pool in pools:
        await pool.close()

    for facts in by_key:
        assert [fact.sequence for fact in facts] == list(range(1, len(facts) + 1))
        for earlier, later in pairwise(facts):
            assert earlier.position < later.position
            assert earlier.recorded_at <= later.recorded_at
    for facts in streams:
        assert [fact.version for fact in facts] == list(range(1, len(facts) + 1))
    assert sum(map(len, by_key)) == sum(map(len, streams)) == stored > 300


async def test_every_stored_fact_waits_for_the_relay(
    pool: Pool, store: EventStore, submitted: Submitted
) -> None:
    appended = await store.append("schedule-1", 0, [submitted(1), submitted(2)], key="poll")

    async with pool.connection() as connection:
        cursor = await connection.execute("select position from outbox order by position")
        waiting = [position for (position,) in await cursor.fetchall()]
    assert waiting == [one.position for one in appended.recorded]


async def test_a_batch_wakes_the_relay_of_another_process(
    pool: Pool, store: EventStore, submitted: Submitted
) -> None:
    async with pool.connection() as connection:
        await connection.execute("listen outbox")
        await asyncio.gather(
            *(store.append(f"schedule-{n}", 0, [submitted()], key="poll") for n in range(10))
        )
        received = [one async for one in connection.notifies(timeout=0.1)]
        await connection.execute("unlisten outbox")
    assert 1 <= len(received) <= 2


async def test_the_version_of_a_type_is_stored_beside_it(
    pool: Pool, store: EventStore, submitted: Submitted
) -> None:
    await store.append("schedule-1", 0, [submitted()], key="poll")
    async with pool.connection() as connection:
        row = await (await connection.execute("select type, schema from events")).fetchone()
    assert row == ("commontime.schedule.submitted.v1", 1)
