"""Personal data: one mutable table, one compacted topic, and nothing in the facts.

Every change of a row has the relay publish its latest state, in the same transaction.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from chassis.database import Pool
from chassis.named_sql import load
from contracts.schedules import ParticipantProfile
from contracts.topics import PARTICIPANTS
from eventstore.outgoing_states import CurrentState, publish_state, publish_tombstones

Connection = AsyncConnection[TupleRow]
_SQL = load("availability")


class UnknownProfile(Exception):
    """There is no such participant in this poll."""


async def insert(conn: Connection, profile: ParticipantProfile) -> None:
    await conn.execute(_SQL["insert_profile"], profile.model_dump())
    await _publish(conn, profile)


async def revise(pool: Pool, participant_id: UUID, changes: dict[str, Any]) -> None:
    """Change the given parts. Raises `UnknownProfile`."""
    async with pool.connection() as conn, conn.transaction():
        cursor = await conn.execute(_SQL["lock_profile"], {"participant": participant_id})
        row = await cursor.fetchone()
        if row is None:
            raise UnknownProfile
        old = _profile((participant_id, *row))
        new = old.model_copy(update=changes)
        if new == old:
            return
        new = new.model_copy(update={"version": old.version + 1})
        await conn.execute(_SQL["update_profile"], new.model_dump())
        await _publish(conn, new)


async def erase(conn: Connection, participants: Sequence[UUID]) -> None:
    """Remove the rows, and leave tombstones that take the profiles out of the topic."""
    cursor = await conn.execute(_SQL["delete_profiles"], {"participants": list(participants)})
    versions = {str(participant): version + 1 for participant, version in await cursor.fetchall()}
    await publish_tombstones(conn, PARTICIPANTS, versions)


async def current(pool: Pool, after_key: str, limit: int) -> Sequence[CurrentState]:
    """The next profiles in the order of their keys, for those who refill the topic."""
    async with pool.connection() as conn:
        cursor = await conn.execute(_SQL["profiles_after"], {"after": after_key, "limit": limit})
        profiles = [_profile(row) for row in await cursor.fetchall()]
    return [
        CurrentState(key=str(profile.participant_id), version=profile.version, state=profile)
        for profile in profiles
    ]


async def _publish(conn: Connection, profile: ParticipantProfile) -> None:
    key = str(profile.participant_id)
    await publish_state(conn, PARTICIPANTS, key, profile.version, profile)


def _profile(row: TupleRow) -> ParticipantProfile:
    participant_id, poll_id, name, email, note, timezone, version = row
    return ParticipantProfile(
        version=version,
        poll_id=poll_id,
        participant_id=participant_id,
        name=name,
        email=email,
        note=note,
        timezone=timezone,
    )
