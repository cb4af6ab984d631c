"""Tells the broker how far we have come: soon, not after every batch.

The broker's offset only says where a restarted consumer begins to read. What it reads twice is
dropped by the sequences seen, so a round trip to the broker per batch would buy nothing; waiting
for it would make the next facts late.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from chassis.tasks import end
from inbox.kafka_types import Record, RecordConsumer

_SOON_S = 0.2


class Offsets:
    """Of what was taken in and not committed yet. A batch under way is never among them."""

    def __init__(self) -> None:
        self._done: dict[TopicPartition, int] = {}
        self._consumer: RecordConsumer | None = None
        self._committing: asyncio.Task[None] | None = None
        self._at_once = False

    async def done(self, consumer: RecordConsumer, records: Sequence[Record]) -> None:
        """Note that the records were taken in."""
        self._consumer = consumer
        for record in records:
            partition = TopicPartition(record.topic, record.partition)
            self._done[partition] = max(record.offset + 1, self._done.get(partition, 0))
        if self._at_once:
            await self._commit()
        elif self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit_soon())

    async def close(self) -> None:
        """Commit what there is; from now on commit with each batch."""
        self._at_once = True
        if self._committing is not None:
            await end(self._committing)
        await self._commit()

    async def _commit_soon(self) -> None:
        await asyncio.sleep(_SOON_S)
        await self._commit()

    async def _commit(self) -> None:
        consumer = self._consumer
        if consumer is None:
            return
        # Whoever has a partition now reads from where we said last, and drops what we applied.
        kept = consumer.assignment()
        offsets = {at: offset for at, offset in self._done.items() if at in kept}
        self._done.clear()
        if offsets:
            with suppress(KafkaError):
                await consumer.commit(offsets)
