"""The one FastStream subscriber of a service, with what FastStream leaves to us.

Delivery is at least once, by `NACK_ON_ERROR`: the offsets of a batch are committed some time after
its handler has returned, and a batch whose handler raises is read again from its first message.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain
from typing import Any, ClassVar, cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, Topic
from faststream.kafka.annotations import KafkaMessage
from faststream.kafka.message import KafkaAckableMessage
from faststream.kafka.subscriber.usecase import BatchSubscriber
from faststream.message import AckStatus

from inbox.kafka_types import Record, RecordConsumer
from inbox.offsets import Offsets

_LARGEST_BATCH = 1000
_EMPTY_POLL_MS = 1000
# So often a member learns that others come or go. Until the last has learned it nobody reads the
# partitions that change hands: with aiokafka's 3 s a replica's restart delayed facts by as much.
_HEARTBEAT_MS = 300
# A member that was killed is missed after so long; brokers allow no less.
_SESSION_MS = 6_000
# For so long the others wait for it, twice, where the group changes before it is missed. With
# aiokafka's 10 s a replica killed while others left delayed facts by 28 s.
_REBALANCE_MS = 5_000

Receive = Callable[[Sequence[Record]], Awaitable[None]]


class PromptSubscriber(BatchSubscriber):
    """Without the sleep that FastStream adds to every empty poll.

    Facts wait for nothing, or once they arrive for `gather` seconds until more have: a service
    that need not know at once spares itself and the database as many transactions.
    """

    __slots__ = ()
    gather: ClassVar[float] = 0

    async def get_msg(self, consumer: AIOKafkaConsumer) -> tuple[Record, ...]:
        source = cast(RecordConsumer, consumer)
        first = await source.getmany(timeout_ms=self.batch_timeout_ms, max_records=self.max_records)
        if not first or not self.gather:
            return tuple(chain.from_iterable(first.values()))
        await asyncio.sleep(self.gather)
        more = await source.getmany(timeout_ms=0, max_records=self.max_records)
        return tuple(chain.from_iterable((*first.values(), *more.values())))


class Batch(KafkaAckableMessage):
    """Acknowledges and puts back only what is still ours: a rebalance gives the rest to another.

    FastStream's own would stop at the first partition that was taken away, and lose the others'.
    """

    offsets: Offsets

    async def ack(self) -> None:
        records = cast("tuple[Record, ...]", self.raw_message)
        await self.offsets.done(cast(RecordConsumer, self.consumer), records)
        self.committed = AckStatus.ACKED

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
    broker: KafkaBroker,
    topics: Sequence[str],
    *,
    group: str,
    instance_id: str,
    receive: Receive,
    offsets: Offsets,
    gather: float = 0,
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
        heartbeat_interval_ms=_HEARTBEAT_MS,
        session_timeout_ms=_SESSION_MS,
        rebalance_timeout_ms=_REBALANCE_MS,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.NACK_ON_ERROR,
        max_records=_LARGEST_BATCH,
        batch_timeout_ms=_EMPTY_POLL_MS,
        parser=_parser(lambda: subscriber.consumer, offsets),
        decoder=_records,
        no_reply=True,
    )
    # The registrar builds its own class and offers no other; ours only replaces a method.
    subscriber.__class__ = _gathering(gather)
    subscriber(receive)
    return subscriber


def _gathering(seconds: float) -> type[PromptSubscriber]:
    class Gathering(PromptSubscriber):
        __slots__ = ()
        gather = seconds

    return Gathering


def leave_when_stopped(subscriber: BatchSubscriber) -> None:
    """Give the partitions to the other replicas at the stop, instead of after a time-out.

    A member with an instance id of its own keeps its place when it is killed, and should; but
    aiokafka has it keep its place after a clean stop as well.
    """
    coordinator = getattr(subscriber.consumer, "_coordinator", None)
    if coordinator is not None:
        coordinator._group_instance_id = None


def _parser(consumer: Callable[[], AIOKafkaConsumer | None], offsets: Offsets) -> Any:
    async def parse(records: tuple[Record, ...]) -> Batch:
        # Headers stay bytes: one that is not text must not fail the batch before we see it.
        batch = Batch(raw_message=records, body=b"", consumer=consumer())
        batch.offsets = offsets
        return batch

    return parse


async def _records(message: KafkaMessage) -> Any:
    return message.raw_message
