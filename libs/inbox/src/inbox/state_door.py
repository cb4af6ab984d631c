"""Takes states in: the highest version wins, and what was erased never comes back."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from chassis.named_sql import load
from inbox.dead_letters import DeadLetters
from inbox.metrics import Metrics
from inbox.outcomes import isolate, reason_of
from inbox.reading import IncomingState
from inbox.sources import Connection, Place, Pool, ReceivedState

_SQL = load("inbox")

ApplyStates: TypeAlias = Callable[[Connection, Sequence[ReceivedState]], Awaitable[None]]

Rank: TypeAlias = tuple[bool, int]
"""Erased or not, version: the larger one wins."""


class StateDoor:
    def __init__(
        self, pool: Pool, apply: ApplyStates, letters: DeadLetters, metrics: Metrics
    ) -> None:
        self._pool = pool
        self._apply = apply
        self._letters = letters
        self._metrics = metrics

    async def take(self, states: Sequence[IncomingState]) -> None:
        """Apply what is newer than what was seen. Raises what is worth retrying."""
        if states:
            await isolate(states, self._commit, self._reject)

    async def _commit(self, states: Sequence[IncomingState]) -> None:
        newest = newest_of(states)
        async with self._pool.connection() as conn, conn.transaction():
            known = await _lock(conn, sorted(newest))
            newer = {place: s for place, s in newest.items() if rank_of(s) > known[place]}
            if newer:
                received = [ReceivedState(*place, s.state) for place, s in newer.items()]
                await self._apply(conn, received)
                await _advance(conn, newer)
        for topic, _ in newer:
            self._metrics.states.labels(topic).inc()

    async def _reject(self, state: IncomingState, error: Exception) -> None:
        # One from the owner was asked for once more anyway: only a message leaves a letter.
        if state.record is not None:
            await self._letters.refuse(state.record, reason_of(error), private=True)


def rank_of(incoming: IncomingState) -> Rank:
    return (True, 0) if incoming.state is None else (False, incoming.state.version)


def newest_of(states: Iterable[IncomingState]) -> dict[Place, IncomingState]:
    newest: dict[Place, IncomingState] = {}
    for incoming in states:
        best = newest.get(incoming.place)
        if best is None or rank_of(incoming) > rank_of(best):
            newest[incoming.place] = incoming
    return newest


async def _lock(conn: Connection, places: Sequence[Place]) -> dict[Place, Rank]:
    parameters = _columns(places)
    await conn.execute(_SQL["introduce_states"], parameters)
    cursor = await conn.execute(_SQL["lock_states"], parameters)
    # Every tombstone is like the other, whatever version was erased.
    return {
        (topic, key): (erased, 0 if erased else version)
        for topic, key, version, erased in await cursor.fetchall()
    }


async def _advance(conn: Connection, newer: Mapping[Place, IncomingState]) -> None:
    ranks = [rank_of(incoming) for incoming in newer.values()]
    parameters = {
        **_columns(newer),
        "erased": [erased for erased, _ in ranks],
        "versions": [version for _, version in ranks],
    }
    await conn.execute(_SQL["advance_states"], parameters)


def _columns(places: Iterable[Place]) -> dict[str, list[Any]]:
    ordered = list(places)
    return {"topics": [topic for topic, _ in ordered], "keys": [key for _, key in ordered]}
