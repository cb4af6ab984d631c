"""Acts on what recommender says of a poll: takes in states of recommendations.

A poll finalises itself where its rule asks for it, and a decided one is told of a time that by now
is better. At least once from Kafka, once in effect: what follows is appended in the transaction
that notes the state as seen, and only to the poll as it was recommended on. Whoever decides at the
same time, by hand or in another replica, has to wait for the poll's key and then finds it decided.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import cast
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from chassis.identifiers import uuid7
from chassis.named_sql import load
from chassis.tracing import current_traceparent
from contracts.polls import PollFact
from contracts.recommendations import PollRecommendations
from eventstore.store import EventStore, lock_keys
from inbox import seen
from inbox.inbox import NeverApplies
from inbox.sources import ReceivedState
from poll_api import decider
from poll_api.decider import FinaliseByRule, RaiseRegret
from poll_api.handlers import stream_of
from poll_api.visits import SCHEDULES

_SQL = load("poll_api")

Connection = AsyncConnection[TupleRow]


@dataclass(frozen=True)
class _News:
    """What recommender says as of these sequences, and a poll may have to act on."""

    state: PollRecommendations

    @property
    def poll_id(self) -> UUID:
        return self.state.poll_id

    @property
    def key(self) -> str:
        return str(self.poll_id)

    def commands(self, schedules: int, now: datetime) -> Iterator[FinaliseByRule | RaiseRegret]:
        as_of, start, regret = self.state.as_of, self.state.finalise, self.state.regret
        if start is not None:
            yield FinaliseByRule(start, uuid7(), as_of, schedules, now)
        if regret is not None:
            yield RaiseRegret(regret.start, regret.better, regret.people, as_of, schedules, now)


class AutomaticDecisions:
    """`take_in` is the inbox's `apply_states`."""

    def __init__(self, store: EventStore) -> None:
        self._store = store

    async def take_in(self, connection: Connection, received: Sequence[ReceivedState]) -> None:
        """States of several polls, one of each, in the inbox's transaction."""
        news = {one.poll_id: one for one in map(_news, received) if one}
        if not news:
            return
        due = await _still_due(connection, news)
        if not due:
            return
        keys = sorted(one.key for one in due)
        # Held until the decisions are stored: no schedule is taken in meanwhile.
        schedules, _ = await seen.lock(connection, [(SCHEDULES, key) for key in keys])
        # Writers take keys first and in order; with them locked, no append can conflict.
        await lock_keys(connection, keys)
        for one in due:
            await self._act(connection, one, schedules[SCHEDULES, one.key])

    async def _act(self, connection: Connection, news: _News, schedules: int) -> None:
        stream = stream_of(news.poll_id)
        recorded = await self._store.read_on(connection, stream)
        facts = (cast(PollFact, one.fact) for one in recorded)
        state = reduce(decider.evolve, facts, decider.initial())
        for command in news.commands(schedules, await _now(connection)):
            decided = decider.decide(state, command)
            if decided:
                await self._store.append_on(
                    connection,
                    stream,
                    len(recorded),
                    decided,
                    key=news.key,
                    metadata={"actor": "automatic", "traceparent": current_traceparent()},
                )
                return  # the rest was said of the poll before this


def _news(received: ReceivedState) -> _News | None:
    state = received.state
    if not isinstance(state, PollRecommendations):
        return None
    if state.finalise is None and state.regret is None:
        return None
    if received.key != str(state.poll_id):
        raise NeverApplies("its key names another poll")
    return _News(state)


async def _still_due(connection: Connection, news: Mapping[UUID, _News]) -> Sequence[_News]:
    """Those of polls that are at the very version recommended on; a version never comes back."""
    columns = {
        "poll_ids": list(news),
        "versions": [one.state.as_of.polls for one in news.values()],
    }
    cursor = await connection.execute(_SQL["polls_at"], columns)
    return [news[poll_id] for (poll_id,) in await cursor.fetchall()]


async def _now(connection: Connection) -> datetime:
    """The database's clock, as everywhere in this service."""
    cursor = await connection.execute(_SQL["now"])
    row = await cursor.fetchone()
    assert row is not None
    return row[0]
