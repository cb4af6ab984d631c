"""An owner of timers: things that are scheduled, moved and completed by facts of their own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any, cast
from uuid import UUID

import psycopg
import pytest
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from chassis.database import Pool, open_pool
from contracts.lifecycle import Completion, EventDetails, EventRescheduled, EventScheduled
from eventstore import migrations as eventstore_migrations
from eventstore.recorded import Recorded
from eventstore.store import EventStore
from timers import migrations
from timers.loop import TimerLoop
from timers.rows import drop_timers, set_timers

HERE = Path(__file__).parent


@dataclass
class Things:
    """What a test does with things, and what it saw firing."""

    url: str
    pool: Pool
    store: EventStore
    fired: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])

    def loop(self, **arguments: Any) -> TimerLoop:
        arguments.setdefault("on_fired", self.fired.extend)
        return TimerLoop(self.url, (HERE / "claim.sql").read_text(), **arguments)

    async def now(self) -> datetime:
        """What the database's clock shows."""
        [row] = await self.rows("select clock_timestamp()")
        return row[0]

    async def due_in(self, seconds: float, number: int = 1) -> str:
        """Schedule a thing; return its key."""
        return (await self.all_due_in(seconds, [number]))[0]

    async def all_due_in(self, seconds: float, numbers: Sequence[int]) -> list[str]:
        due_at = await self.now() + timedelta(seconds=seconds)
        await asyncio.gather(*(self._schedule(number, due_at) for number in numbers))
        return [str(UUID(int=number)) for number in numbers]

    async def _schedule(self, number: int, due_at: datetime) -> None:
        fact = EventScheduled(
            event_id=UUID(int=number), details=details(due_at), scheduled_at=due_at
        )
        await self.store.append(f"event-{fact.event_id}", 0, [fact], key=str(fact.event_id))

    async def rows(self, query: str) -> list[TupleRow]:
        async with self.pool.connection() as connection:
            return await (await connection.execute(query.encode())).fetchall()

    async def completions(self) -> dict[str, int]:
        """How often each key was completed by a timer."""
        query = "select key, count(*) from events where type like '%completed%' group by key"
        return dict(cast("list[tuple[str, int]]", await self.rows(query)))


@pytest.fixture
async def things(
    template_database: Callable[..., str],
    new_database: Callable[[str], str],
    as_owner: Callable[[str], str],
) -> AsyncIterator[Things]:
    url = new_database(template_database("timers", eventstore_migrations.FOLDER, migrations.FOLDER))
    with psycopg.connect(as_owner(url)) as connection:
        connection.execute((HERE / "things.sql").read_bytes())
    pool = await open_pool(url, "test")
    async with EventStore(pool, source="test", projections=[project]) as store:
        yield Things(url, pool, store)
    await pool.close()


@pytest.fixture
def eventually() -> Callable[..., Awaitable[None]]:
    """Wait until a check returns something true: `await eventually(check, within=2)`."""

    async def wait(check: Callable[[], Awaitable[Any]], within: float = 20) -> None:
        deadline = monotonic() + within
        while not await check():
            assert monotonic() < deadline, f"not within {within} s"
            await asyncio.sleep(0.02)

    return wait


@pytest.fixture
def rescheduled() -> Callable[[str, datetime], EventRescheduled]:
    """Make the fact that moves a thing to another instant."""

    def make(key: str, due_at: datetime) -> EventRescheduled:
        return EventRescheduled(event_id=UUID(key), details=details(due_at), rescheduled_at=due_at)

    return make


def details(due_at: datetime) -> EventDetails:
    return EventDetails(
        title="thing",
        starts_at=datetime(2026, 12, 1, tzinfo=UTC),
        timezone="UTC",
        completion=Completion(mode="after_creation"),
        due_at=due_at,
    )


async def project(connection: AsyncConnection[TupleRow], recorded: Sequence[Recorded]) -> None:
    for stored in recorded:
        fact = stored.fact
        status = "pending" if isinstance(fact, EventScheduled | EventRescheduled) else "completed"
        await connection.execute(
            "insert into things values (%s, %s, %s) on conflict (id) do update"
            " set version = excluded.version, status = excluded.status",
            (stored.key, stored.version, status),
        )
        if isinstance(fact, EventScheduled | EventRescheduled) and fact.details.due_at:
            await set_timers(connection, [(stored.key, fact.details.due_at)])
        else:
            await drop_timers(connection, [stored.key])
