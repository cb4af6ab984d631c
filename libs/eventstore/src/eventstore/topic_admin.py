"""Creates Kafka topics, and sees whether anything was ever sent to them."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from chassis.kafka_security import OPEN, KafkaSecurity
from contracts.topics import Topic

_REQUEST_TIMEOUT_MS = 5_000
_REPLICAS = 3


class TopicAdmin:
    """One Kafka, in which `prefix` stands before the name of every topic."""

    def __init__(self, bootstrap: str, prefix: str = "", security: KafkaSecurity = OPEN) -> None:
        """Connects at each call anew: they are few and far between."""
        self._bootstrap = bootstrap
        self._prefix = prefix
        self._security = security

    async def create(self, topics: Sequence[Topic]) -> None:
        """Create what does not exist yet; existing ones stay as they are.

        On three brokers or more each partition has three replicas, on fewer one per broker. Where
        all exist the right to create any is not needed.

        Raises:
            KafkaError: Kafka is away, or refused.
        """
        async with self._admin() as admin:
            existing = set(await admin.list_topics())
            missing = [topic for topic in topics if self._prefix + topic.name not in existing]
            if not missing:
                return
            replicas = min(_REPLICAS, len((await admin.describe_cluster())["brokers"]))
            new = [
                NewTopic(
                    self._prefix + t.name, t.partitions, replicas, topic_configs=dict(t.config)
                )
                for t in missing
            ]
            response: Any = await admin.create_topics(new)
        for name, code, message in response.topic_errors:
            if code not in (0, TopicAlreadyExistsError.errno):
                raise for_code(code)(f"topic {name}: {message}")

    async def never_written(self, topics: Sequence[Topic]) -> list[Topic]:
        """Those of `topics` (which exist) to which nothing was ever sent, or which are new.

        Raises:
            KafkaError: Kafka is away.
        """
        async with self._admin() as admin:
            described = await admin.describe_topics([self._prefix + t.name for t in topics])
        partitions = [
            TopicPartition(topic["topic"], partition["partition"])
            for topic in described
            for partition in topic["partitions"]
        ]
        if not partitions:
            return list(topics)  # made a moment ago: the broker does not list their partitions yet
        ends = await self._ends(partitions)
        written = {partition.topic for partition, end in ends.items() if end > 0}
        return [topic for topic in topics if self._prefix + topic.name not in written]

    async def _ends(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        # aiokafka's consumer has no types.
        consumer: Any = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            request_timeout_ms=_REQUEST_TIMEOUT_MS,
            **self._security.arguments(),
        )
        try:
            await consumer.start()
            return await consumer.end_offsets(partitions)
        finally:
            await consumer.stop()

    @asynccontextmanager
    async def _admin(self) -> AsyncGenerator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(
            bootstrap_servers=self._bootstrap,
            request_timeout_ms=_REQUEST_TIMEOUT_MS,
            **self._security.arguments(),
        )
        try:
            await admin.start()
            yield admin
        finally:
            await admin.close()
