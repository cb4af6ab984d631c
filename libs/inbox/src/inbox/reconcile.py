"""Compares with the owners now and then: heals lost tails, and keys parked in vain."""

import asyncio
import random
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from structlog import get_logger

from chassis.named_sql import load
from chassis.tracing import span
from inbox import seen
from inbox.metrics import Metrics
from inbox.outcomes import NeverApplies, reason_of
from inbox.owner import Head, Owners
from inbox.reading import IncomingState, read_state
from inbox.refill import Refiller
from inbox.sources import FactSource, Place, Pool, StateSource
from inbox.state_door import StateDoor

log = get_logger(__name__)

_SQL = load("inbox")
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_PARKED_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to compare, and how far back, so that clocks may differ.

    What is behind gets `grace` to arrive over Kafka before it is fetched. States are compared
    in full, and more seldom: there is no cheap way to ask which have changed.
    """

    interval: timedelta = timedelta(seconds=30)
    overlap: timedelta = timedelta(minutes=5)
    grace: timedelta = timedelta(seconds=1)
    states_interval: timedelta = timedelta(hours=1)


class Reconciler:
    def __init__(
        self,
        pool: Pool,
        owners: Owners,
        refiller: Refiller,
        states_door: StateDoor,
        facts: Sequence[FactSource],
        states: Sequence[StateSource],
        metrics: Metrics,
        pace: Pace,
    ) -> None:
        self._pool = pool
        self._owners = owners
        self._refiller = refiller
        self._states_door = states_door
        self._facts = facts
        self._states = states
        self._metrics = metrics
        self._pace = pace

    async def run(self) -> None:
        """For ever, until cancelled."""
        while True:
            with span("compare with owners"):
                await self.once()
            await asyncio.sleep(self._pace.interval.total_seconds() * random.uniform(0.8, 1.2))  # noqa: S311

    async def once(self) -> None:
        """Compare with everybody; one who is away does not keep the others waiting."""
        for source in self._facts:
            await self._guarded(source.label, self.compare_facts(source, self._pace.grace))
        for source in self._states:
            await self._guarded(source.topic.name, self._compare_states_when_due(source))
        for source in self._facts:
            await self._guarded(f"parked {source.label}", self.retry_parked(source))
        await self._guarded("parked", self._count_parked())

    async def compare_facts(self, source: FactSource, grace: timedelta) -> None:
        """Refill the keys whose owner is ahead of us, unless they arrive within `grace`."""
        started = datetime.now(UTC)
        since = await self._compared_at(source.label)
        changed_since = _EVER if since is None else since - self._pace.overlap
        after: str | None = None
        while True:
            heads, after = await self._owners.heads(source.owner_url, changed_since, after)
            if behind := await self._behind(source.label, heads, grace):
                await self._refiller.refill_many(behind)
            if after is None:
                break
        await self._compared(source.label, started)

    async def compare_states(self, source: StateSource) -> None:
        """Take in whatever the owner has that is newer than ours."""
        started = datetime.now(UTC)
        after: str | None = None
        while True:
            items, after = await self._owners.states(source.owner_url, source.topic.name, after)
            states: list[IncomingState] = []
            for item in items:
                try:
                    states.append(read_state(source, item))
                except NeverApplies as error:
                    log.warning("state_refused", topic=source.topic.name, reason=str(error))
            await self._states_door.take(states)
            if after is None:
                break
        await self._compared(source.topic.name, started)

    async def retry_parked(self, source: FactSource) -> None:
        """Once more from the owner: it may have another fact there, or this version may take it.

        Where it has none there, what holds the key back was not its own, and nothing is owed.
        """
        async with self._pool.connection() as conn:
            turns = await seen.next_parked(conn, source.label, _PARKED_AT_ONCE)
        if turns:
            heads = await self._refiller.refill_many(turns, retrying=True)
            async with self._pool.connection() as conn, conn.transaction():
                await seen.let_go(conn, turns, heads)

    async def _count_parked(self) -> None:
        async with self._pool.connection() as conn:
            self._metrics.parked.set(await seen.parked_count(conn))

    async def _guarded(self, what: str, comparison: Awaitable[None]) -> None:
        try:
            await comparison
        except Exception as error:  # a background loop: it must go on with the next round
            log.warning("reconcile_failed", source=what, reason=reason_of(error))

    async def _compare_states_when_due(self, source: StateSource) -> None:
        at = await self._compared_at(source.topic.name)
        if at is None or datetime.now(UTC) - at >= self._pace.states_interval:
            await self.compare_states(source)

    async def _behind(self, label: str, heads: Sequence[Head], grace: timedelta) -> list[Place]:
        behind = await self._of_those_behind(label, heads)
        if behind and grace:
            await asyncio.sleep(grace.total_seconds())
            behind = await self._of_those_behind(label, behind)
        return [(label, head.key) for head in behind]

    async def _of_those_behind(self, label: str, heads: Sequence[Head]) -> list[Head]:
        async with self._pool.connection() as conn:
            known = await seen.read(conn, [(label, head.key) for head in heads])
        return [head for head in heads if known.get((label, head.key), 0) < head.sequence]

    async def _compared_at(self, source: str) -> datetime | None:
        async with self._pool.connection() as conn:
            cursor = await conn.execute(_SQL["reconciled_at"], {"source": source})
            row = await cursor.fetchone()
        return None if row is None else row[0]

    async def _compared(self, source: str, at: datetime) -> None:
        async with self._pool.connection() as conn:
            await conn.execute(_SQL["reconciled"], {"source": source, "at": at})
