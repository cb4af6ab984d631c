"""Takes in participants' edit links. At least once; the inbox drops what was seen before.

A participant has one link: the last one made. Polls that were erased have none any more.
"""

from collections.abc import Sequence

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from chassis.named_sql import load
from contracts.schedules import ParticipantErased, ParticipantJoined, ParticipantLinkRotated
from inbox.sources import Received

TABLES = ("edit_links",)
_SQL = load("poll_api")


async def take_in(connection: AsyncConnection[TupleRow], received: Sequence[Received]) -> None:
    """Learn the links of those who joined, then forget those of the erased: nobody comes back."""
    facts = [one.fact for one in received]
    links = {
        fact.participant_id: fact
        for fact in facts
        if isinstance(fact, (ParticipantJoined, ParticipantLinkRotated))
    }
    erased = [fact for fact in facts if isinstance(fact, ParticipantErased)]
    if links:
        columns = {
            "participant_ids": list(links),
            "poll_ids": [fact.poll_id for fact in links.values()],
            "edit_hashes": [fact.edit_hash for fact in links.values()],
        }
        await connection.execute(_SQL["learn_edit_links"], columns)
    if erased:
        ids = [fact.participant_id for fact in erased]
        await connection.execute(_SQL["forget_edit_links"], {"participant_ids": ids})
