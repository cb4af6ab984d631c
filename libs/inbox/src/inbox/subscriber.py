"""The one FastStream subscriber of a service, with what FastStream leaves to us.

Delivery is at least once, by `NACK_ON_ERROR`: the offsets of a batch are committed after its
handler has returned, and a batch whose handler raises is read again from its first message.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any, cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, Topic
from faststream.kafka.annotations import KafkaMessage
from faststream.kafka.message import KafkaAckableMessage
from faststream.kafka.subscriber.usecase import BatchSubscriber
from faststream.message import AckStatus

from inbox.kafka_types import Record, RecordConsumer

_LARGEST_BATCH = 1000
_EMPTY_POLL_MS = 1000

Receive = Callable[[Sequence[Record]], Awaitable[None]]


class PromptSubscriber(BatchSubscriber):
    """Without the sleep that FastStream adds to every empty poll: facts wait for nothing."""

    __slots__ = ()

    async def get_msg(self, consumer: AIOKafkaConsumer) -> tuple[Record, ...]:
        source = cast(RecordConsumer, consumer)
        messages = await source.getmany(
            timeout_ms=self.batch_timeout_ms, max_records=self.max_records
        )
        return tuple(chain.from_iterable(messages.values()))


class Batch(KafkaAckableMessage):
    """Acknowledges and puts back only what is still ours: a rebalance gives the rest to another.

    FastStream's own would stop at the first partition that was taken away, and lose the others'.
    """

    async def ack(self) -> None:
        # Whoever has the partitions now gets the batch again, and drops what we applied.
        with suppress(CommitFailedError):
            await super().ack()

    async def nack(self) -> None:
        earliest: dict[TopicPartition, int] = {}
        for record in cast("tuple[Record, ...]", self.raw_message):
            partition = TopicPartition(record.topic, record.partition)
            earliest[partition] = min(record.offset, earliest.get(partition, record.offset))
        consumer = cast(RecordConsumer, self.consumer)
        for partition in earliest.keys() & consumer.assignment():
            consumer.seek(partition, earliest[partition])
        self.committed = AckStatus.NACKED


def subscribe(
    broker: KafkaBroker, topics: Sequence[str], *, group: str, instance_id: str, receive: Receive
) -> BatchSubscriber:
    """One consumer for all topics: each costs idle time of the processor.

    `instance_id` is unique per replica; with it a restarted one gets its partitions back at
    once, without waiting for its former self to time out.
    """
    subscriber = broker.subscriber(
        *(Topic(topic, declare=False) for topic in topics),
        batch=True,
        group_id=group,
        group_instance_id=instance_id,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.NACK_ON_ERROR,
        max_records=_LARGEST_BATCH,
        batch_timeout_ms=_EMPTY_POLL_MS,
        parser=_parser(lambda: subscriber.consumer),
        decoder=_records,
        no_reply=True,
    )
    # The registrar builds its own class and offers no other; ours only replaces a method.
    subscriber.__class__ = PromptSubscriber
    subscriber(receive)
    return subscriber


def leave_when_stopped(subscriber: BatchSubscriber) -> None:
    """Give the partitions to the other replicas at the stop, instead of after a time-out.

    A member with an instance id of its own keeps its place when it is killed, and should; but
    aiokafka has it keep its place after a clean stop as well.
    """
    coordinator = getattr(subscriber.consumer, "_coordinator", None)
    if coordinator is not None:
        coordinator._group_instance_id = None


def _parser(consumer: Callable[[], AIOKafkaConsumer | None]) -> Any:
    async def parse(records: tuple[Record, ...]) -> Batch:
        # Headers stay bytes: one that is not text must not fail the batch before we see it.
        return Batch(raw_message=records, body=b"", consumer=consumer())

    return parse


async def _records(message: KafkaMessage) -> Any:
    return message.raw_message
