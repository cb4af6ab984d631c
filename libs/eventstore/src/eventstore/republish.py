"""Send again what was sent before: consumers drop what they have."""

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection

from chassis.database import Pool
from chassis.named_sql import load
from contracts.topics import Topic
from eventstore.outgoing_states import CurrentState, StateReader, publish_state

_SQL = load("eventstore", "relay.sql")
_PAGE = 1_000


async def republish(connection: AsyncConnection[Any], key: str | None = None) -> int:
    """Put every stored fact, or those of one key, into the outbox; return how many were added."""
    async with connection.transaction():
        # A whole history may take longer than an ordinary statement.
        await connection.execute("set local statement_timeout = 0")
        cursor = await connection.execute(_SQL["republish_facts"], {"key": key})
        row = await cursor.fetchone()
    assert row is not None
    return row[0]


async def republish_states(pool: Pool, topic: Topic, reader: StateReader) -> int:
    """Queue all of a topic's current states as `reader` gives them; return how many."""
    count, after = 0, ""
    while page := await reader(after, _PAGE):
        async with pool.connection() as connection, connection.transaction():
            for current in page:
                await publish_state(connection, topic, current.key, current.version, current.state)
            # Whoever changes one of them now waits for this transaction, and comes after it. What
            # changed while the page was on its way may have been sent already: nothing older may
            # follow, least of all a state after its tombstone.
            await _correct(connection, topic, page, await reader(after, 2 * _PAGE))
        count, after = count + len(page), page[-1].key
    return count


async def _correct(
    connection: AsyncConnection[Any],
    topic: Topic,
    queued: Sequence[CurrentState],
    now: Sequence[CurrentState],
) -> None:
    """Queue what is newer, and take back what is gone."""
    before = {one.key: one.version for one in queued}
    for current in now:
        if current.key in before and current.version != before[current.key]:
            await publish_state(connection, topic, current.key, current.version, current.state)
    if gone := before.keys() - {current.key for current in now}:
        await connection.execute(_SQL["withdraw_states"], {"topic": topic.name, "keys": [*gone]})
