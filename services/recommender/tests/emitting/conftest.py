"""Somebody who reads `commontime.recommendations`."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest_asyncio
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.recommendations import PollRecommendations
from contracts.topics import RECOMMENDATIONS
from inbox.topics import ensure_topics
from recommender.settings import Settings
from recommender.testing import Poll


@dataclass
class Reader:
    consumer: Any
    prefix: str
    states: list[PollRecommendations] = field(default_factory=list[PollRecommendations])
    tombstones: list[str] = field(default_factory=list[str])

    def of(self, poll: Poll) -> list[PollRecommendations]:
        return [state for state in self.states if state.poll_id == poll.id]

    async def until(self, poll: Poll, version: int | None = None, times: int = 1) -> Any:
        """Read until the poll's state of that version, or its latest, has come so often."""
        wanted = version or poll.polls + poll.schedules
        async with asyncio.timeout(10):
            while True:
                found = [state for state in self.of(poll) if state.version == wanted]
                if len(found) >= times:
                    return found[-1]
                await self.reads_on(0.1)

    async def until_gone(self, poll: Poll, times: int = 1) -> None:
        """Read until it has been told so often that there is nothing of the poll."""
        async with asyncio.timeout(10):
            while self.tombstones.count(str(poll.id)) < times:
                await self.reads_on(0.1)

    async def reads_on(self, seconds: float) -> None:
        batches = await self.consumer.getmany(timeout_ms=int(seconds * 1000))
        for record in (record for batch in batches.values() for record in batch):
            if record.value is None:
                self.tombstones.append(record.key.decode())
            else:
                self.states.append(PollRecommendations.model_validate_json(record.value))


@asynccontextmanager
async def reading(bootstrap: str, prefix: str) -> AsyncGenerator[Reader]:
    """From the beginning of the topic, which is made if it is not there."""
    await ensure_topics(bootstrap, prefix, [RECOMMENDATIONS])
    consumer: Any = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    topic, partitions = prefix + RECOMMENDATIONS.name, range(RECOMMENDATIONS.partitions)
    consumer.assign([TopicPartition(topic, number) for number in partitions])
    try:
        yield Reader(consumer, prefix)
    finally:
        await consumer.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(settings: Settings) -> AsyncGenerator[Reader]:
    """Who reads what the service tells."""
    async with reading(settings.kafka_bootstrap_servers, settings.kafka_topic_prefix) as reader:
        yield reader


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told_elsewhere(settings: Settings) -> AsyncGenerator[Reader]:
    """Who reads another topic, to which nothing was sent."""
    prefix = f"other-{settings.kafka_topic_prefix}"
    async with reading(settings.kafka_bootstrap_servers, prefix) as reader:
        yield reader
