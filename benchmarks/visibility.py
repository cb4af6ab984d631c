"""From an acknowledged schedule to its being visible in recommendations, beside the bare path.

Ours runs whole, as `commontime up` on a home of its own. A submission is acknowledged when its
answer has been read, and visible once recommender's transaction with its sequence has committed:
every read compares itself with that row first. A trigger of this benchmark's own on that row
notifies us at the commit, so that nobody polls beside what is measured; of one submission in a
hundred it is checked that an ordinary read, which asks for no sequence, really has it.

The bare path is plain aiokafka from produce to consume and one psycopg commit for what came in,
on the same broker and server, at the same rates, with the same fact.
"""

import asyncio
import signal
import sys
import tempfile
from bisect import bisect_left
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import aiohttp
import psycopg
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError
from psycopg import AsyncConnection

from benchmarks.report import Row, p50, p99, report
from contracts.topics import Topic
from eventstore.topic_admin import TopicAdmin
from standalone.home import Running
from standalone.testing import Instance

RATES = (50, 300)
SECONDS = 6
ROUNDS = 3
POLLS = 20
PEOPLE = 15
CHECK_ONE_IN = 100

_PATIENCE_S = 20
_BARE = Topic("bench.bare", "bench", (("cleanup.policy", "delete"),))
_DAY = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=7)
_NOTIFY = """
create function tell_visible() returns trigger language plpgsql as $$
begin
    perform pg_notify('visible', new.key || ' ' || new.sequence);
    return null;
end $$;
create trigger tell_visible after update on seen
    for each row when (new.source = 'schedules') execute function tell_visible();
"""
_BARE_TABLE = "create table bare (id bigint primary key, value text not null)"
_BARE_ROWS = "insert into bare select * from unnest(%s::bigint[], %s::text[])"


@dataclass
class Person:
    path: str
    poll: str
    token: str
    organiser: str
    turns: int = 0

    def next_schedule(self) -> dict[str, Any]:
        """Never the one before: that would change nothing."""
        self.turns += 1
        starts = [_DAY + timedelta(days=n, minutes=15 * (self.turns % 8)) for n in range(3)]
        return {
            "intervals": [
                {"start": start.isoformat(), "end": (start + timedelta(hours=3)).isoformat()}
                for start in starts
            ]
        }


@dataclass
class Visible:
    """When each sequence of a poll was visible, as the notifications said."""

    sequences: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    times: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def told(self, payload: str) -> None:
        poll, sequence = payload.split()
        self.sequences[poll].append(int(sequence))
        self.times[poll].append(perf_counter())

    def since(self, poll: str, sequence: int) -> float | None:
        at = bisect_left(self.sequences[poll], sequence)
        return self.times[poll][at] if at < len(self.times[poll]) else None


async def at_rate(rate: int, act: Callable[[int], Awaitable[None]]) -> None:
    """Start `act` that often, whether or not earlier ones have ended."""
    begun, count = perf_counter(), rate * SECONDS
    async with asyncio.TaskGroup() as tasks:
        for n in range(count):
            await asyncio.sleep(begun + n / rate - perf_counter())
            tasks.create_task(_run(act(n)))


async def _run(awaitable: Awaitable[None]) -> None:
    await awaitable


async def opened_poll(session: aiohttp.ClientSession, count: int) -> list[Person]:
    """A poll with so many people, who have not answered yet."""
    window = {"start": _DAY.isoformat(), "end": (_DAY + timedelta(days=5)).isoformat()}
    plan = {"title": "Visibility", "window": window, "duration": "PT1H"}
    poll = await _post(session, "/api/v1/polls", None, plan)
    path, capabilities = f"/api/v1/polls/{poll['id']}/participants", poll["capabilities"]
    people: list[Person] = []
    for n in range(count):
        joined = await _post(session, path, capabilities["answer"], {"name": f"Person {n}"})
        people.append(
            Person(
                f"{path}/{joined['id']}/schedule",
                poll["id"],
                joined["capabilities"]["edit"],
                capabilities["organiser"],
            )
        )
    return people


async def _post(session: aiohttp.ClientSession, path: str, token: str | None, body: Any) -> Any:
    async with session.post(path, json=body, headers=_bearer(token)) as answer:
        assert answer.status == 201, await answer.text()
        return await answer.json()


