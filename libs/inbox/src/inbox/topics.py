"""Makes sure that the topics exist, as their owners mean them.

A consumer that subscribes first would otherwise have the broker create them with its defaults.
"""

from collections.abc import Sequence
from typing import cast

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from chassis.kafka_security import OPEN, KafkaSecurity
from contracts.topics import Topic
from inbox.kafka_types import TopicsCreated

_REPLICAS = 3


async def ensure_topics(
    bootstrap: str, prefix: str, topics: Sequence[Topic], security: KafkaSecurity = OPEN
) -> None:
    """Create those that are missing. Raises `KafkaError` while the broker is away, or refuses.

    Where all are there the right to create any is not needed.
    """
    admin = AIOKafkaAdminClient(
        bootstrap_servers=bootstrap, request_timeout_ms=10_000, **security.arguments()
    )
    try:
        await admin.start()
        existing = set(await admin.list_topics())
        missing = [topic for topic in topics if prefix + topic.name not in existing]
        if missing:
            replicas = min(_REPLICAS, len((await admin.describe_cluster())["brokers"]))
            new = [
                NewTopic(prefix + t.name, t.partitions, replicas, topic_configs=dict(t.config))
                for t in missing
            ]
            answer = await admin.create_topics(new)
            _check(cast(TopicsCreated, answer))
    finally:
        await admin.close()


def _check(answer: TopicsCreated) -> None:
    for _, code, message in answer.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise error(message)
