"""Creates Kafka topics, and sees whether anything was ever sent to them."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from contracts.topics import Topic

_REQUEST_TIMEOUT_MS = 5_000
_REPLICAS = 3


async def create_topics(bootstrap: str, topics: Sequence[Topic], prefix: str = "") -> None:
    """Create what does not exist yet, `prefix` before each name; existing ones stay as they are.

    On three brokers or more each partition has three replicas, on fewer one per broker.

    Raises:
        KafkaError: Kafka is away, or refused.
    """
    async with _admin(bootstrap) as admin:
        replicas = min(_REPLICAS, len((await admin.describe_cluster())["brokers"]))
        new = [
            NewTopic(prefix + t.name, t.partitions, replicas, topic_configs=dict(t.config))
            for t in topics
        ]
        response: Any = await admin.create_topics(new)
    for name, code, message in response.topic_errors:
        if code not in (0, TopicAlreadyExistsError.errno):
            raise for_code(code)(f"topic {name}: {message}")


async def never_written(bootstrap: str, topics: Sequence[Topic], prefix: str = "") -> list[Topic]:
    """Those of `topics` (which exist) to which nothing was ever sent, or which were made anew.

    Raises:
        KafkaError: Kafka is away.
    """
    async with _admin(bootstrap) as admin:
        described = await admin.describe_topics([prefix + topic.name for topic in topics])
    partitions = [
        TopicPartition(topic["topic"], partition["partition"])
        for topic in described
        for partition in topic["partitions"]
    ]
    if not partitions:
        return list(topics)  # made a moment ago: the broker does not list their partitions yet
    # aiokafka's consumer has no types.
    consumer: Any = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, request_timeout_ms=_REQUEST_TIMEOUT_MS
    )
    try:
        await consumer.start()
        ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
    finally:
        await consumer.stop()
    written = {partition.topic for partition, end in ends.items() if end > 0}
    return [topic for topic in topics if prefix + topic.name not in written]


@asynccontextmanager
async def _admin(bootstrap: str) -> AsyncGenerator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=_REQUEST_TIMEOUT_MS)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()
