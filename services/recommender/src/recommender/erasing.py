"""Forgets polls that were erased, for good: whatever comes late brings nothing back."""

from collections.abc import Collection
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from chassis.named_sql import load
from contracts.topics import RECOMMENDATIONS
from eventstore.outgoing_states import publish_state
from recommender.emissions import mark_due

Connection = AsyncConnection[TupleRow]
TABLES = (
    "known_polls",
    "poll_history",
    "edit_links",
    "standings",
    "schedules",
    "profiles",
    "name_generations",
    "emissions",
)
"""All that hold anything of polls; a poll's row in `erased_polls` outlives them."""
LAST_VERSION = 2**63 - 1
"""Of a state, after which no other comes."""
_SQL = load("recommender", "erasures.sql")


async def take_turn(conn: Connection, *, erasing: bool) -> None:
    """Wait until taking in cannot miss an erasure, nor an erasure what is being taken in.

    Lasts until the transaction ends. What is asked after it is answered as of after it.
    """
    await conn.execute(_SQL["take_turn_alone" if erasing else "take_turn"], prepare=True)


async def erased_among(conn: Connection, polls: Collection[UUID]) -> set[UUID]:
    cursor = await conn.execute(_SQL["erased_among"], {"polls": list(polls)}, prepare=True)
    return {poll_id for (poll_id,) in await cursor.fetchall()}


async def erase(conn: Connection, polls: Collection[UUID], batch: Collection[UUID]) -> None:
    """Delete all that is known of polls, in the transaction that moves those of the `batch` on.

    Others are told with a tombstone that there is nothing to recommend any more.
    """
    # Emissions are locked in order by everybody, so all that this transaction will want at once.
    await mark_due(conn, [str(poll_id) for poll_id in batch])
    whom = {"polls": list(polls)}
    for statement in ("bury", *(f"forget_{table}" for table in TABLES)):
        await conn.execute(_SQL[statement], whom)
    for key in sorted(map(str, polls)):
        await publish_state(conn, RECOMMENDATIONS, key, LAST_VERSION, None)
