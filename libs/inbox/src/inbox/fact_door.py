"""Takes facts in: each once, in order per key, its effect and its sequence in one transaction."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TypeAlias

from inbox import seen
from inbox.dead_letters import DeadLetters
from inbox.metrics import Metrics
from inbox.outcomes import NeverApplies, isolate, reason_of
from inbox.plan import Plan, make_plan
from inbox.reading import Incoming
from inbox.sources import Connection, Place, Pool, Received

Apply: TypeAlias = Callable[[Connection, Sequence[Received]], Awaitable[None]]
Moving: TypeAlias = Callable[[Connection, Collection[Place]], Awaitable[None]]
Committed: TypeAlias = Callable[[Collection[Place], Sequence[Received]], None]


class FactDoor:
    """`moving` is called with the places that move, in the transaction.

    `on_commit` is called with them and with the facts that were applied, after it.
    """

    def __init__(
        self,
        pool: Pool,
        apply: Apply,
        letters: DeadLetters,
        metrics: Metrics,
        moving: Moving,
        on_commit: Committed,
    ) -> None:
        self._pool = pool
        self._apply = apply
        self._letters = letters
        self._metrics = metrics
        self._moving = moving
        self._on_commit = on_commit

    async def take(self, facts: Sequence[Incoming], retrying: Collection[Place] = ()) -> set[Place]:
        """Apply what can be applied, park the key of what never can.

        Facts of parked keys are left out, except of those that are `retrying`. Returns the
        places of which facts are missing. Raises what is worth retrying.
        """
        gaps: set[Place] = set()
        free = set(retrying)

        async def attempt(part: Sequence[Incoming]) -> None:
            plan = await self._commit(part, free)
            gaps.update(plan.gaps)
            for fact in plan.unreadable:
                await reject(fact, NeverApplies(fact.unreadable))

        async def reject(fact: Incoming, error: Exception) -> None:
            free.discard(fact.place)
            await self.park(fact, fact.sequence, reason_of(error))

        if facts:
            await isolate(facts, attempt, reject)
        return gaps

    async def park(self, fact: Incoming, sequence: int, why: str) -> None:
        """Hold the fact's key back at `sequence`; one dead letter, however often it is tried.

        Not if it was taken in meanwhile, as its owner has it: nothing would let the key go again.
        """
        async with self._pool.connection() as conn:
            if await seen.parked_sequence(conn, fact.place) != sequence:
                await self._letters.refuse_fact(fact, why)
            async with conn.transaction():
                known, _ = await seen.lock(conn, [fact.place])
                if known[fact.place] < sequence:
                    await seen.park(conn, fact.place, sequence, why)
            self._metrics.parked.set(await seen.parked_count(conn))

    async def _commit(self, facts: Sequence[Incoming], free: set[Place]) -> Plan:
        places = sorted({fact.place for fact in facts})
        # In a pipeline, so that only what has to be read is waited for: twice, as a rule.
        async with self._pool.connection() as conn, conn.pipeline(), conn.transaction():
            sequences, parked = await seen.lock(conn, places)
            plan = make_plan(facts, sequences, parked - free)
            if received := _received(plan.facts):
                await self._apply(conn, received)
            await seen.advance(conn, plan.sequences)
            await self._moving(conn, plan.sequences.keys())
            await seen.unpark(conn, free.intersection(places))
        self._count(plan)
        if plan.sequences:
            self._on_commit(plan.sequences.keys(), received)
        return plan

    def _count(self, plan: Plan) -> None:
        self._metrics.duplicates.inc(plan.duplicates)
        self._metrics.held.inc(plan.held)
        for label in {place[0] for place in plan.sequences}:
            applied = sum(fact.place[0] == label for fact in plan.facts)
            self._metrics.applied.labels(label).inc(applied)
        for label, _ in plan.gaps:
            self._metrics.gaps.labels(label).inc()


def _received(facts: Sequence[Incoming]) -> list[Received]:
    """Without those whose type nobody reads: they only advance the sequence."""
    return [
        Received(*fact.place, fact.sequence, fact.fact, fact.envelope)
        for fact in facts
        if fact.fact is not None
    ]
