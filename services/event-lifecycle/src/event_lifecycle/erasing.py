"""Forgets polls that were erased: what they said, and whom they were told to. Nothing comes back.

Their events stay as facts without words. Partners hear that an event that was still to come is
cancelled, but nothing of one that is over. Endpoints of the poll's own hear it too: they go, with
their secrets, as soon as there is nothing left to tell them.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from chassis.named_sql import load
from contracts.lifecycle import EventRescheduled, EventRevised, EventScheduled
from event_lifecycle.handlers import stream_of
from eventstore.erasure import Changes, redact
from eventstore.store import lock_keys

Connection = AsyncConnection[TupleRow]

_SQL = load("event_lifecycle", "erasing.sql")
_AT_ONCE = 500
_WORDS = {"title": "", "description": None}
_PRIVATE: Changes = {
    fact.TYPE: {f"details.{name}": value for name, value in _WORDS.items()}
    for fact in (EventScheduled, EventRevised, EventRescheduled)
}


async def erase_polls(
    connection: Connection, polls: Collection[UUID]
) -> Mapping[UUID, Sequence[UUID]]:
    """Everything they said; each one's events are returned, whose keys are locked from here on.

    What is appended to these events afterwards is told without words.
    """
    about = {"polls": list(polls)}
    await connection.execute(_SQL["note_erased"], about)
    cursor = await connection.execute(_SQL["events_of_polls"], about)
    events: dict[UUID, list[UUID]] = {poll_id: [] for poll_id in polls}
    for poll_id, event_id in await cursor.fetchall():
        events[poll_id].append(event_id)
    ids = sorted(str(event_id) for of_poll in events.values() for event_id in of_poll)
    # Writers take keys first and in order.
    await lock_keys(connection, ids)
    await redact(connection, [stream_of(UUID(event_id)) for event_id in ids], _PRIVATE)
    await connection.execute(_SQL["redact_events"], about)
    await _redact_log(connection, about)
    return events


async def forget_polls(connection: Connection, polls: Collection[UUID]) -> None:
    """Whose they were. After all that is told of them: this says who hears it."""
    about = {"polls": list(polls)}
    await connection.execute(_SQL["delete_known_polls"], about)
    await connection.execute(_SQL["delete_edit_links"], about)
    await drop_endpoints(connection)


async def erased_among(connection: Connection, polls: Collection[UUID]) -> set[UUID]:
    cursor = await connection.execute(_SQL["erased_among"], {"polls": list(polls)}, prepare=True)
    return {poll_id for (poll_id,) in await cursor.fetchall()}


async def drop_endpoints(connection: Connection) -> int:
    """Those of erased polls that have heard everything; how many there were."""
    cursor = await connection.execute(_SQL["delete_endpoints"], {"most": _AT_ONCE})
    return cursor.rowcount


async def _redact_log(connection: Connection, about: dict[str, Any]) -> None:
    """What partners were and will be told, and what they answered."""
    await connection.execute(_SQL["hold_attempts"])
    cursor = await connection.execute(_SQL["messages_of_polls"], about)
    messages = await cursor.fetchall()
    rewritten = {
        "n": [n for n, _, _ in messages],
        "created_at": [created_at for _, created_at, _ in messages],
        "body": [_without_words(body) for _, _, body in messages],
    }
    await connection.execute(_SQL["rewrite_messages"], rewritten)
    await connection.execute(_SQL["redact_attempts"], about)
    await connection.execute(_SQL["redact_endpoints"], about)


def _without_words(body: bytes) -> bytes:
    """The same message, its members in their order; what NOTIFY_URL is told has no envelope."""
    message = orjson.loads(body)
    said = message.get("data", message)
    said.update({name: value for name, value in _WORDS.items() if name in said})
    return orjson.dumps(message)
