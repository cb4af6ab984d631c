"""Events that nobody has been told of yet, written as the service writes them."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from chassis.database import open_pool
from contracts.lifecycle import Completion, EventDetails, EventScheduled
from event_lifecycle.handlers import stream_of
from event_lifecycle.projections import project_events
from event_lifecycle.webhooks.announcing import announce
from eventstore.store import EventStore

_AT_ONCE = 500


async def append_events(database: str, count: int) -> None:
    """Tomorrow's, completed by hand only; in a process that sends nothing."""
    pool = await open_pool(database, "backlog", max_size=4)
    store = EventStore(pool, source="backlog", projections=[project_events, announce])
    async with pool, store:
        for first in range(0, count, _AT_ONCE):
            wanted = range(first, min(first + _AT_ONCE, count))
            await asyncio.gather(*(_append(store) for _ in wanted))


async def _append(store: EventStore) -> None:
    now, event_id = datetime.now(UTC), uuid4()
    details = EventDetails(
        title="Planning",
        starts_at=now + timedelta(days=1),
        timezone="UTC",
        completion=Completion(mode="manual"),
        due_at=None,
    )
    fact = EventScheduled(event_id=event_id, details=details, scheduled_at=now)
    await store.append(stream_of(event_id), 0, [fact], key=str(event_id))
