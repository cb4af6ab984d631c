"""Facts per second into recommender's database: over Kafka, and from their owner's event store.

The effect is recommender's own. Beside it, what one writes without a library: aiokafka's `getmany`
and one insert with a commit per message. The owner is a real service with a real event store, in a
process of its own.
"""

import asyncio
import secrets
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter, process_time
from typing import Any
from uuid import UUID, uuid4

import psycopg
import uvicorn
import uvloop
from aiohttp import ClientSession
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from fastapi import FastAPI, Request
from prometheus_client import CollectorRegistry

from benchmarks.report import Row, report
from benchmarks.servers import database, kafka, postgres
from chassis.database import open_pool
from chassis.migrations import migrate
from contracts import topics
from contracts.envelope import Envelope
from contracts.registry import parse
from contracts.schedules import FreeInterval, ParticipantJoined, ScheduleFact, ScheduleSubmitted
from eventstore import migrations as store_migrations
from eventstore.owner_routes import owner_router
from eventstore.store import EventStore
from inbox.inbox import Inbox, Pace
from inbox.sources import Connection, FactSource, Pool, Received
from inbox.topics import ensure_topics
from recommender import consumers, erasing
from recommender.migrations import FOLDERS

POLLS = 200
FACTS_PER_POLL = 150
FACTS = POLLS * FACTS_PER_POLL
PLAIN = 4_000
ROUNDS = 3

_START = datetime(2026, 12, 1, 9, tzinfo=UTC)
PEOPLE = 25
_PLAIN_TABLE = """
create table plain (poll_id uuid not null, participant_id uuid not null, intervals json not null)
"""


def fact_of(poll_id: UUID, sequence: int) -> ScheduleFact:
    """25 people join, and then in turn leave a schedule of three intervals."""
    about: Any = {
        "poll_id": poll_id,
        "participant_id": UUID(int=poll_id.int ^ sequence % PEOPLE),
        "polls_sequence": 1,
    }
    if sequence <= PEOPLE:
        return ParticipantJoined(**about, edit_hash=f"{sequence:064x}", joined_at=_START)
    return ScheduleSubmitted(
        **about,
        intervals=tuple(
            FreeInterval(start=_START + timedelta(days=n), end=_START + timedelta(days=n, hours=3))
            for n in range(3)
        ),
        submitted_at=_START + timedelta(seconds=sequence),
    )


class Schedules:
    """Recommender's way of taking facts in, which notes when it was called with how much."""

    def __init__(self) -> None:
        self.taken: list[tuple[float, int]] = []
        self.finished = asyncio.Event()

    async def apply(self, conn: Connection, facts: Sequence[Received]) -> None:
        await consumers.take_in(conn, facts)
        self.taken.append((perf_counter(), len(facts)))

    def committed(self, _: set[str]) -> None:
        if sum(count for _, count in self.taken) >= FACTS:
            self.finished.set()

    @property
    def per_second(self) -> float:
        """From the end of the first batch to the end of the last."""
        (began, first), *_, (ended, _) = self.taken
        return (FACTS - first) / (ended - began)


def inbox_of(pool: Pool, schedules: Schedules, bootstrap: str, prefix: str, owner: str) -> Inbox:
    return Inbox(
        pool,
        group="bench",
        bootstrap=bootstrap,
        prefix=prefix,
        instance_id=secrets.token_hex(4),
        service_token="bench",
        facts=[FactSource("schedules", topics.SCHEDULES, owner)],
        apply=schedules.apply,
        on_commit=schedules.committed,
        registry=CollectorRegistry(),
        pace=Pace(interval=timedelta(hours=1)),
        consume=bool(prefix),
    )


@asynccontextmanager
async def consumers_database(server: str) -> AsyncGenerator[tuple[str, Pool], None]:
    with database(server) as url:
        migrate(url, *FOLDERS)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_PLAIN_TABLE)
        pool = await open_pool(url, "bench")
        try:
            yield url, pool
        finally:
            await pool.close()


async def fill_topic(bootstrap: str, prefix: str) -> None:
    await ensure_topics(bootstrap, prefix, [topics.SCHEDULES])
    producer: Any = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=5)
    polls = [uuid4() for _ in range(POLLS)]
    async with producer:
        for sequence in range(1, FACTS_PER_POLL + 1):
            for poll_id in polls:
                fact, key = fact_of(poll_id, sequence), str(poll_id)
                envelope = Envelope(
                    id=str(uuid4()),
                    source="/commontime/availability",
                    type=fact.TYPE,
                    subject=f"schedule-{fact.participant_id}",
                    time=_START,
                    sequence=sequence,
                    key=key,
                    data=fact.model_dump_json().encode(),
                )
                await producer.send(
                    prefix + topics.SCHEDULES.name,
                    envelope.data,
                    key=key.encode(),
                    headers=envelope.headers(),
                )


