"""Makes sure that the topics exist, as their owners mean them.

A consumer that subscribes first would otherwise have the broker create them with its defaults.
"""

from collections.abc import Sequence
from typing import cast

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from contracts.topics import Topic
from inbox.kafka_types import TopicsCreated


async def ensure_topics(bootstrap: str, prefix: str, topics: Sequence[Topic]) -> None:
    """Create those that are missing. Raises `KafkaError` while the broker is away."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=10_000)
    try:
        await admin.start()
        existing = set(await admin.list_topics())
        missing = [topic for topic in topics if prefix + topic.name not in existing]
        if missing:
            answer = await admin.create_topics([_new(prefix, topic) for topic in missing])
            _check(cast(TopicsCreated, answer))
    finally:
        await admin.close()


def _new(prefix: str, topic: Topic) -> NewTopic:
    # -1: as many replicas as the cluster's own default, which needs the empty assignments too.
    return NewTopic(prefix + topic.name, topic.partitions, -1, {}, dict(topic.config))


def _check(answer: TopicsCreated) -> None:
    for _, code, message in answer.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise error(message)
