"""Carries out commands in a process that fires no timers: for races with those that do."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from event_lifecycle.database_clock import DatabaseClock
from event_lifecycle.main import SOURCE, open_database
from event_lifecycle.projections import project_events
from event_lifecycle.service import Service
from event_lifecycle.settings import Settings
from event_lifecycle.webhooks.announcing import announce
from eventstore.store import EventStore


@asynccontextmanager
async def commands(settings: Settings) -> AsyncGenerator[Service]:
    """As much of the service as `handlers` need."""
    pool = await open_database(settings)
    no_part: Any = None
    projections = [project_events, announce]
    async with (
        pool,
        DatabaseClock(pool) as clock,
        EventStore(pool, source=SOURCE, projections=projections) as store,
    ):
        yield Service(settings, pool, clock, store, no_part, no_part, no_part, lambda: None)
