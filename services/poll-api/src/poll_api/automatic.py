"""Lets a poll finalise itself where its rule asks for it: takes in states of recommendations.

At least once from Kafka, once in effect: a decision is appended in the transaction that notes the
state as seen, and only to the poll as it was recommended on. Whoever decides at the same time,
by hand or in another replica, has to wait for the poll's key and then finds it decided.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import cast
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from chassis.identifiers import uuid7
from chassis.named_sql import load
from contracts.polls import Basis, PollFact
from contracts.recommendations import PollRecommendations
from eventstore.store import EventStore, lock_keys
from inbox import seen
from inbox.inbox import NeverApplies
from inbox.sources import ReceivedState
from poll_api import decider
from poll_api.decider import FinaliseByRule
from poll_api.handlers import stream_of
from poll_api.visits import SCHEDULES

_SQL = load("poll_api")
_METADATA = {"actor": "automatic"}

Connection = AsyncConnection[TupleRow]


@dataclass(frozen=True)
class _Verdict:
    """A start at which the rule of a poll, as of these sequences, asks for it to be finalised."""

    poll_id: UUID
    start: datetime
    as_of: Basis

    @property
    def key(self) -> str:
        return str(self.poll_id)


class AutomaticDecisions:
    """`take_in` is the inbox's `apply_states`."""

    def __init__(self, store: EventStore) -> None:
        self._store = store

    async def take_in(self, connection: Connection, received: Sequence[ReceivedState]) -> None:
        """States of several polls, one of each, in the inbox's transaction."""
        verdicts = {verdict.poll_id: verdict for verdict in map(_verdict, received) if verdict}
        if not verdicts:
            return
        due = await _still_due(connection, verdicts)
        if not due:
            return
        keys = sorted(verdict.key for verdict in due)
        # Held until the decisions are stored: no schedule is taken in meanwhile.
        schedules, _ = await seen.lock(connection, [(SCHEDULES, key) for key in keys])
        # Writers take keys first and in order; with them locked, no append can conflict.
        await lock_keys(connection, keys)
        for verdict in due:
            await self._decide(connection, verdict, schedules[SCHEDULES, verdict.key])

    async def _decide(self, connection: Connection, verdict: _Verdict, schedules: int) -> None:
        stream = stream_of(verdict.poll_id)
        recorded = await self._store.read_on(connection, stream)
        facts = (cast(PollFact, one.fact) for one in recorded)
        command = FinaliseByRule(
            start=verdict.start,
            event_id=uuid7(),
            as_of=verdict.as_of,
            schedules=schedules,
            now=await _now(connection),
        )
        decided = decider.decide(reduce(decider.evolve, facts, decider.initial()), command)
        if decided:
            await self._store.append_on(
                connection, stream, len(recorded), decided, key=verdict.key, metadata=_METADATA
            )


def _verdict(received: ReceivedState) -> _Verdict | None:
    state = received.state
    if not isinstance(state, PollRecommendations) or state.finalise is None:
        return None
    if received.key != str(state.poll_id):
        raise NeverApplies("its key names another poll")
    return _Verdict(state.poll_id, state.finalise, state.as_of)


async def _still_due(
    connection: Connection, verdicts: Mapping[UUID, _Verdict]
) -> Sequence[_Verdict]:
    """Those of polls that are at the very version recommended on; a version never comes back."""
    columns = {
        "poll_ids": list(verdicts),
        "versions": [verdict.as_of.polls for verdict in verdicts.values()],
    }
    cursor = await connection.execute(_SQL["polls_at"], columns)
    return [verdicts[poll_id] for (poll_id,) in await cursor.fetchall()]


async def _now(connection: Connection) -> datetime:
    """The database's clock, as everywhere in this service."""
    cursor = await connection.execute(_SQL["now"])
    row = await cursor.fetchone()
    assert row is not None
    return row[0]
