"""Inline projections, rows that are no facts, and rebuilding the former."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from random import Random

import psycopg
import pytest
from psycopg import AsyncConnection, Rollback
from psycopg.rows import TupleRow

from chassis.database import Pool
from contracts.schedules import ScheduleSubmitted
from eventstore.rebuild import rebuild
from eventstore.recorded import Recorded
from eventstore.store import Appended, Conflict, EventStore, lock_keys

Submitted = Callable[..., ScheduleSubmitted]
Connection = AsyncConnection[TupleRow]
ReadTotals = Callable[[], Awaitable[list[TupleRow]]]

As = Callable[[str], str]


async def count_hours(connection: Connection, recorded: Sequence[Recorded]) -> None:
    """Project the last submitted hours of each stream, and how often they were submitted."""
    rows = [
        (one.stream, int((one.fact.intervals[0].end - one.fact.submitted_at).total_seconds()))
        for one in recorded
        if isinstance(one.fact, ScheduleSubmitted)
    ]
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into totals (stream, seconds, times) values (%s, %s, 1) on conflict (stream)"
            " do update set seconds = excluded.seconds, times = totals.times + 1",
            rows,
        )


@pytest.fixture
async def totals(pool: Pool, database: str, as_owner: As) -> AsyncIterator[ReadTotals]:
    """Make the read model's table; read it as rows in order."""
    with psycopg.connect(as_owner(database)) as owner:
        owner.execute("create table totals (stream text primary key, seconds int, times int)")

    async def read() -> list[TupleRow]:
        async with pool.connection() as connection:
            cursor = await connection.execute("select * from totals order by stream")
            return await cursor.fetchall()

    yield read
    with psycopg.connect(as_owner(database)) as owner:
        owner.execute("drop table totals")


async def test_a_projection_sees_what_was_stored_in_the_same_transaction(
    pool: Pool, totals: ReadTotals, submitted: Submitted
) -> None:
    seen: list[tuple[Sequence[Recorded], int | None]] = []

    async def look(connection: Connection, recorded: Sequence[Recorded]) -> None:
        row = await (await connection.execute("select count(*) from events")).fetchone()
        async with pool.connection() as elsewhere:
            other = await (await elsewhere.execute("select count(*) from events")).fetchone()
        assert row is not None
        assert other is not None
        seen.append((recorded, row[0] - other[0]))

    async with EventStore(pool, source="test", projections=[count_hours, look]) as store:
        appended = await store.append("schedule-1", 0, [submitted(1), submitted(2)], key="poll")

    assert [(tuple(recorded), fresh) for recorded, fresh in seen] == [(appended.recorded, 2)]
    assert await totals() == [("schedule-1", 7200, 2)]


async def test_what_a_projection_refuses_is_not_stored(
    pool: Pool, totals: ReadTotals, submitted: Submitted
) -> None:
    async def refuse_the_third(_: Connection, recorded: Sequence[Recorded]) -> None:
        if any(one.stream == "schedule-3" for one in recorded):
            raise ZeroDivisionError

    projections = [count_hours, refuse_the_third]
    async with EventStore(pool, source="test", projections=projections) as store:
        outcomes = await asyncio.gather(
            *(store.append(f"schedule-{n}", 0, [submitted()], key="poll") for n in range(6)),
            return_exceptions=True,
        )
        assert await store.read("schedule-3") == []
        assert await store.head("poll") == 5

    assert [isinstance(outcome, ZeroDivisionError) for outcome in outcomes].count(True) == 1
    assert [stream for stream, _, _ in await totals()] == [
        f"schedule-{n}" for n in range(6) if n != 3
    ]


async def test_rows_that_are_no_facts_are_written_with_the_facts_or_not_at_all(
    pool: Pool, store: EventStore, totals: ReadTotals, submitted: Submitted
) -> None:
    async def profile(connection: Connection) -> None:
        await connection.execute("insert into totals values ('profile', 1, 1)")

    with pytest.raises(Conflict):
        await store.append("schedule-1", 3, [submitted()], key="poll", within=profile)
    assert await totals() == []

    await store.append("schedule-1", 0, [submitted()], key="poll", within=profile)
    assert await totals() == [("profile", 1, 1)]


async def test_whoever_waits_for_facts_hears_of_them_after_the_commit(
    pool: Pool, submitted: Submitted
) -> None:
    heard: list[Recorded] = []
    async with EventStore(pool, source="test", on_commit=[heard.extend]) as store:
        await store.append("schedule-1", 0, [submitted(1), submitted(2)], key="poll")
        with pytest.raises(Conflict):
            await store.append("schedule-1", 0, [submitted(3)], key="poll")
        assert heard == await store.read("schedule-1")


