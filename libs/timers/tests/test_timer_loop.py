"""A timer fires once, never early, whoever edits its subject meanwhile and whatever crashes."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Any

import psycopg

from chassis.database import Pool
from chassis.tracing import current_traceparent
from contracts.lifecycle import EventCompleted, EventRescheduled
from eventstore.store import Conflict, lock_keys
from timers.rows import set_timers

Eventually = Callable[..., Awaitable[None]]
Rescheduled = Callable[[str, datetime], EventRescheduled]


async def test_a_timer_fires_once_and_never_early(things: Any, eventually: Eventually) -> None:
    async with things.loop(idle=0.02):
        keys = await things.all_due_in(0.5, range(50))
        await eventually(partial(completed, things, 50))
        await asyncio.sleep(0.05)

    assert await things.completions() == dict.fromkeys(keys, 1)
    assert all(timer["claimed_at"] >= timer["due_at"] for timer in things.fired)
    assert sorted(timer["key"] for timer in things.fired) == sorted(keys)
    assert await things.rows("select * from timers") == []


async def test_a_fired_timer_leaves_facts_as_every_append_does(
    things: Any, eventually: Eventually
) -> None:
    async with things.loop():
        key = await things.due_in(0)
        await eventually(partial(completed, things, 1))

    scheduled, done = await things.store.read_key(key)
    assert (done.version, done.sequence) == (2, 2)
    assert isinstance(done.fact, EventCompleted)
    assert await things.rows("select position from outbox order by 1") == [
        (scheduled.position,),
        (done.position,),
    ]


async def test_overdue_timers_fire_at_the_start(things: Any, eventually: Eventually) -> None:
    await things.due_in(-100_000)

    async with things.loop():
        await eventually(partial(completed, things, 1))


async def test_an_overdue_timer_fires_at_once_when_told(
    things: Any, eventually: Eventually
) -> None:
    async with things.loop(idle=60) as loop:
        await first_look(things, loop, eventually)

        told = await things.now() - timedelta(seconds=100_000)
        await things.due_in(-99_999, number=2)
        loop.wake(told)

        await eventually(partial(completed, things, 2))


async def test_a_sweep_finds_what_nobody_told_of(things: Any, eventually: Eventually) -> None:
    elapsed = 0.0
    async with things.loop(idle=0.02, clock=lambda: elapsed) as loop:
        await first_look(things, loop, eventually)
        await things.due_in(-100_000, number=2)
        await asyncio.sleep(0.1)
        assert len(await things.completions()) == 1

        elapsed = 31.0

        await eventually(partial(completed, things, 2))


async def test_of_an_edit_and_a_claim_one_wins(
    things: Any, rescheduled: Rescheduled, eventually: Eventually
) -> None:
    """An edit that holds the key's row moves the timer, though it was due already."""
    key = await things.due_in(0)
    later = await things.now() + timedelta(hours=1)
    async with await psycopg.AsyncConnection.connect(things.url) as editing:
        await lock_keys(editing, [key])
        async with things.loop():
            await things.due_in(0, number=2)
            await eventually(partial(completed, things, 1))
            await things.store.append_on(
                editing, f"event-{key}", 1, [rescheduled(key, later)], key=key
            )
            await editing.commit()
            await asyncio.sleep(0.1)

    assert key not in await things.completions()
    assert await things.rows("select key, due_at from timers") == [(key, later)]


async def test_racing_edits_lose_no_timer_and_fire_none_twice(
    things: Any, rescheduled: Rescheduled, eventually: Eventually
) -> None:
    """Every thing is moved again and again while it is due; in the end each completed once."""

    async def edit(key: str) -> None:
        version = 1
        try:
            for _ in range(10):
                due_at = await things.now() + timedelta(seconds=0.03)
                fact = rescheduled(key, due_at)
                await things.store.append(f"event-{key}", version, [fact], key=key)
                version += 1
                await asyncio.sleep(0.02)
        except Conflict:
            pass  # completed by its timer

    async with things.loop(), things.loop():
        keys = await things.all_due_in(0.05, range(100))
        await asyncio.gather(*map(edit, keys))
        await eventually(partial(completed, things, 100))

    assert await things.completions() == dict.fromkeys(keys, 1)


