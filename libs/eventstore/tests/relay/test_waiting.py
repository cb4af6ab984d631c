"""A relay holds little in memory, however much waits."""

from collections.abc import Callable

from chassis.database import Pool
from contracts.schedules import ScheduleSubmitted
from contracts.topics import SCHEDULES
from eventstore.dedicated import dedicated_connection
from eventstore.store import EventStore
from eventstore.waiting import Batch, Waiting

Submitted = Callable[..., ScheduleSubmitted]


async def test_a_batch_holds_at_most_a_thousand_facts(
    store: EventStore, submitted: Submitted, database: str
) -> None:
    await store.append("s", 0, [submitted(1)] * 1200, key="k")
    async with dedicated_connection(database, "test") as connection:
        waiting = Waiting(connection, source="test", facts=SCHEDULES, states=(), prefix="")
        first = await waiting.exchange(Batch())
        second = await waiting.exchange(first)
        third = await waiting.exchange(second)

    assert [len(batch.messages) for batch in (first, second, third)] == [1000, 200, 0]


async def test_a_batch_holds_few_large_facts(
    store: EventStore, submitted: Submitted, database: str, pool: Pool
) -> None:
    await store.append("s", 0, [submitted(1)] * 20, key="k")
    async with pool.connection() as connection:
        await connection.execute("update events set data = to_json(repeat('x', 900000))")
    async with dedicated_connection(database, "test") as connection:
        waiting = Waiting(connection, source="test", facts=SCHEDULES, states=(), prefix="")
        batch = await waiting.exchange(Batch())

    assert 1 <= len(batch.messages) <= 5