async def test_an_append_inside_a_consumers_transaction_commits_with_it(
    pool: Pool, totals: ReadTotals, submitted: Submitted
) -> None:
    async with EventStore(pool, source="test", projections=[count_hours]) as store:
        async with pool.connection() as connection, connection.transaction():
            await store.append_on(connection, "schedule-1", 0, [submitted()], key="poll")
            raise Rollback
        assert await store.read("schedule-1") == await totals() == []

        async with pool.connection() as connection, connection.transaction():
            await lock_keys(connection, ["poll"])
            version = len(await store.read_on(connection, "schedule-1"))
            await store.append_on(connection, "schedule-1", version, [submitted()], key="poll")
        assert len(await store.read("schedule-1")) == len(await totals()) == 1

        async with pool.connection() as connection, connection.transaction():
            with pytest.raises(Conflict):
                await store.append_on(connection, "schedule-1", 0, [submitted()], key="poll")


async def test_a_rebuilt_projection_equals_the_live_one(
    pool: Pool, totals: ReadTotals, submitted: Submitted
) -> None:
    rng = Random(3)
    async with EventStore(pool, source="test", projections=[count_hours]) as store:
        for version in range(6):
            await asyncio.gather(
                *(
                    store.append(f"schedule-{n}", version, [submitted(rng.randint(1, 9))], key="p")
                    for n in range(20)
                )
            )
    live = await totals()
    async with pool.connection() as connection:
        await connection.execute("update totals set seconds = -1; insert into totals values ('x')")

    assert await rebuild(pool, [count_hours], ["totals"]) == 120

    assert await totals() == live
    assert len(live) == 20


async def test_an_append_during_a_rebuild_waits_and_is_projected_once(
    pool: Pool, totals: ReadTotals, submitted: Submitted
) -> None:
    appends: list[asyncio.Task[Appended]] = []

    async def append_meanwhile(_: Connection, __: Sequence[Recorded]) -> None:
        append = store.append("schedule-2", 0, [submitted(2)], key="poll")
        appends.append(asyncio.create_task(append))
        await asyncio.wait(appends, timeout=0.1)
        assert not appends[0].done()

    async with EventStore(pool, source="test", projections=[count_hours]) as store:
        await store.append("schedule-1", 0, [submitted()], key="poll")
        await rebuild(pool, [count_hours, append_meanwhile], ["totals"])
        await appends[0]

    assert await totals() == [("schedule-1", 3600, 1), ("schedule-2", 7200, 1)]


async def test_a_claim_that_takes_locks_in_order_never_deadlocks_with_appends(
    pool: Pool, database: str, as_owner: As, submitted: Submitted
) -> None:
    """A claim locks a timer and its key, skipping what is locked, and then appends."""
    claim = (
        "with claimed as (delete from timers where key in (select t.key from timers t join keys k"
        " using (key) order by t.key limit 5 for update of t, k skip locked) returning key)"
        " select key from claimed"
    )

    async def set_timers(connection: Connection, recorded: Sequence[Recorded]) -> None:
        for key in sorted({one.key for one in recorded}):
            await connection.execute(
                "insert into timers values (%s) on conflict (key) do update set key = excluded.key",
                (key,),
            )

    with psycopg.connect(as_owner(database)) as owner:
        owner.execute("create table timers (key text primary key)")
    claimed = 0
    async with EventStore(pool, source="test", projections=[set_timers]) as store:

        async def writer(n: int) -> None:
            for version in range(20):
                facts = [submitted()]
                await store.append(f"schedule-{n}", version, facts, key=f"poll-{n % 10}")

        async with asyncio.TaskGroup() as tasks:
            writers = [tasks.create_task(writer(n)) for n in range(30)]
            while not all(task.done() for task in writers):
                async with pool.connection() as connection, connection.transaction():
                    keys = [key for (key,) in await (await connection.execute(claim)).fetchall()]
                    for key in keys:
                        stream = f"timer-{key}-{claimed}"
                        await store.append_on(connection, stream, 0, [submitted()], key=key)
                        claimed += 1
        sequences = [one.sequence for one in await store.read_key("poll-0", limit=10_000)]
    assert claimed > 0
    assert sequences == list(range(1, len(sequences) + 1))
