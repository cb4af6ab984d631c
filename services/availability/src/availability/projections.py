"""Folds participants' facts into the read model, in the transaction that appends them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from chassis.named_sql import load
from contracts.schedules import (
    FreeInterval,
    ParticipantErased,
    ParticipantJoined,
    ParticipantLinkRotated,
    ParticipantRevised,
    ScheduleFact,
    ScheduleSubmitted,
    ScheduleWithdrawn,
)
from eventstore.recorded import Recorded

TABLES = ("participants",)
_SQL = load("availability", "projections.sql")


@dataclass
class Change:
    """What a batch of facts changes of one participant; a flag says that a part is given."""

    participant_id: str
    version: int
    poll_id: str | None = None
    edit_hash: str | None = None
    joined_at: datetime | None = None
    standing_given: bool = False
    role: str | None = None
    weight: int | None = None
    groups: tuple[str, ...] = ()
    schedule_given: bool = False
    schedule: list[Any] | None = None
    schedule_version: int | None = None
    erased: bool = False


async def project(conn: AsyncConnection[TupleRow], recorded: Sequence[Recorded]) -> None:
    """One statement per kind of change, however many facts there are."""
    changes: dict[str, Change] = {}
    for entry in recorded:
        if isinstance(entry.fact, ScheduleFact):
            participant = str(entry.fact.participant_id)
            change = changes.setdefault(participant, Change(participant, entry.version))
            change.version = entry.version
            _gather(change, entry.fact, entry.version)
    if not changes:
        return
    rows = orjson.dumps([asdict(change) for change in changes.values()]).decode()
    if any(change.joined_at for change in changes.values()):
        await conn.execute(_SQL["insert_joined"], {"changes": rows})
    await conn.execute(_SQL["update_changed"], {"changes": rows})
    if any(change.erased for change in changes.values()):
        await conn.execute(_SQL["delete_erased"], {"changes": rows})


def _gather(change: Change, fact: ScheduleFact, version: int) -> None:
    match fact:
        case ParticipantJoined():
            change.poll_id, change.edit_hash = str(fact.poll_id), fact.edit_hash
            change.joined_at, change.schedule_version = fact.joined_at, version
        case ParticipantLinkRotated():
            change.edit_hash = fact.edit_hash
        case ParticipantRevised():
            change.standing_given = True
            change.role, change.weight, change.groups = fact.role, fact.weight, fact.groups
        case ScheduleSubmitted():
            _set_schedule(change, [interval_json(i) for i in fact.intervals], version)
        case ScheduleWithdrawn():
            _set_schedule(change, None, version)
        case ParticipantErased():
            change.erased = True
        case _:
            pass


def _set_schedule(change: Change, schedule: list[Any] | None, version: int) -> None:
    change.schedule_given = True
    change.schedule, change.schedule_version = schedule, version


def interval_json(interval: FreeInterval) -> dict[str, Any]:
    return interval.model_dump(mode="json")
