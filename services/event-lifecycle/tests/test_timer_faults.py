"""Timers under kill -9 and under people who act at the very instant at which events fall due."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from random import Random
from time import perf_counter
from uuid import UUID

import pytest
from psycopg_pool import PoolTimeout

from contracts.lifecycle import Completion
from event_lifecycle import handlers
from event_lifecycle.decider import EventIsCompleted, ScheduledEvent
from event_lifecycle.service import Service
from event_lifecycle.settings import Settings
from event_lifecycle.testing.commands import commands
from event_lifecycle.testing.running import connect, eventually
from event_lifecycle.testing.timer_process import TimerProcess
from timers.loop import TimerLoop

pytestmark = pytest.mark.asyncio(loop_scope="module")
CLAIM = files("event_lifecycle").joinpath("claim_completions.sql").read_bytes()
AT_ONCE = 200
JITTER_S = 0.03


@dataclass(frozen=True)
class Due:
    event_id: UUID
    at: datetime


async def fall_due(service: Service, count: int, span: float) -> list[Due]:
    """Events that fall due evenly over `span` seconds, soon after the last one was created.

    On a machine so slow that nobody could do anything about that many a second, over more.
    """
    manual = Completion(mode="manual")
    begun = perf_counter()
    await asyncio.gather(*(create(service, manual) for _ in range(AT_ONCE)))
    needed = 2 * (perf_counter() - begun) * count / AT_ONCE
    span = max(span, 2 * needed)
    first = service.clock() + timedelta(seconds=0.5 + needed)
    made: list[Due] = []

    async def make(n: int) -> None:
        due = first + timedelta(seconds=span * n / count)
        made.append(
            await create(service, Completion(mode="after_creation", delay=due - service.clock()))
        )

    for n in range(0, count, AT_ONCE):
        await asyncio.gather(*map(make, range(n, min(n + AT_ONCE, count))))
    return sorted(made, key=lambda due: due.at)


async def create(service: Service, completion: Completion) -> Due:
    tomorrow = service.clock() + timedelta(days=1)
    fields = {"title": "Planning", "starts_at": tomorrow, "completion": completion}
    state = (await handlers.schedule(service, fields, None)).state
    assert isinstance(state, ScheduledEvent)
    return Due(state.event_id, state.details.due_at or tomorrow)


async def slowest(service: Service) -> float:
    """How long a command takes on this machine: who begins earlier may be in time."""
    took: list[float] = []
    for _ in range(10):
        begun = perf_counter()
        await create(service, Completion(mode="manual"))
        took.append(perf_counter() - begun)
    return max(took)


async def reaches(service: Service, instant: datetime, offset: float) -> None:
    left = (instant - service.clock()).total_seconds() + offset
    if left > 0:
        await asyncio.sleep(left)


async def complete_by_hand(service: Service, events: Sequence[Due], rng: Random) -> int:
    """Each of them at about its instant; return how many this was in time for."""

    async def complete(due: Due) -> bool:
        await reaches(service, due.at, rng.uniform(-JITTER_S, JITTER_S))
        while True:
            with suppress(PoolTimeout):  # too many at once: they come again
                return bool((await handlers.complete(service, due.event_id, None, None)).recorded)

    return sum(await asyncio.gather(*map(complete, events)))


async def kill(
    replicas: list[TimerProcess], database: str, times: int, rng: Random, seconds: float
) -> int:
    """One of them again and again, each once it is at work; return how often within `seconds`."""
    end = asyncio.get_running_loop().time() + seconds
    for killed in range(times):
        victim = rng.randrange(len(replicas))
        try:
            async with asyncio.timeout_at(end):
                await replicas[victim].fires()
        except TimeoutError:
            return killed
        await asyncio.sleep(rng.uniform(0, 0.05))
        await replicas[victim].dies()
        replicas[victim] = await TimerProcess.starts(database)
    return times


def nothing(_: object) -> None:
    """Nobody needs to be told."""


async def all_fired(settings: Settings) -> None:
    async with await connect(settings) as connection:

        async def none_left() -> bool:
            cursor = await connection.execute("select not exists (select from timers)")
            row = await cursor.fetchone()
            assert row is not None
            return row[0]

        await eventually(none_left, within=60)


async def completed_once_each(settings: Settings, events: Sequence[Due]) -> dict[str, int]:
    """How many were completed by whom; fails where one was not, twice, or too early."""
    async with await connect(settings) as connection:
        cursor = await connection.execute(
            "select e.data ->> 'by', count(*), count(distinct e.key),"
            " count(*) filter (where e.data ->> 'by' = 'timer' and e.recorded_at"
            " < (s.details ->> 'due_at')::timestamptz),"
            " count(*) filter (where s.status = 'completed' and s.version = e.version"
            " and k.sequence = e.sequence and o.position is not null)"
            " from events e join scheduled_events s on s.event_id::text = e.key"
            " join keys k on k.key = e.key left join outbox o on o.position = e.position"
            " where e.type = 'commontime.event.completed.v1' group by 1"
        )
        found = await cursor.fetchall()
    counts = {by: count for by, count, *_ in found}
    assert sum(counts.values()) == len(events)
    for _, count, distinct, early, whole in found:
        assert (distinct, early, whole) == (count, 0, count)
    return counts


async def deadlocks(settings: Settings) -> int:
    """How many PostgreSQL has resolved, once all its connections are closed."""
    async with await connect(settings) as connection:
        cursor = await connection.execute(
            "select deadlocks from pg_stat_database where datname = current_database()"
        )
        row = await cursor.fetchone()
        assert row is not None
        return row[0]


async def race_of_kills(settings: Settings, count: int, kills: int, span: float) -> None:
    rng = Random(kills)
    database = settings.database_url.get_secret_value()
    async with commands(settings) as one, commands(settings) as other:
        begun = perf_counter()
        replicas = [await TimerProcess.starts(database) for _ in range(2)]
        start = (perf_counter() - begun) / len(replicas)
        try:
            # Something must be due for as long as killing and starting takes on this machine.
            events = await fall_due(one, count, max(span, kills * start))
            by_hand = asyncio.gather(
                *(complete_by_hand(service, events[::3], rng) for service in (one, other))
            )
            until_last = (events[-1].at - one.clock()).total_seconds()
            killed = await kill(replicas, database, kills, rng, until_last + 1)
            in_time = sum(await by_hand)
            await all_fired(settings)
        finally:
            for replica in replicas:
                await replica.dies()
    counts = await completed_once_each(settings, events)
    print(f"{killed} kills; completed by: {counts}")
    assert killed >= kills / 2, "too few for what was due"
    assert counts["person"] == in_time
    assert counts["timer"] >= count * 2 / 3
    assert await deadlocks(settings) == 0


async def race_of_edits(settings: Settings, count: int, span: float) -> None:
    """Each event's instant is moved a little as it comes, three times, while two loops fire."""
    rng = Random(count)
    database = settings.database_url.get_secret_value()
    async with commands(settings) as one, commands(settings) as other:
        early = JITTER_S + await slowest(one)
        events = await fall_due(one, count, span)

        async def edit(due: Due) -> int:
            moved = 0
            with suppress(EventIsCompleted):
                for n in range(1, 4):
                    moment = (n - 1) * JITTER_S + rng.uniform(-early, JITTER_S)
                    await reaches(one, due.at, moment)
                    delay = timedelta(hours=n) if n < 3 else timedelta(milliseconds=1)
                    completion = Completion(mode="after_creation", delay=delay)
                    service = rng.choice((one, other))
                    changes = {"completion": completion}
                    moved += bool(
                        (await handlers.revise(service, due.event_id, changes, None)).recorded
                    )
            return moved

        async with AsyncExitStack() as opened:
            for _ in range(2):
                await opened.enter_async_context(TimerLoop(database, CLAIM, on_fired=nothing))
            moved = await asyncio.gather(*map(edit, events))
            await all_fired(settings)
    await completed_once_each(settings, events)
    print(f"{count} events: {sum(n == 3 for n in moved)} moved, {moved.count(0)} fired before")
    assert min(sum(n == 3 for n in moved), moved.count(0)) > count / 50
    assert await deadlocks(settings) == 0


async def test_kills_of_replicas_that_race_with_people_lose_and_double_nothing(
    settings: Settings,
) -> None:
    await race_of_kills(settings, count=1_500, kills=5, span=4)


@pytest.mark.soak
async def test_fifty_kills_over_twenty_thousand_events_lose_and_double_nothing(
    settings: Settings,
) -> None:
    await race_of_kills(settings, count=20_000, kills=50, span=75)


async def test_moving_events_as_they_fall_due_loses_and_blocks_nothing(settings: Settings) -> None:
    await race_of_edits(settings, count=600, span=1)


@pytest.mark.soak
async def test_moving_six_thousand_events_as_they_fall_due_loses_and_blocks_nothing(
    settings: Settings,
) -> None:
    await race_of_edits(settings, count=6_000, span=6)