async def test_a_held_thing_delays_no_other(things: Any, eventually: Eventually) -> None:
    held, *others = await things.all_due_in(-1, range(20))
    async with await psycopg.AsyncConnection.connect(things.url) as holding:
        await lock_keys(holding, [held])
        async with things.loop():
            await eventually(partial(completed, things, 19))
            assert set(await things.completions()) == set(others)
            await holding.rollback()
            await eventually(partial(completed, things, 20))


async def test_two_loops_and_a_lost_connection_fire_each_timer_once(
    things: Any, eventually: Eventually
) -> None:
    async with things.loop(limit=10), things.loop(limit=10):
        keys = await things.all_due_in(0.1, range(500))
        for _ in range(10):
            await lose_loops(things.pool)
            await asyncio.sleep(0.02)
        await eventually(partial(completed, things, 500))

    assert await things.completions() == dict.fromkeys(keys, 1)


async def test_a_burst_drains_fast(things: Any, eventually: Eventually) -> None:
    await burst(things, 10_000)
    started = monotonic()

    async with things.loop():
        await eventually(partial(drained, things), within=10)

    assert monotonic() - started < 5
    assert len(await things.completions()) == 10_000


async def test_the_database_may_come_later(things: Any, eventually: Eventually) -> None:
    await things.due_in(0)
    async with things.loop() as loop:
        await lose_loops(things.pool)
        loop.wake(await things.now())
        await eventually(partial(completed, things, 1))


async def test_whoever_hears_of_fired_timers_may_wait(things: Any, eventually: Eventually) -> None:
    heard: list[Any] = []

    async def hear(fired: Any) -> None:
        await asyncio.sleep(0)
        heard.extend(fired)

    async with things.loop(on_fired=hear):
        await things.due_in(0)
        await eventually(partial(completed, things, 1))

    assert len(heard) == 1


async def test_what_timers_store_and_what_is_done_about_it_is_in_a_trace_of_its_own(
    things: Any, eventually: Eventually
) -> None:
    traces: list[str | None] = []

    def hear(_: object) -> None:
        traces.append(current_traceparent())

    async with things.loop(on_fired=hear):
        for count in (1, 2):
            await things.all_due_in(0, [count])
            await eventually(partial(completed, things, count))
    assert None not in traces
    assert len(set(traces)) == 2
    stored = "select metadata ->> 'traceparent' from events where type like '%completed%'"
    assert {trace for (trace,) in await things.rows(stored)} == set(traces)


async def test_of_two_instants_for_a_key_the_last_one_holds(things: Any) -> None:
    first, last = await things.now(), await things.now()
    async with things.pool.connection() as connection:
        await set_timers(connection, [("k", first), ("k", last)])

    assert await things.rows("select key, due_at from timers") == [("k", last)]


async def completed(things: Any, count: int) -> bool:
    return len(await things.completions()) == count


async def drained(things: Any) -> bool:
    return await things.rows("select from timers limit 1") == []


async def first_look(things: Any, loop: Any, eventually: Eventually) -> None:
    """Let the loop look once, so that its watermark is near the present."""
    await things.due_in(0)
    loop.wake(await things.now())
    await eventually(partial(completed, things, 1))
    await asyncio.sleep(0.05)


async def lose_loops(pool: Pool) -> None:
    async with pool.connection() as connection:
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and application_name = 'timers'"
        )


async def burst(things: Any, count: int) -> None:
    """Many due things at once, written past the store."""
    async with things.pool.connection() as connection:
        for statement in (
            b"insert into keys select n::text, 1, now() from generate_series(1, %s) n",
            b"insert into things select n::text, 1, 'pending' from generate_series(1, %s) n",
            b"insert into timers select n::text, now() from generate_series(1, %s) n",
        ):
            await connection.execute(statement, (count,))
