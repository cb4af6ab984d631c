"""Forgets people: one, or everybody in a poll that was erased. Nothing of it comes back.

What is erased is noted under the lock of the poll's key, and whoever appends looks there under the
same lock: a command that was on its way finds either the poll or its grave, and is undone there.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from availability import profiles
from availability.carrying_out import stream_of
from chassis.named_sql import load
from chassis.problems import Problem
from contracts.schedules import ParticipantRevised, ScheduleFact, ScheduleSubmitted
from eventstore.erasure import Changes, redact
from eventstore.recorded import Recorded
from eventstore.store import lock_keys

Connection = AsyncConnection[TupleRow]

_SQL = load("availability")
_AT_ONCE = 500
_PRIVATE: Changes = {
    ScheduleSubmitted.TYPE: {"intervals": []},
    ParticipantRevised.TYPE: {"groups": []},
}


async def forget(conn: Connection, participants: Sequence[UUID]) -> None:
    """Everything personal but their rows of the read model, which follow the facts.

    In a transaction that holds the lock of the poll's key.
    """
    await profiles.erase(conn, participants)
    await redact(conn, [stream_of(participant) for participant in participants], _PRIVATE)


async def erase_polls(conn: Connection, polls: Collection[UUID]) -> None:
    """Everything about these polls but the facts that somebody was there.

    People are no stream of facts to append to here: that their poll was erased is said once, in
    the poll's own.
    """
    await lock_keys(conn, sorted(map(str, polls)))
    parameters = {"polls": list(polls), "limit": _AT_ONCE}
    await conn.execute(_SQL["note_erased"], parameters)
    await conn.execute(_SQL["delete_known_polls"], parameters)
    while True:
        cursor = await conn.execute(_SQL["delete_some_participants"], parameters)
        participants = [participant for (participant,) in await cursor.fetchall()]
        if not participants:
            return
        await forget(conn, participants)


async def erased_among(conn: Connection, polls: Collection[UUID]) -> set[UUID]:
    cursor = await conn.execute(_SQL["erased_among"], {"polls": list(polls)}, prepare=True)
    return {poll_id for (poll_id,) in await cursor.fetchall()}


async def refuse_erased(conn: Connection, recorded: Sequence[Recorded]) -> None:
    """A projection of appends only. Raises the problem `not_found` for what came too late."""
    facts = (entry.fact for entry in recorded)
    polls = {fact.poll_id for fact in facts if isinstance(fact, ScheduleFact)}
    if await erased_among(conn, polls):
        raise Problem("not_found")
