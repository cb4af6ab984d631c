"""What an append leaves behind when something goes wrong around it."""

import asyncio
from collections.abc import Callable, Sequence

import psycopg
import pytest
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from chassis.database import Pool
from contracts.schedules import ScheduleSubmitted
from eventstore import group_commit
from eventstore.batch import prepare, write
from eventstore.recorded import Recorded
from eventstore.store import Appended, EventStore, Overloaded, lock_keys

Submitted = Callable[..., ScheduleSubmitted]
Connection = AsyncConnection[TupleRow]


class Refused(Exception):
    """This append is not wanted."""


async def refuse(_: Connection) -> None:
    raise Refused


async def test_a_bad_append_hurts_only_itself(store: EventStore, submitted: Submitted) -> None:
    outcomes = await asyncio.gather(
        *(
            store.append(
                f"schedule-{n}", 0, [submitted()], key="poll", within=refuse if n == 7 else None
            )
            for n in range(20)
        ),
        return_exceptions=True,
    )

    assert [type(outcome) for outcome in outcomes].count(Appended) == 19
    assert isinstance(outcomes[7], Refused)
    assert await store.read("schedule-7") == []
    assert [one.sequence for one in await store.read_key("poll")] == list(range(1, 20))


async def test_the_database_refusing_one_does_not_refuse_the_others(
    store: EventStore, submitted: Submitted
) -> None:
    outcomes = await asyncio.gather(
        *(
            store.append(f"schedule-{n}", 0, [submitted()], key="poll", metadata={"text": text})
            for n, text in enumerate(["fine", "\0", "fine"])
        ),
        return_exceptions=True,
    )

    assert [type(outcome) for outcome in outcomes[::2]] == [Appended, Appended]
    assert isinstance(outcomes[1], psycopg.Error)
    assert await store.head("poll") == 2


async def test_a_cancelled_caller_leaves_one_effect_or_none(
    store: EventStore, submitted: Submitted
) -> None:
    async def impatient(n: int) -> None:
        async with asyncio.timeout(n * 0.0002):
            await store.append(f"schedule-{n}", 0, [submitted(1), submitted(2)], key="poll")

    outcomes = await asyncio.gather(*(impatient(n) for n in range(60)), return_exceptions=True)
    await store.append("schedule-last", 0, [submitted()], key="poll")

    counts = [len(await store.read(f"schedule-{n}")) for n in range(60)]
    assert set(counts) <= {0, 2}
    assert all(count == 2 for count, outcome in zip(counts, outcomes, strict=True) if not outcome)
    assert any(isinstance(outcome, TimeoutError) for outcome in outcomes)
    assert await store.head("poll") == sum(counts) + 1


async def test_a_caller_cancelled_during_the_commit_leaves_the_others_alone(
    store: EventStore, submitted: Submitted
) -> None:
    committing, go_on = asyncio.Event(), asyncio.Event()

    async def take_long(_: Connection) -> None:
        committing.set()
        await go_on.wait()

    appends = [
        asyncio.create_task(
            store.append(f"schedule-{n}", 0, [submitted()], key="poll", within=take_long)
        )
        for n in range(4)
    ]
    await committing.wait()
    appends[0].cancel()
    go_on.set()

    _, *others = await asyncio.gather(*appends, return_exceptions=True)
    assert all(isinstance(outcome, Appended) for outcome in others)
    assert await store.head("poll") == 4


async def test_a_lost_connection_in_the_middle_leaves_nothing_half_done(
    pool: Pool, submitted: Submitted
) -> None:
    async def cut(connection: Connection, _: Sequence[Recorded]) -> None:
        if cutting:
            await connection.execute("select pg_terminate_backend(pg_backend_pid())")

    cutting = True
    async with EventStore(pool, source="test", projections=[cut]) as store:
        outcomes = await asyncio.gather(
            *(store.append(f"schedule-{n}", 0, [submitted()], key="poll") for n in range(10)),
            return_exceptions=True,
        )
        assert all(isinstance(outcome, psycopg.OperationalError) for outcome in outcomes)

        cutting = False
        appended = await store.append("schedule-0", 0, [submitted()], key="poll")
        assert appended.sequence == 1
    async with pool.connection() as connection:
        row = await (await connection.execute("select count(*) from outbox")).fetchone()
    assert row == (1,)


async def test_a_stuck_key_does_not_stop_the_others(
    pool: Pool, store: EventStore, submitted: Submitted
) -> None:
    async def append(n: int, key: str) -> Appended:
        return await store.append(f"schedule-{key}-{n}", 0, [submitted()], key=key)

    async with pool.connection() as stuck, stuck.transaction():
        await lock_keys(stuck, ["stuck"])
        async with asyncio.timeout(8):
            outcomes = await asyncio.gather(
                *(append(n, key) for n in range(15) for key in ("stuck", "free")),
                return_exceptions=True,
            )

    assert all(isinstance(one, psycopg.errors.LockNotAvailable) for one in outcomes[::2])
    assert all(isinstance(one, Appended) for one in outcomes[1::2])


async def test_too_many_waiting_are_refused_at_once(
    store: EventStore, submitted: Submitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "LONGEST_QUEUE", 50)

    outcomes = await asyncio.gather(
        *(store.append(f"schedule-{n}", 0, [submitted()], key="poll") for n in range(80)),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, Overloaded) for outcome in outcomes) == 30
    assert await store.head("poll") == 50


async def test_leaving_the_store_stores_what_is_waiting(pool: Pool, submitted: Submitted) -> None:
    async with EventStore(pool, source="test") as store:
        waiting = [
            asyncio.ensure_future(store.append(f"schedule-{n}", 0, [submitted()], key="poll"))
            for n in range(5)
        ]
        await asyncio.sleep(0)
    assert [(await one).sequence for one in waiting] == [1, 2, 3, 4, 5]
    with pytest.raises(Overloaded):
        await store.append("schedule-9", 0, [submitted()], key="poll")


async def test_a_batch_takes_the_locks_of_its_keys_in_order(
    pool: Pool, store: EventStore, submitted: Submitted
) -> None:
    for key in "abc":
        await store.append(f"first-{key}", 0, [submitted()], key=key)

    async def write_them_all() -> None:
        appends = [prepare(f"schedule-{key}", 0, [submitted()], key=key) for key in "cab"]
        async with pool.connection() as writer, writer.transaction():
            await write(writer, appends)

    async with pool.connection() as holder, pool.connection() as observer:
        async with holder.transaction():
            await lock_keys(holder, ["b"])
            writing = asyncio.create_task(write_them_all())
            await _somebody_waits(observer)
            free = "select key from keys where key <> 'b' order by key for update skip locked"
            assert await (await observer.execute(free)).fetchall() == [("c",)]
        await writing


async def _somebody_waits(observer: Connection) -> None:
    waiting = (
        "select from pg_stat_activity"
        " where wait_event_type = 'Lock' and datname = current_database()"
    )
    async with asyncio.timeout(10):
        while await (await observer.execute(waiting)).fetchone() is None:  # noqa: ASYNC110  # nothing to await
            await asyncio.sleep(0.01)
