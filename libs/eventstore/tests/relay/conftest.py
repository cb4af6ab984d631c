"""A relay on the test's own database and topics, and a reader of what it sends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from time import monotonic
from typing import Any, TypeAlias

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from prometheus_client import CollectorRegistry

from chassis.database import Pool
from contracts.topics import SCHEDULES, Topic
from eventstore.relay import Relay

Record: TypeAlias = ConsumerRecord[bytes, bytes | None]
ReadTopic: TypeAlias = Callable[..., Awaitable[list[Record]]]
StartRelay: TypeAlias = Callable[..., Awaitable[Relay]]
Eventually: TypeAlias = Callable[..., Awaitable[None]]


@pytest.fixture
async def start_relay(
    pool: Pool, database: str, kafka_bootstrap: str, topic_prefix: str
) -> AsyncIterator[StartRelay]:
    """Start a relay of the facts of `SCHEDULES`; any argument of `Relay` may differ."""
    async with AsyncExitStack() as running:

        async def start(**arguments: Any) -> Relay:
            defaults: dict[str, Any] = {
                "url": database,
                "bootstrap": kafka_bootstrap,
                "source": "test",
                "facts": SCHEDULES,
                "prefix": topic_prefix,
            }
            return await running.enter_async_context(Relay(pool, **{**defaults, **arguments}))

        yield start


@pytest.fixture
def read_topic(kafka_bootstrap: str, topic_prefix: str) -> ReadTopic:
    """Read a topic from its start until it gave `count` messages, at most 60 s."""

    async def read(
        count: int, topic: Topic = SCHEDULES, bootstrap: str = kafka_bootstrap
    ) -> list[Record]:
        consumer: Any = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
        try:
            await consumer.start()
            consumer.assign(
                [TopicPartition(topic_prefix + topic.name, n) for n in range(topic.partitions)]
            )
            records: list[Record] = []
            async with asyncio.timeout(60):
                while len(records) < count:
                    for batch in (await consumer.getmany(timeout_ms=100)).values():
                        records += batch
            return records
        finally:
            await consumer.stop()

    return read


@pytest.fixture
def eventually() -> Eventually:
    """Wait until a check returns something true: `await eventually(check, within=2)`."""

    async def wait(check: Callable[[], Awaitable[Any]], within: float = 30) -> None:
        deadline = monotonic() + within
        while not await check():
            assert monotonic() < deadline, f"not within {within} s"
            await asyncio.sleep(0.02)

    return wait


@pytest.fixture
def nothing_waits(pool: Pool) -> Callable[[], Awaitable[bool]]:
    """Whether the relay has removed all it sent: that is later than the messages' arrival."""

    async def check() -> bool:
        async with pool.connection() as connection:
            cursor = await connection.execute(
                "select (select count(*) from outbox) + (select count(*) from outgoing_states)"
            )
            return await cursor.fetchone() == (0,)

    return check


@pytest.fixture
def leads() -> Callable[[CollectorRegistry], Awaitable[bool]]:
    """Whether the relay with this registry is the one that sends."""

    async def check(registry: CollectorRegistry) -> bool:
        return registry.get_sample_value("commontime_relay_leading") == 1

    return check
