"""What was told of polls last, for those who refill the topic or have it sent again."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.database import Pool
from chassis.named_sql import load
from contracts.recommendations import PollRecommendations
from contracts.topics import RECOMMENDATIONS
from eventstore.outgoing_states import CurrentState, publish_state
from eventstore.republish import republish_states
from recommender.erasing import LAST_VERSION

_SQL = load("recommender", "emissions.sql")


class Emitted:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def after(self, key: str, limit: int) -> Sequence[CurrentState]:
        """The next states in the order of their keys, None for polls that were erased."""
        return await self._read("emitted_after", {"after": key, "limit": limit})

    async def republish(self, key: str | None = None) -> int:
        """Have the relay send them all again, or the one of this poll; return how many."""
        if key is None:
            return await republish_states(self._pool, RECOMMENDATIONS, self.after)
        states = await self._read("emitted_of", {"poll": UUID(key)})
        async with self._pool.connection() as conn, conn.transaction():
            for each in states:
                await publish_state(conn, RECOMMENDATIONS, each.key, each.version, each.state)
        return len(states)

    async def _read(self, statement: str, parameters: dict[str, Any]) -> list[CurrentState]:
        async with self._pool.connection() as conn:
            cursor = await conn.execute(_SQL[statement], parameters | {"last": LAST_VERSION})
            rows = await cursor.fetchall()
        return [
            CurrentState(key, version, state and PollRecommendations.model_validate(state))
            for key, version, state in rows
        ]
