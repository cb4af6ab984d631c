"""Everything a service needs to take in what others decided. Assembled here."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta

from prometheus_client import REGISTRY, CollectorRegistry
from psycopg import sql

from chassis.kafka_security import OPEN, KafkaSecurity
from chassis.named_sql import load
from chassis.tasks import end
from contracts.topics import dead_letter
from inbox.consumer import Consumer
from inbox.dead_letters import DeadLetters
from inbox.fact_door import Apply, FactDoor
from inbox.freshness import Freshness
from inbox.kafka_types import Record
from inbox.metrics import Metrics
from inbox.outcomes import Behind, NeverApplies, NotYet, OwnerAway
from inbox.owner import Owners
from inbox.reading import Reader
from inbox.reconcile import Pace, Reconciler
from inbox.refill import Refiller
from inbox.sources import (
    Connection,
    FactSource,
    Place,
    Pool,
    Received,
    ReceivedState,
    StateSource,
)
from inbox.state_door import ApplyStates, StateDoor
from inbox.waiting import Waiting

__all__ = ["Behind", "Inbox", "NeverApplies", "NotYet", "OwnerAway", "Pace"]

_SQL = load("inbox")


class Inbox:
    """`async with inbox:` consumes and compares in the background; everything else needs only that.

    `apply` gets facts of several keys, in order per key, in the transaction that notes them as
    seen; it raises `NeverApplies` for one that can never be applied. `apply_states` likewise.
    `moving` is told in the transaction which keys it moves on, whether or not anybody reads the
    facts; `on_commit` is told them after it, and `taken` which facts took effect. Without `consume`
    nothing runs in the background: for a command that only asks or rebuilds. `gather` is how many
    seconds facts that arrive may wait for more, where nobody waits for them.
    """

    def __init__(
        self,
        pool: Pool,
        *,
        group: str,
        bootstrap: str,
        security: KafkaSecurity = OPEN,
        prefix: str,
        instance_id: str,
        service_token: str,
        facts: Sequence[FactSource],
        apply: Apply,
        states: Sequence[StateSource] = (),
        apply_states: ApplyStates | None = None,
        moving: Callable[[Connection, set[str]], Awaitable[None]] | None = None,
        on_commit: Callable[[set[str]], None] | None = None,
        taken: Callable[[Sequence[Received]], None] | None = None,
        registry: CollectorRegistry = REGISTRY,
        pace: Pace | None = None,
        consume: bool = True,
        gather: float = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._consume = consume
        self._moving = moving
        self._on_commit = on_commit
        self._taken = taken
        self._waiting = Waiting()
        self._facts = facts
        self._states = states
        metrics = _metrics(registry, prefix, facts, states)
        self._owners = Owners(service_token)
        self._letters = DeadLetters(bootstrap, security, prefix, group, metrics)
        self._reader = Reader(prefix, facts, states)
        self._fact_door = FactDoor(pool, apply, self._letters, metrics, self._move, self._committed)
        self._state_door = StateDoor(pool, apply_states or _ignore, self._letters, metrics)
        self._refiller = Refiller(pool, self._owners, facts, self._fact_door, metrics)
        self._freshness = Freshness(pool, self._refiller, self._waiting, clock)
        self._reconciler = Reconciler(
            pool,
            self._owners,
            self._refiller,
            self._state_door,
            facts,
            states,
            metrics,
            pace or Pace(),
        )
        self._consumer = Consumer(
            bootstrap=bootstrap,
            security=security,
            prefix=prefix,
            group=group,
            instance_id=instance_id,
            consumed=[source.topic for source in (*facts, *states)],
            written=[dead_letter(group)],
            receive=self.receive,
            metrics=metrics,
            gather=gather,
        )

    async def __aenter__(self) -> "Inbox":
        self._running = AsyncExitStack()
        self._running.push_async_callback(self._letters.close)
        self._running.push_async_callback(self._owners.close)
        if self._consume:
            self._reconciling = asyncio.create_task(self._reconciler.run())
            self._running.push_async_callback(self._stop_reconciling)
            await self._running.enter_async_context(self._consumer)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._running.aclose()

    async def seen(self, label: str, key: str) -> int:
        """The sequence taken in last; 0 for a key that is not known."""
        return await self._freshness.seen((label, key))

    async def at_least(self, label: str, key: str, sequence: int) -> int:
        """Wait until the key has come that far; return how far it has.

        Raises `Behind`, and of that `NotYet` where the owner has not come so far either.
        """
        return await self._freshness.at_least((label, key), sequence)

    async def all_of(self, label: str, key: str) -> int:
        """Fetch whatever the owner has by now; return the sequence seen. Raises `Behind`."""
        return await self._freshness.all_of((label, key))

    async def ask(self, label: str, key: str) -> bool:
        """Whether the key exists; where we do not know it, its owner says. Raises `OwnerAway`."""
        return await self._freshness.ask((label, key))

    async def reconcile(self) -> None:
        """Compare with the owners now, as the background loop does."""
        await self._reconciler.once()

    async def catch_up(self) -> None:
        """Take in now whatever facts the owners have that are new here. Raises `OwnerAway`."""
        for fact_source in self._facts:
            await self._reconciler.compare_facts(fact_source, timedelta(0))

    async def rebuild(self, tables: Sequence[str] = ()) -> None:
        """Forget what was seen, empty these tables too, and take everything in from the owners.

        Raises `OwnerAway`; what is missing then comes with the next comparison.
        """
        own = ("seen", "parked", "seen_states") if self._states else ("seen", "parked")
        await self._forget((*own, *tables))
        await self.catch_up()
        for state_source in self._states:
            await self._reconciler.compare_states(state_source)

    async def receive(self, records: Sequence[Record]) -> None:
        """Take in a batch of messages; raises where it should be delivered again."""
        found = self._reader.sort_out(records)
        gaps = await self._fact_door.take(found.facts)
        if gaps:
            await self._refiller.refill_many(gaps)
            incomplete = [fact for fact in found.facts if fact.place in gaps]
            for place in await self._fact_door.take(incomplete):
                # Its owner does not have the facts before it: restored from an old copy?
                fact = next(fact for fact in incomplete if fact.place == place)
                missing = await self.seen(*place) + 1
                await self._fact_door.park(fact, missing, f"the owner lacks {missing}")
        await self._state_door.take(found.states)
        for record, why in found.refused:
            await self._letters.refuse(record, why)

    async def _forget(self, tables: Sequence[str]) -> None:
        async with self._pool.connection() as conn, conn.transaction():
            await conn.execute("set local statement_timeout = 0")
            # Waits for batches that are under way, and lets readers read on.
            await conn.execute("lock table seen, seen_states in exclusive mode")
            for table in tables:
                await conn.execute(sql.SQL("delete from {}").format(sql.Identifier(table)))
            await conn.execute(_SQL["never_reconciled"], {"sources": self._sources})

    async def _move(self, conn: Connection, places: Collection[Place]) -> None:
        if self._moving is not None and places:
            await self._moving(conn, {key for _, key in places})

    @property
    def _sources(self) -> list[str]:
        facts = [source.label for source in self._facts]
        return facts + [source.topic.name for source in self._states]

    def _committed(self, places: Collection[Place], received: Sequence[Received]) -> None:
        self._waiting.wake(places)
        if self._on_commit is not None:
            self._on_commit({key for _, key in places})
        if self._taken is not None:
            self._taken(received)

    async def _stop_reconciling(self) -> None:
        await end(self._reconciling)


def _metrics(
    registry: CollectorRegistry,
    prefix: str,
    facts: Sequence[FactSource],
    states: Sequence[StateSource],
) -> Metrics:
    metrics = Metrics(registry)
    labels = [source.label for source in facts]
    topics = [source.topic.name for source in states]
    # A message leaves its letter under its topic, a fact of an owner under its label.
    read = [prefix + source.topic.name for source in (*facts, *states)]
    metrics.expect(labels, topics, [*read, *labels])
    return metrics


async def _ignore(_conn: Connection, _states: Sequence[ReceivedState]) -> None:
    """Of a service that takes in no states."""
