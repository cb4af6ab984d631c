"""How far an inbox is behind the topics, as of the broker's last answers; asked when scraped."""

import time
from collections import Counter
from collections.abc import Callable, Sequence

from aiokafka import TopicPartition

from inbox.kafka_types import Record, RecordConsumer
from inbox.metrics import Metrics


class Lag:
    """Counts a batch until it is done: one that is tried again and again keeps growing older.

    Only partitions that are still assigned count: of the others another replica tells.
    """

    def __init__(
        self,
        consumer: Callable[[], RecordConsumer | None],
        metrics: Metrics,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`clock` is in step with that of the broker and of those who write, in seconds."""
        self._consumer = consumer
        self._clock = clock
        self._next: dict[TopicPartition, int] = {}
        self._waits_since: dict[TopicPartition, float] = {}
        metrics.lag.set_function(self._facts)
        metrics.lag_seconds.set_function(self._seconds)

    def begins(self, records: Sequence[Record]) -> None:
        """These were handed out, in order per partition; none of them is done."""
        for record in reversed(records):
            partition = TopicPartition(record.topic, record.partition)
            self._next[partition] = record.offset
            self._waits_since[partition] = record.timestamp / 1000

    def done(self, records: Sequence[Record]) -> None:
        """These were taken in; what comes after them is about as old as the last of them."""
        for record in records:
            partition = TopicPartition(record.topic, record.partition)
            self._next[partition] = record.offset + 1
            self._waits_since[partition] = record.timestamp / 1000
        # What arrives from here on is handed out at once, and then its own age is known.
        waiting = self._waiting()
        self._waits_since = {at: since for at, since in self._waits_since.items() if waiting[at]}

    def _waiting(self) -> Counter[TopicPartition]:
        """Messages per partition, and forget the partitions that went to other replicas."""
        consumer = self._consumer()
        assigned = consumer.assignment() if consumer is not None else set[TopicPartition]()
        self._next = {at: offset for at, offset in self._next.items() if at in assigned}
        waiting = Counter[TopicPartition]()
        if consumer is not None:
            for partition, offset in self._next.items():
                waiting[partition] = max(0, (consumer.highwater(partition) or 0) - offset)
        return waiting

    def _facts(self) -> int:
        return self._waiting().total()

    def _seconds(self) -> float:
        now, waiting = self._clock(), self._waiting()
        ages = (now - since for at, since in self._waits_since.items() if waiting[at])
        return max(0.0, max(ages, default=0.0))