class Ours:
    def __init__(self, session: aiohttp.ClientSession, visible: Visible) -> None:
        self._session = session
        self._visible = visible
        self.people: list[Person] = []

    async def fill(self) -> None:
        for _ in range(POLLS):
            self.people += await opened_poll(self._session, PEOPLE)

    async def latencies(self, rate: int) -> list[float]:
        """In milliseconds."""
        acknowledged: list[tuple[str, int, float]] = []

        async def submit(n: int) -> None:
            # Neighbours in time are of different polls.
            person = self.people[n * PEOPLE % len(self.people) + n // POLLS % PEOPLE]
            async with self._session.put(
                person.path, json=person.next_schedule(), headers=_bearer(person.token)
            ) as answer:
                await answer.read()
                assert answer.status == 200, await answer.text()
                sequence = int(answer.headers["Commontime-Sequence"].removeprefix("schedules="))
            acknowledged.append((person.poll, sequence, perf_counter()))
            if n % CHECK_ONE_IN == 0:
                await self._check(person, sequence)

        await at_rate(rate, submit)
        return [
            (await self._visible_at(poll, sequence) - at) * 1000
            for poll, sequence, at in acknowledged
        ]

    async def _check(self, person: Person, sequence: int) -> None:
        await self._visible_at(person.poll, sequence)
        path = f"/api/v1/polls/{person.poll}/recommendations"
        # Without it, an answer from memory may be a moment older than the commit.
        up_to_date = {"Commontime-Min-Sequence": f"schedules={sequence}"}
        headers = _bearer(person.organiser) | up_to_date
        async with self._session.get(path, headers=headers) as answer:
            assert (await answer.json())["as_of"]["schedules"] >= sequence

    async def _visible_at(self, poll: str, sequence: int) -> float:
        deadline = perf_counter() + _PATIENCE_S
        while (at := self._visible.since(poll, sequence)) is None:
            assert perf_counter() < deadline, f"{poll} never came to {sequence}"
            await asyncio.sleep(0.001)
        return at


class Bare:
    def __init__(self, producer: Any, value: bytes) -> None:
        self._producer = producer
        self._value = value
        self._sent: dict[int, float] = {}
        self._done: dict[int, float] = {}
        self._next = 0

    async def consume(self, consumer: Any, conn: AsyncConnection[Any]) -> None:
        """For ever: what came in is one commit."""
        while True:
            batches = await consumer.getmany(timeout_ms=1000)
            records = [record for batch in batches.values() for record in batch]
            if not records:
                continue
            ids = [int(record.headers[0][1]) for record in records]
            await conn.execute(_BARE_ROWS, (ids, [record.value.decode() for record in records]))
            self._done.update(dict.fromkeys(ids, perf_counter()))

    async def latencies(self, rate: int) -> list[float]:
        """In milliseconds."""
        first = self._next

        async def send(n: int) -> None:
            key = str(UUID(int=n % POLLS)).encode()
            self._sent[first + n] = perf_counter()
            headers = [("id", str(first + n).encode())]
            await self._producer.send(_BARE.name, self._value, key=key, headers=headers)

        await at_rate(rate, send)
        self._next += rate * SECONDS
        deadline = perf_counter() + _PATIENCE_S
        while any(n not in self._done for n in range(first, self._next)):
            assert perf_counter() < deadline, "the bare path lost a message"
            await asyncio.sleep(0.01)
        return [(self._done[n] - self._sent[n]) * 1000 for n in range(first, self._next)]


@asynccontextmanager
async def alongside(work: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


@asynccontextmanager
async def bare_path(running: Running) -> AsyncGenerator[Bare]:
    await _create_topic(running.kafka)
    producer = AIOKafkaProducer(
        bootstrap_servers=running.kafka, acks="all", enable_idempotence=True
    )
    consumer = AIOKafkaConsumer(
        _BARE.name, bootstrap_servers=running.kafka, auto_offset_reset="earliest"
    )
    async with AsyncExitStack() as opened:
        for client in (producer, consumer):
            opened.push_async_callback(client.stop)
            await client.start()
        conn = await opened.enter_async_context(
            await AsyncConnection.connect(running.database, autocommit=True)
        )
        await conn.execute(_BARE_TABLE)
        bare = Bare(producer, b"x" * 600)
        await opened.enter_async_context(alongside(bare.consume(consumer, conn)))
        yield bare


async def _create_topic(bootstrap: str) -> None:
    """Kafka is ready a little later than the rest."""
    deadline = perf_counter() + _PATIENCE_S
    while True:
        try:
            return await TopicAdmin(bootstrap).create([_BARE])
        except KafkaError:
            if perf_counter() > deadline:
                raise
            await asyncio.sleep(0.2)


@asynccontextmanager
async def our_path(running: Running) -> AsyncGenerator[Ours]:
    recommender = urlsplit(running.database)._replace(path="/recommender").geturl()
    with psycopg.connect(recommender, autocommit=True) as admin:
        admin.execute(_NOTIFY.encode())
    visible = Visible()
    async with (
        await AsyncConnection.connect(recommender, autocommit=True) as conn,
        aiohttp.ClientSession(running.url) as session,
    ):
        await conn.execute("listen visible")

        async def listen() -> None:
            async for notification in conn.notifies():
                visible.told(notification.payload)

        async with alongside(listen()):
            ours = Ours(session, visible)
            await ours.fill()
            yield ours


async def measure(running: Running) -> list[Row]:
    mine: defaultdict[int, list[float]] = defaultdict(list)
    plain: defaultdict[int, list[float]] = defaultdict(list)
    async with bare_path(running) as bare, our_path(running) as ours:
        for _ in range(ROUNDS):
            for rate in RATES:
                plain[rate] += await bare.latencies(rate)
                mine[rate] += await ours.latencies(rate)
    rows: list[Row] = []
    for rate in RATES:
        case = f"{rate}/s, acknowledged to visible"
        for name, figure, target in (("p50", p50, 2.5), ("p99", p99, 3)):
            ratio = (figure(mine[rate]), figure(plain[rate]))
            rows.append(Row(f"{case}, {name}", "ms", *ratio, target=target, better="lower"))
    return rows


def _bearer(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def main() -> bool:
    with tempfile.TemporaryDirectory(prefix="commontime-bench-") as folder:
        instance = Instance(Path(folder))
        instance.ups()
        try:
            instance.is_up()
            rows = uvloop.run(measure(instance.running))
        finally:
            instance.signals(signal.SIGINT)
            instance.ends()
    return report("visibility", rows)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
