"""What partners will be told, written down in the transaction that makes it true.

Not part of a rebuild: what was announced once is never announced again. Deliveries to a disabled
endpoint are dead letters from the beginning: its log shows what it missed.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import orjson
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from chassis.named_sql import load
from chassis.tracing import are_recorded, current_traceparent
from contracts.fact import Fact
from contracts.lifecycle import (
    EventCancelled,
    EventCompleted,
    EventRescheduled,
    EventRevised,
    EventScheduled,
)
from contracts.webhooks import EventType
from event_lifecycle.webhooks.poll_messages import PollMessage
from eventstore.recorded import Recorded

TYPES: Mapping[type[Fact], EventType] = {
    EventScheduled: "event.created",
    EventRevised: "event.updated",
    EventRescheduled: "event.rescheduled",
    EventCompleted: "event.completed",
    EventCancelled: "event.cancelled",
}
_SQL = load("event_lifecycle.webhooks", "announce.sql")


async def announce(connection: AsyncConnection[TupleRow], recorded: Sequence[Recorded]) -> None:
    """Must run after the projection that keeps `scheduled_events`: the body is made of it."""
    announced = [
        {
            "fact_id": one.id,
            "event_id": one.key,
            "type": TYPES[type(one.fact)],
            "at": one.recorded_at,
            "sequence": one.sequence,
        }
        for one in recorded
    ]
    await connection.execute(
        _SQL["announce"], {"announced": orjson.dumps(announced).decode()}, prepare=True
    )


async def tell_of_polls(
    connection: AsyncConnection[TupleRow], messages: Sequence[PollMessage], within: timedelta
) -> None:
    """In the order given. What is older than `within`, or was told before, is not told."""
    rows = [
        {
            "fact_id": message.fact_id,
            "type": message.type,
            "poll_id": message.poll_id,
            "at": message.at,
            "sequence": message.sequence,
            "data": orjson.Fragment(message.data.model_dump_json()),
        }
        for message in messages
    ]
    await connection.execute(
        _SQL["tell_of_polls"], {"told": orjson.dumps(rows).decode(), "within": within}
    )
    if are_recorded():
        await _trace(connection, [message for message in messages if message.traceparent])


async def _trace(connection: AsyncConnection[TupleRow], messages: Sequence[PollMessage]) -> None:
    """Note with messages, where they are told, the traces of facts that are not ours."""
    columns = {
        "fact_ids": [message.fact_id for message in messages],
        "at": [message.at for message in messages],
        "traceparents": [message.traceparent for message in messages],
    }
    await connection.execute(_SQL["trace_messages"], columns)


async def tell_disabled(
    connection: AsyncConnection[TupleRow], endpoint_ids: Sequence[UUID]
) -> None:
    """Tell the other endpoints of the same owner, in the transaction that disabled these."""
    await connection.execute(_SQL["tell_disabled"], {"endpoints": list(endpoint_ids)})


async def tell_test(connection: AsyncConnection[TupleRow], endpoint_id: UUID) -> int:
    """Write a message for this endpoint alone, whatever its types; return its delivery's id.

    Raises `LookupError` where there is no such endpoint.
    """
    wanted = {"endpoint": endpoint_id, "traceparent": current_traceparent()}
    cursor = await connection.execute(_SQL["tell_test"], wanted)
    row = await cursor.fetchone()
    if row is None:
        raise LookupError(endpoint_id)
    return row[0]
