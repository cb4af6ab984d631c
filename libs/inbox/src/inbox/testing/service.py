"""A service that consumes: its effects are rows of two tables, `effects` and `profiles`."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from prometheus_client import CollectorRegistry

from contracts import topics
from contracts.schedules import ParticipantProfile
from inbox.inbox import Inbox, NeverApplies, Pace
from inbox.sources import Connection, FactSource, Pool, Received, ReceivedState, StateSource
from inbox.testing.owner import TOKEN, Owner

QUIET = Pace(interval=timedelta(hours=1), grace=timedelta(0))
TABLES = """
create table effects (
    key text, sequence bigint, by text, at timestamptz default clock_timestamp(),
    unique (key, sequence)
);
create table profiles (key text primary key, name text);
"""
Trouble = Callable[[Received], Exception | None]


@dataclass
class Service:
    """What the inbox under test applies; `trouble` may refuse facts."""

    inbox: Inbox
    pool: Pool
    registry: CollectorRegistry
    batches: list[int]
    committed: list[set[str]]

    async def effects(self, key: str) -> list[int]:
        return [
            sequence
            for (sequence,) in await self.rows(
                "select sequence from effects where key = %s order by at, sequence", key
            )
        ]

    async def rows(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        async with self.pool.connection() as conn:
            return await (await conn.execute(statement.encode(), parameters)).fetchall()

    async def applied(self, key: str, sequence: int, seconds: float = 30) -> None:
        await until(lambda: self._has(key, sequence), seconds)

    def metric(self, name: str) -> float:
        return sum(
            sample.value
            for family in self.registry.collect()
            for sample in family.samples
            if sample.name == f"inbox_{name}"
        )

    async def counted(self, name: str, least: float, seconds: float = 30) -> None:
        async def has() -> bool:
            return self.metric(name) >= least

        await until(has, seconds)

    async def _has(self, key: str, sequence: int) -> bool:
        return await self.inbox.seen("polls", key) >= sequence


@dataclass
class Services:
    """Makes inboxes of one group: `async with services.run(...) as service`."""

    pool: Pool
    owner: Owner
    bootstrap: str
    prefix: str

    def make(
        self,
        *,
        name: str = "one",
        trouble: Trouble = lambda _: None,
        pace: Pace = QUIET,
        bootstrap: str = "",
        clock: Callable[[], float] = time.monotonic,
        taken: Callable[[Sequence[Received]], None] = lambda _: None,
        also: Sequence[FactSource] = (),
    ) -> Service:
        registry = CollectorRegistry()
        batches: list[int] = []
        committed: list[set[str]] = []

        async def apply(conn: Connection, facts: Sequence[Received]) -> None:
            batches.append(len(facts))
            for fact in facts:
                await conn.execute(
                    "insert into effects (key, sequence, by) values (%s, %s, %s)",
                    (fact.key, fact.sequence, name),
                )
                if error := trouble(fact):
                    raise error

        inbox = Inbox(
            self.pool,
            group="tested",
            bootstrap=bootstrap or self.bootstrap,
            prefix=self.prefix,
            instance_id=name,
            service_token=TOKEN,
            facts=[FactSource("polls", topics.POLLS, self.owner.url), *also],
            states=[StateSource(topics.PARTICIPANTS, ParticipantProfile, self.owner.url)],
            apply=apply,
            apply_states=keep_profiles,
            on_commit=committed.append,
            taken=taken,
            registry=registry,
            pace=pace,
            clock=clock,
        )
        return Service(inbox, self.pool, registry, batches, committed)

    @asynccontextmanager
    async def run(self, **options: Any) -> AsyncGenerator[Service, None]:
        service = self.make(**options)
        async with service.inbox:
            yield service


async def keep_profiles(conn: Connection, states: Sequence[ReceivedState]) -> None:
    for received in states:
        if received.state is None:
            await conn.execute("delete from profiles where key = %s", (received.key,))
            continue
        assert isinstance(received.state, ParticipantProfile)
        if received.state.name == "unbearable":
            raise NeverApplies("refused on purpose")
        await conn.execute(
            "insert into profiles values (%s, %s)"
            " on conflict (key) do update set name = excluded.name",
            (received.key, received.state.name),
        )


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    """Return when it has become true; fail when it does not."""
    ends = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < ends, "it never happened"
        await asyncio.sleep(0.02)
