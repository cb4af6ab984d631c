"""A database with the event store's tables, a pool and a running store on it."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import pytest

from chassis.database import Pool, open_pool
from contracts.schedules import FreeInterval, ScheduleSubmitted
from eventstore import migrations
from eventstore.store import EventStore

Submitted: TypeAlias = Callable[..., ScheduleSubmitted]


@pytest.fixture
def database(template_database: Callable[..., str], new_database: Callable[[str], str]) -> str:
    """The URL of an empty event store."""
    return new_database(template_database("eventstore", migrations.FOLDER))


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
