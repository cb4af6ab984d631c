"""Takes in the facts of polls. At least once; the inbox drops what was seen before."""

from collections.abc import Sequence
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from availability.erasing import erase_polls, erased_among
from chassis.named_sql import load
from contracts.known_poll import KnownPoll, evolve
from contracts.polls import PollErased, PollFact
from inbox.sources import Received

TABLES = ("known_polls",)
_SQL = load("availability")


async def take_in(conn: AsyncConnection[TupleRow], received: Sequence[Received]) -> None:
    """Fold facts of polls into `known_polls`, in the transaction that notes them as seen.

    An erased poll takes with it whatever is known of those who are in it, and stays unknown
    whatever is received of it later, or again.
    """
    facts = [entry.fact for entry in received if isinstance(entry.fact, PollFact)]
    if not facts:
        return
    if ended := {fact.poll_id for fact in facts if isinstance(fact, PollErased)}:
        await erase_polls(conn, ended)
    polls = {fact.poll_id for fact in facts}
    alive = polls - await erased_among(conn, polls)
    await _fold(conn, [fact for fact in facts if fact.poll_id in alive])


async def _fold(conn: AsyncConnection[TupleRow], facts: Sequence[PollFact]) -> None:
    if not facts:
        return
    ids = list({fact.poll_id for fact in facts})
    cursor = await conn.execute(_SQL["known_polls"], {"polls": ids})
    known: dict[UUID, KnownPoll | None] = {
        poll_id: KnownPoll.model_validate(document) for poll_id, document in await cursor.fetchall()
    }
    for fact in facts:
        known[fact.poll_id] = evolve(known.get(fact.poll_id), fact)
    polls = [poll for poll in known.values() if poll is not None]
    await conn.execute(
        _SQL["keep_known_polls"],
        {
            "polls": [poll.poll_id for poll in polls],
            "documents": [poll.model_dump_json() for poll in polls],
        },
    )
