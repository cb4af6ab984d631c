"""Takes over what a service sends: holds back its facts, and produces them in any order.

To its consumers it looks as if the topic had lost, repeated or mixed them.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from contracts.envelope import Envelope
from contracts.topics import Topic
from separate_processes import SeparateProcesses

HOLD_BACK = """
create function hold_back() returns trigger language plpgsql as 'begin return null; end';
create trigger hold_back before insert on outbox for each row execute function hold_back();
"""
LET_GO = "drop trigger hold_back on outbox; drop function hold_back()"


class TopicByHand:
    """The topic of one service."""

    def __init__(self, deployment: SeparateProcesses, topic: Topic) -> None:
        self._deployment = deployment
        self._topic = topic
        self._settings = {"bootstrap.servers": deployment.kafka.bootstrap}
        (self._owner,) = (s for s in deployment.services if s.name == topic.owner)

    @contextmanager
    def held_back(self) -> Generator[None]:
        """Facts stored meanwhile never reach the topic; their owner has them, as always."""
        url = self._deployment.administered(self._owner)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(HOLD_BACK)
            try:
                yield
            finally:
                connection.execute(LET_GO)

    def stored(self, key: str, after: int) -> list[Envelope]:
        """The facts of a key that its owner has after a sequence."""
        answer = httpx.get(
            f"{self._deployment.of(self._owner.name)[0].url}/internal/v1/keys/{key}/facts",
            params={"after": after},
            headers={"Authorization": f"Bearer {self._deployment.service_token}"},
        )
        return [Envelope.from_json(item) for item in answer.raise_for_status().json()["items"]]

    def produce(self, facts: Sequence[Envelope]) -> None:
        """Send the facts in this order."""
        producer = Producer(self._settings)
        for fact in facts:
            producer.produce(
                self._topic.name, fact.data, fact.key.encode(), headers=[*fact.headers()]
            )
        assert producer.flush(20) == 0

    def produce_bytes(self, key: bytes, value: bytes) -> None:
        """Send what is no fact."""
        producer = Producer(self._settings)
        producer.produce(self._topic.name, value, key)
        assert producer.flush(20) == 0

    def empty(self) -> int:
        """Delete everything that is in the topic; return how many messages that were."""
        partitions = [TopicPartition(self._topic.name, n) for n in range(self._topic.partitions)]
        consumer = Consumer({**self._settings, "group.id": "nobody"})
        try:
            bounds = [consumer.get_watermark_offsets(partition, 10) for partition in partitions]
        finally:
            consumer.close()
        for partition, (_, end) in zip(partitions, bounds, strict=True):
            partition.offset = end
        # Named: what it was asked is forgotten with it.
        admin: Any = AdminClient({**self._settings})
        for future in admin.delete_records(partitions).values():
            future.result(20)
        return sum(end - start for start, end in bounds)
