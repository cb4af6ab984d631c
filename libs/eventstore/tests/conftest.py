"""A database with the event store's tables, a pool and a running store on it."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import psycopg
import pytest

from chassis.database import Pool, open_pool
from contracts.schedules import FreeInterval, ScheduleSubmitted
from eventstore import migrations
from eventstore.store import EventStore

Submitted: TypeAlias = Callable[..., ScheduleSubmitted]


@pytest.fixture(scope="module")
def module_event_store(
    template_database: Callable[..., str], module_database: Callable[[str], str]
) -> str:
    return module_database(template_database("eventstore", migrations.FOLDER))


@pytest.fixture
def database(module_event_store: str, forget_facts: Callable[[str], None]) -> str:
    """The URL of an empty event store."""
    forget_facts(module_event_store)
    with psycopg.connect(module_event_store, autocommit=True) as connection:
        connection.execute("delete from keys; delete from outbox")
        connection.execute("delete from idempotency; delete from outgoing_states")
    return module_event_store


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    pool = await open_pool(database, "test")
    yield pool
    await pool.close()


@pytest.fixture
async def store(pool: Pool) -> AsyncIterator[EventStore]:
    """A store without projections."""
    async with EventStore(pool, source="test") as store:
        yield store


@pytest.fixture
def submitted() -> Submitted:
    """Make a fact that tells itself apart by `hours`: `submitted(3)`."""

    def make(hours: int = 1) -> ScheduleSubmitted:
        start = datetime(2026, 12, 1, tzinfo=UTC)
        free = FreeInterval(start=start, end=start + timedelta(hours=hours))
        return ScheduleSubmitted(
            poll_id=UUID(int=1),
            participant_id=UUID(int=2),
            polls_sequence=1,
            intervals=(free,),
            submitted_at=start,
        )

    return make