async def through_the_inbox(server: str, bootstrap: str, prefix: str) -> float:
    schedules = Schedules()
    async with (
        consumers_database(server) as (_, pool),
        inbox_of(pool, schedules, bootstrap, prefix, "http://127.0.0.1:1"),
    ):
        await asyncio.wait_for(schedules.finished.wait(), 120)
    return schedules.per_second


async def by_hand(server: str, bootstrap: str, prefix: str) -> float:
    """Messages per second of the loop that one would write first."""
    consumer: Any = AIOKafkaConsumer(
        prefix + topics.SCHEDULES.name,
        bootstrap_servers=bootstrap,
        group_id=f"{prefix}plain",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    async with consumers_database(server) as (url, _), consumer:
        connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
        async with connection:
            first = await consumer.getmany(timeout_ms=30_000, max_records=500)
            began, done = perf_counter(), 0
            batch = first
            while done < PLAIN:
                for message in (one for part in batch.values() for one in part):
                    type_ = dict(message.headers)["ce_type"].decode()
                    fact = parse(type_, message.value)
                    assert isinstance(fact, ScheduleFact)
                    intervals = fact.model_dump_json(include={"intervals"})
                    row = (fact.poll_id, fact.participant_id, intervals)
                    await connection.execute("insert into plain values (%s, %s, %s)", row)
                    done += 1
                await consumer.commit()
                batch = await consumer.getmany(timeout_ms=1_000, max_records=500)
            return done / (perf_counter() - began)


async def rebuilt(server: str, owner: str) -> tuple[float, float]:
    """Facts per second from nothing to everything, and per second of this process's processor."""
    schedules = Schedules()
    async with (
        consumers_database(server) as (_, pool),
        inbox_of(pool, schedules, "127.0.0.1:1", "", owner) as inbox,
    ):
        began, worked = perf_counter(), process_time()
        await inbox.rebuild(erasing.TABLES)
        assert schedules.finished.is_set()
        return FACTS / (perf_counter() - began), FACTS / (process_time() - worked)


async def fill_store(url: str) -> None:
    pool = await open_pool(url, "bench")
    async with EventStore(pool, source="/commontime/availability") as store:
        for _ in range(POLLS):
            poll_id = uuid4()
            facts = [fact_of(poll_id, n) for n in range(1, FACTS_PER_POLL + 1)]
            await store.append(f"schedule-{poll_id}", 0, facts, key=str(poll_id))
    await pool.close()


async def serve(url: str, port: int) -> None:
    """The owner's side: `python -m benchmarks.inbox <database> <port>`."""

    async def everybody(_: Request) -> None: ...

    pool = await open_pool(url, "bench-owner")
    async with EventStore(pool, source="/commontime/availability") as store:
        app = FastAPI()
        app.include_router(owner_router(store, everybody))
        config = uvicorn.Config(app, port=port, log_config=None, access_log=False, ws="none")
        await uvicorn.Server(config).serve()


@asynccontextmanager
async def owner_process(url: str) -> AsyncGenerator[str, None]:
    port = 20_000 + secrets.randbelow(10_000)
    command = [sys.executable, "-m", "benchmarks.inbox", url, str(port)]
    process = await asyncio.create_subprocess_exec(*command)
    address = f"http://127.0.0.1:{port}"
    try:
        async with ClientSession() as session:
            for _ in range(200):
                try:
                    await session.get(f"{address}/internal/v1/heads")
                    break
                except OSError:
                    await asyncio.sleep(0.05)
        yield address
    finally:
        process.terminate()
        await process.wait()


async def main() -> bool:
    with postgres() as server, kafka() as bootstrap:
        ours: list[float] = []
        plain: list[float] = []
        for _ in range(ROUNDS):
            prefix = f"b{secrets.token_hex(4)}."
            await fill_topic(bootstrap, prefix)
            plain.append(await by_hand(server, bootstrap, prefix))
            ours.append(await through_the_inbox(server, bootstrap, prefix))
        with database(server) as url:
            migrate(url, store_migrations.FOLDER)
            await fill_store(url)
            async with owner_process(url) as owner:
                again = [await rebuilt(server, owner) for _ in range(ROUNDS)]
    over_kafka, hand = median(ours), median(plain)
    return report(
        "inbox",
        [
            Row("over Kafka", "facts/s", over_kafka, target=5_000),
            Row("beside one insert per message", "facts/s", over_kafka, hand),
            Row("rebuild from the owner", "facts/s", median(wall for wall, _ in again)),
            Row("rebuild, per core", "facts/s", median(core for _, core in again), target=20_000),
        ],
    )


if __name__ == "__main__":
    if len(sys.argv) == 3:
        uvloop.run(serve(sys.argv[1], int(sys.argv[2])))
    else:
        sys.exit(0 if uvloop.run(main()) else 1)
