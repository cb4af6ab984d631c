"""The read model and the timers, written in the transaction that stores the facts."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from chassis.named_sql import load
from contracts.fact import Fact
from contracts.lifecycle import (
    EventCancelled,
    EventCompleted,
    EventDetails,
    EventRescheduled,
    EventRevised,
    EventScheduled,
)
from eventstore.recorded import Recorded
from timers.rows import drop_timers, set_timers

READ_MODEL_TABLES = ("scheduled_events", "timers")
_SQL = load("event_lifecycle")

Row = dict[str, Any]

SETTING_TIMERS = (EventScheduled, EventRevised, EventRescheduled)
"""The facts that say when an event falls due."""


async def project_events(
    connection: AsyncConnection[TupleRow], recorded: Sequence[Recorded]
) -> None:
    """Facts of any number of events, in order per event."""
    changes, dues = _merge(recorded)
    new = [row for row in changes.values() if "scheduled_at" in row]
    old = [row for row in changes.values() if "scheduled_at" not in row]
    if new:
        await connection.execute(_SQL["insert_events"], {"rows": _json(new)})
    if old:
        await connection.execute(_SQL["update_events"], {"rows": _json(old)})
    set_ = [(key, due_at) for key, due_at in dues.items() if due_at is not None]
    dropped = [key for key, due_at in dues.items() if due_at is None]
    if set_:
        await set_timers(connection, set_)
    if dropped:
        await drop_timers(connection, dropped)


def due_times(recorded: Sequence[Recorded]) -> Iterator[datetime]:
    """When events fall due by these facts."""
    for one in recorded:
        if isinstance(one.fact, SETTING_TIMERS) and one.fact.details.due_at is not None:
            yield one.fact.details.due_at


def _merge(
    recorded: Sequence[Recorded],
) -> tuple[Mapping[str, Row], Mapping[str, datetime | None]]:
    """One row per event, the later fact over the earlier one, and when each falls due, if ever.

    Every fact says absolutely what it changes; that is why merging is enough.
    """
    rows: dict[str, Row] = {}
    dues: dict[str, datetime | None] = {}
    for one in recorded:
        change = _change(one.fact)
        row = rows.setdefault(one.key, {"event_id": one.key})
        row.update(change, version=one.version)
        if isinstance(one.fact, EventCompleted | EventCancelled):
            dues[one.key] = None
        elif "details" in change:
            dues[one.key] = change["details"].due_at
    return rows, dues


def _change(fact: Fact) -> Row:
    match fact:
        case EventScheduled(details=details, scheduled_at=at):
            row = _pending(details, at)
            return {**row, "poll_id": fact.poll_id, "scheduled_at": at}
        case EventRevised(details=details, revised_at=at):
            return {"details": details, "updated_at": at}
        case EventRescheduled(details=details, rescheduled_at=at):
            return _pending(details, at)
        case EventCompleted(by=by, completed_at=at):
            return {"status": "completed", "completed_by": by, "updated_at": at}
        case EventCancelled(cancelled_at=at):
            return {"status": "cancelled", "completed_by": None, "updated_at": at}
        case _:
            return {}


def _pending(details: EventDetails, at: datetime) -> Row:
    return {"status": "pending", "completed_by": None, "details": details, "updated_at": at}


def _json(rows: Sequence[Row]) -> str:
    return orjson.dumps(rows, default=_embedded).decode()


def _embedded(value: object) -> orjson.Fragment:
    if isinstance(value, EventDetails):
        return orjson.Fragment(value.model_dump_json())
    raise TypeError(type(value).__name__)
